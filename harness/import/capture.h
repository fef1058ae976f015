// SPDX-License-Identifier: Apache-2.0 OR MIT
// What an importer takes from a machine: registers, memory map, table pages.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "harness/input_error.h"
#include "model/memory.h"

namespace vtd::harness {

struct CapturedPage {
  model::Address address;
  unsigned role;  // model::kRootRole, kContextRole, 5 to 1, or 0: a table whose entries this project does not name
  std::array<uint64_t, model::kEntriesPerPage> words;
};

// Registers of one remapping unit.
struct CapturedUnit {
  uint64_t capability = 0, extended = 0, root = 0, version = 0, status = 0, faults = 0;
  uint64_t queue = 0, head = 0, tail = 0, interrupt_table = 0;
  model::Address registers = 0;  // where they lie; 0: nobody knows
};

struct Capture : CapturedUnit {
  std::string name, kernel, device;         // the machine, its kernel's command line, its unit's options
  std::vector<CapturedUnit> further_units;  // whose tables are among the pages, too
  std::vector<model::MemoryRange> memory;   // in the order of the capture
  std::vector<CapturedPage> pages;
  std::vector<model::Address> unreadable;  // tables that something points to, and that nobody could read
};

}  // namespace vtd::harness
