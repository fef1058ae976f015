// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scenario as QEMU can be it: the same tables and crash reservation, but QEMU's unit and memory map.
#pragma once

#include <set>

#include "harness/qemu/vm.h"
#include "model/scenario/scenario.h"

namespace vtd::harness::qemu {

// What of a built scenario concerns the guest.
struct Needs {
  const char* why_not = nullptr;  // static text; nullptr: QEMU can be this machine
  Ram ram;
  std::set<uint8_t> devices;  // functions with context entries under this unit
};
Needs needs_of(const model::Machine& machine, unsigned unit);

// The scenario with unit `number` as its only one. `machine` is the scenario, built.
model::Scenario adapt(const model::Scenario& scenario, const model::Machine& machine, unsigned number, const Vm& vm);

}  // namespace vtd::harness::qemu
