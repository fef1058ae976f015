// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which words of a page matter, as a map of 512 bits made with vector steps: absent entries cost no look of their own.
#pragma once

#include "engine/layout.h"

namespace vtd::engine {

class WordMap {
 public:
  // The set bits one by one, in rising order; false when there are no more.
  bool next(unsigned& index) {
    while (row_ == 0) {
      if (rows_ == 0) return false;
      take_row();
    }
    index = base_ + static_cast<unsigned>(__builtin_ctz(row_));
    row_ &= row_ - 1;
    return true;
  }
  bool any() const { return (rows_ | row_) != 0; }

  // Words with a bit of `wanted` and no bit of `unwanted`.
  static WordMap of(const Word* page, Word wanted, Word unwanted);

 private:
  static constexpr unsigned kLanes = 8;
  void take_row();

  // Bit r of lane l is word 8 * r + l, so that a row of eight words is one vector step.
  Word lanes_[kLanes];
  Word rows_;     // rows not looked at yet that have a bit in some lane
  unsigned row_;  // what is left of the row under way
  unsigned base_;
};

}  // namespace vtd::engine
