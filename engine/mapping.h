// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mappings of the crash kernel in a domain's tables (S§6.5.3; README "How entries change").
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

int map_range(Boot& boot, std::uint32_t handle, Word iova, Word pa, Word bytes, Word access);
int unmap_range(Boot& boot, std::uint32_t handle, Word iova, Word bytes);
// All mappings that the old kernel made go; those of map_range stay.
int drop_legacy_mappings(Boot& boot, std::uint32_t handle);

// A top table that only this domain uses, from a page set aside; the old one when it is so already.
int own_top_table(Boot& boot, std::uint32_t handle);

// Zeroes what map_range made of a range and unlinks tables that became empty.
int erase_range(Boot& boot, std::uint32_t handle, Word first, Word last);

// The part of a range that one entry of a table covers.
struct Slice {
  Word first, last;  // inclusive
  Word entry_first;
  unsigned index;
  unsigned level;
  bool whole() const { return first == entry_first && last == entry_first + (span_of(level) - 1); }
};

// Calls visit(slice) for each entry of a table of this level at `base` that the range touches, until it answers false.
template <class Visit>
bool each_slice(Word base, unsigned level, Word first, Word last, Visit visit) {
  const Word end = base + (span_of(level) * kWordsPerPage - 1);
  if (first < base) first = base;
  if (last > end) last = end;
  for (Word at = first;;) {
    const auto index = static_cast<unsigned>((at - base) / span_of(level));
    const Word entry_first = base + index * span_of(level), entry_last = entry_first + (span_of(level) - 1);
    const Slice slice{at, entry_last < last ? entry_last : last, entry_first, index, level};
    if (!visit(slice)) return false;
    if (entry_last >= last) return true;
    at = entry_last + 1;
  }
}

}  // namespace vtd::engine
