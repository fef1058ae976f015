// SPDX-License-Identifier: Apache-2.0 OR MIT
// The units as the dead Linux kernel knew them: its list of units, and of each the registers' place, CAP, ECAP and the
// root table. The structures have no fixed layout, so fields are recognised by what holds between them.
#pragma once

#include <string>
#include <vector>

#include "harness/dump/kernel_memory.h"

namespace vtd::harness {

struct KernelUnit {
  std::string name;  // "dmar0"
  model::Address registers = 0;
  std::uint64_t capability = 0, extended = 0;
  model::Address root = 0;  // 0: none, or not to be told
};

struct KernelUnits {
  std::vector<KernelUnit> found;
  std::string broken_off;  // why there may be more; empty: the list was read to its end
};

// `list` is the address of dmar_drhd_units. Throws InputError when no unit is found there.
KernelUnits kernel_units(KernelMemory& memory, std::uint64_t list);

}  // namespace vtd::harness
