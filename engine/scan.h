// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which words of a page matter, found with vector steps a block of 64 words at a time: absent entries cost no look of
// their own, and a search that ends early leaves the rest of the page alone.
#pragma once

#include "engine/layout.h"

namespace vtd::engine {

class WordMap {
 public:
  // Words with a bit of `wanted` and no bit of `unwanted`. What changes in the page meanwhile may be seen or not.
  static WordMap of(const Word* page, Word wanted, Word unwanted) { return {page, wanted, unwanted}; }

  // Their indexes one by one, in rising order; false when there are no more.
  bool next(unsigned& index) {
    while (bits_ == 0) {
      if (block_ == kBlocks) return false;
      bits_ = bits_of(block_++);
    }
    index = (block_ - 1) * kPerBlock + static_cast<unsigned>(__builtin_ctzll(bits_));
    bits_ &= bits_ - 1;
    return true;
  }
  bool any() const {
    unsigned index = 0;
    return WordMap(*this).next(index);
  }
  // next() begins at `index`, which is one of the page.
  void start_at(unsigned index) {
    block_ = index / kPerBlock;
    bits_ = bits_of(block_++) & ~Word{0} << index % kPerBlock;
  }
  // The last one below `index`, -1 when there is none.
  int last_below(unsigned index) const;

 private:
  static constexpr unsigned kPerBlock = 64, kBlocks = kWordsPerPage / kPerBlock;
  WordMap(const Word* page, Word wanted, Word unwanted) : page_(page), wanted_(wanted), unwanted_(unwanted) {}
  Word bits_of(unsigned block) const;

  const Word* page_;
  Word wanted_, unwanted_;
  Word bits_ = 0;       // what is left of the block before block_
  unsigned block_ = 0;  // the next one
};

}  // namespace vtd::engine
