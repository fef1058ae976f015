// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which memory an ELF core has. libkdumpfile gives zeros for what a segment claims beyond its bytes in the file; here
// that is told apart from pages that are zero.
#pragma once

#include <optional>
#include <vector>

#include "harness/import/file_bytes.h"
#include "model/memory.h"

namespace vtd::harness {

struct ElfMemory {
  std::vector<model::MemoryRange> ram, held;  // physical; as the segments say, in their order
  bool whole = true;                          // false: the file ends before its segments do
};

// Nothing when the file is no 64-bit little-endian ELF core of x86-64. Throws InputError when it is one, and cannot be.
std::optional<ElfMemory> elf_memory(const std::string& path, const FileBytes& file);

}  // namespace vtd::harness
