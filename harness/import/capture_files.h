// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads the two files of a capture, and refuses what is not one with a single clear line.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/input_error.h"
#include "model/memory.h"

namespace vtd::harness {

struct CapturedPage {
  model::Address address;
  unsigned role;  // model::kRootRole, kContextRole, 5 to 1, or 0: a table whose entries this project does not name
  std::array<uint64_t, model::kEntriesPerPage> words;
};

struct Capture {
  std::string name, kernel, device;  // the machine, its kernel's command line, its unit's options
  uint64_t capability = 0, extended = 0, root = 0, version = 0, status = 0, faults = 0;
  uint64_t queue = 0, head = 0, tail = 0, interrupt_table = 0;
  model::Address registers = 0;            // 0: the memory map does not say
  std::vector<model::MemoryRange> memory;  // in the order of the capture
  std::vector<CapturedPage> pages;
};

// The text of /proc/iomem into `memory` and `registers`. Throws InputError.
void read_iomem(const std::string& file, std::string_view iomem, Capture& out);

// Throws InputError.
Capture read_capture(const std::string& json_path);

}  // namespace vtd::harness
