// SPDX-License-Identifier: Apache-2.0 OR MIT
// The vector steps of WordMap.
#include "engine/scan.h"

namespace vtd::engine {
namespace {

// Eight words: lane l of row r is word 8 * r + l of a block.
using Row = Word __attribute__((vector_size(64), may_alias));
constexpr unsigned kLanes = 8, kRows = 8;

Word fold(const Row& row) {
  Word all = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) all |= row[lane] << lane;
  return all;
}

bool any_lane(const Row& row) {
  Word all = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) all |= row[lane];
  return all != 0;
}

// 1 in each lane that has a bit set, without comparing: vectors of 64 bits cannot be compared cheaply everywhere.
void nonzero(Row& row) { row = (row | (Row{} - row)) >> 63; }

}  // namespace

// A block without a wanted bit, as most are, costs no more than its loads.
Word WordMap::bits_of(unsigned block) const {
  const Row* rows = reinterpret_cast<const Row*>(page_) + block * kRows;
  const Row want = Row{} + wanted_, refuse = Row{} + unwanted_;
  Row any{};
  for (unsigned r = 0; r < kRows; ++r) any |= rows[r];
  any &= want;
  if (!any_lane(any)) return 0;
  Row map{};  // bit 8 * r of lane l
  for (unsigned r = 0; r < kRows; ++r) {
    Row has = rows[r] & want, lacks = rows[r] & refuse;
    nonzero(has);
    nonzero(lacks);
    map |= (has & ~lacks) << (kLanes * r);
  }
  return fold(map);
}

int WordMap::last_below(unsigned index) const {
  for (unsigned block = (index + kPerBlock - 1) / kPerBlock; block-- != 0;) {
    const unsigned most = index - block * kPerBlock;
    const Word bits = bits_of(block) & (most < kPerBlock ? (Word{1} << most) - 1 : ~Word{0});
    if (bits != 0) return static_cast<int>(block * kPerBlock) + 63 - __builtin_clzll(bits);
  }
  return -1;
}

}  // namespace vtd::engine
