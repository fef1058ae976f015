// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copying tables: each old page is read once, by one block copy; from then on only the copy is looked at.
#pragma once

#include "engine/boot.h"
#include "engine/copy_index.h"

namespace vtd::engine {

// Page tables. One copy per (old page, level) within an index of copies.
class TableCopier {
 public:
  TableCopier(Boot& boot, CopyIndex& copies) : boot_(boot), copies_(copies) {}

  // The findings name this device from now on.
  void on_behalf_of(unsigned unit, Word source) {
    unit_ = unit;
    source_ = source;
  }
  enum class Result { ok, refused, no_memory };
  // The copy of an old table of level 2 or above, made or found. `refused`: map_old would not show the page. A table
  // that was found has one parent more. After `no_memory` nothing of this table is left, but copies of others may be in
  // the index.
  Result table(Word old_page, unsigned level, Word& copy);

 private:
  static constexpr unsigned kBatch = 16;
  struct Batch;
  Result links(Word* words, Word old_page, unsigned level);
  Result links_to_leaf_tables(Word* words, Word old_page);
  bool open_leaf_table(Word* words, Word old_page, unsigned index, Batch& batch);
  void close_leaf_tables(Batch& batch);
  bool quarantine(Word* words, Word old_page, unsigned index, unsigned level, vtd_reason reason);

  Boot& boot_;
  CopyIndex& copies_;
  unsigned unit_ = 0;
  Word source_ = 0;
};

// Root and context tables of all units, and under `deep` all page tables. VTD_OK, or nothing is left of it.
int copy_units(Boot& boot, bool deep);
// Everything that copy_units and later calls made, given back.
void give_back_tables(Boot& boot);

// A finding for the list; false when the host refuses memory.
bool add_finding(Boot& boot, const vtd_finding& finding);

}  // namespace vtd::engine
