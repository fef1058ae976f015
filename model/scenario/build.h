// SPDX-License-Identifier: Apache-2.0 OR MIT
// Act one: executes the steps that describe the machine. What the scenario leaves out has a default.
//
// Defaults: host address width 46; unit 0 is the first preset with the root at frame 0 of the pool and translation on;
// RAM from 0 to 0x3fffffff and from 0x100000000 to 0x13fffffff, which `memory` steps change (`memory kind=hole` clears
// it); MMIO for the units' registers, whatever the steps say; crash reservations 0x30000000-0x303fffff (generation 0)
// and 0x34000000-0x343fffff (generation 1). What a step writes into a reservation is lost: a crash kernel was loaded
// there. Regions and stuck commands of units that no `unit` step makes are nobody's.
#pragma once

#include <string>

#include "model/machine.h"
#include "model/scenario/scenario.h"

namespace vtd::model {

// Where the registers of units lie of which a scenario does not say it: a page each.
inline constexpr Address kRegistersBase = 0xfed90000;
constexpr MemoryRange default_registers(uint64_t units) {
  return {kRegistersBase, kRegistersBase + units * kPageBytes - 1, MemoryKind::mmio};
}

// Empty on success; otherwise why this scenario cannot be a machine (a reservation too large, too many units).
struct BuildError {
  std::size_t step = 0;  // behind the last: of no step alone
  const char* why = nullptr;
  explicit operator bool() const { return why != nullptr; }
};
// `machine` is cleared first. Steps of act 3 and expectations are skipped. Does not allocate once warm.
BuildError build(const Scenario&, Machine& machine);

}  // namespace vtd::model
