// SPDX-License-Identifier: Apache-2.0 OR MIT
// The tables of a running machine, as an importer takes them: the unit's registers, and every page that can be reached.
#pragma once

#include "harness/import/capture_files.h"
#include "harness/qemu/guest.h"

namespace vtd::harness::qemu {

// Registers and table pages; the memory map is the caller's.
Capture capture_tables(GuestMemory& memory, Qtest& qtest, model::Address registers);

// The same of a Linux guest, with what is said about it: `iomem` is its memory map.
struct GuestWords {
  std::string name, kernel, unit, iomem;
};
Capture capture_guest(Guest& guest, const GuestWords& words);

}  // namespace vtd::harness::qemu
