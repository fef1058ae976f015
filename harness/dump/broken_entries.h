// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where tables are broken: entries on which hardware faults although somebody wrote them, and tables that are not
// there.
#pragma once

#include <vector>

#include "harness/dump/dump.h"
#include "model/walk.h"

namespace vtd::harness {

struct BrokenEntry {
  enum class What : std::uint8_t { reserved_bits, bad_type_or_width, table_out_of_ram, table_left_out };

  What what = What::reserved_bits;
  model::SourceId source = 0;  // the first device that meets it; of a root entry, the first one of the bus
  unsigned role = 0;           // of the entry: 7 root, 6 context, 5 to 1
  model::Address at = 0;       // of the entry
  std::uint64_t value = 0;     // its low qword
  model::Iova iova = 0;        // the first one that leads there
};

inline constexpr std::size_t kBrokenMost = 1000;

// Of the legacy tables below `root`, each page once for each role, in the order of devices and addresses; the first
// kBrokenMost.
std::vector<BrokenEntry> broken_entries(Dump& dump, const model::Rules& rules, std::uint64_t root);

}  // namespace vtd::harness
