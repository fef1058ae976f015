// SPDX-License-Identifier: Apache-2.0 OR MIT
// A look into page tables that may be ours or, under `shallow`, still the old kernel's.
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

class TableReader {
 public:
  explicit TableReader(Boot& boot) : boot_(boot) {}
  ~TableReader() {
    for (Word* page : scratch_) boot_.host.give_back(page);
  }
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  // The words of a table; those of an old one are read once, and good until the next table of this level is read.
  // nullptr: hardware cannot be told to find anything there, or out_of_memory().
  const Word* read(Word table, unsigned level, bool ours) {
    if (ours) return boot_.host.table(table);
    if (!boot_.map.is_old_ram(table)) return nullptr;
    if (scratch_[level] == nullptr) scratch_[level] = static_cast<Word*>(boot_.host.take_page(/*zeroed:*/ false));
    if (scratch_[level] == nullptr) {
      out_of_memory_ = true;
      return nullptr;
    }
    const void* mapped = boot_.host.map_old_page(table);
    if (mapped == nullptr) return nullptr;
    memcpy(scratch_[level], mapped, kPageBytes);
    boot_.host.unmap_old_page(mapped);
    return scratch_[level];
  }
  bool out_of_memory() const { return out_of_memory_; }

 private:
  Boot& boot_;
  Word* scratch_[kLevelsMost + 1] = {};
  bool out_of_memory_ = false;
};

}  // namespace vtd::engine
