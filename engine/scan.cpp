// SPDX-License-Identifier: Apache-2.0 OR MIT
// The vector steps of WordMap. Eight rows at a time are skipped when none of their words has a wanted bit.
#include "engine/scan.h"

namespace vtd::engine {
namespace {

using Row = Word __attribute__((vector_size(64), may_alias));

constexpr unsigned kRows = 64, kRowsPerBlock = 8;

bool any_lane(const Row& row) {
  Word all = 0;
  for (unsigned lane = 0; lane < 8; ++lane) all |= row[lane];
  return all != 0;
}

// 1 in each lane that has a bit set, without comparing: vectors of 64 bits cannot be compared cheaply everywhere.
void nonzero(Row& row) { row = (row | (Row{} - row)) >> 63; }

}  // namespace

WordMap WordMap::of(const Word* page, Word wanted, Word unwanted) {
  const Row* rows = reinterpret_cast<const Row*>(page);
  const Row want = Row{} + wanted, refuse = Row{} + unwanted;
  Row map{};
  for (unsigned first = 0; first < kRows; first += kRowsPerBlock) {
    Row block{};
    for (unsigned r = first; r < first + kRowsPerBlock; ++r) block |= rows[r];
    block &= want;
    if (!any_lane(block)) continue;
    for (unsigned r = first; r < first + kRowsPerBlock; ++r) {
      Row has = rows[r] & want, lacks = rows[r] & refuse;
      nonzero(has);
      nonzero(lacks);
      map |= (has & ~lacks) << r;
    }
  }
  WordMap result{};
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    result.lanes_[lane] = map[lane];
    result.rows_ |= map[lane];
  }
  return result;
}

void WordMap::take_row() {
  const unsigned row = static_cast<unsigned>(__builtin_ctzll(rows_));
  rows_ &= rows_ - 1;
  base_ = row * kLanes;
  for (unsigned lane = 0; lane < kLanes; ++lane) row_ |= static_cast<unsigned>(lanes_[lane] >> row & 1) << lane;
}

}  // namespace vtd::engine
