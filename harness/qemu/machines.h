// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machines that `harness/qemu/capture` knows by name: how the unit is, and what the kernel does with it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/qemu/guest.h"

namespace vtd::harness::qemu {

struct MachineKind {
  enum class Extra : uint8_t { none, bridges, huge_pages };
  const char* name;
  const char* unit;    // options of -device intel-iommu
  const char* kernel;  // of the kernel's command line
  Extra extra;         // more devices, behind bridges and on a second root bus; or one that VFIO maps huge pages for
  const char* what;
};
std::span<const MachineKind> machine_kinds();
const MachineKind* machine_named(const std::string& name);

GuestOptions guest_options(const MachineKind& kind, const std::string& kernel, const std::string& initramfs);

}  // namespace vtd::harness::qemu
