// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which entries of a 4 KiB table deserve a look: whole pages are scanned by 64-byte blocks, entries only where needed.
#pragma once

#include <array>
#include <bit>

#include "model/address.h"

namespace vtd::model {

// One bit per qword of a page.
struct QwordBits {
  static constexpr uint64_t kEveryQword = ~uint64_t{0}, kLowQwords = 0x5555555555555555;
  std::array<uint64_t, 8> word{};

  template <class Visit>
  void each(Visit visit) const {
    for (unsigned w = 0; w < word.size(); ++w)
      for (uint64_t left = word[w]; left != 0; left &= left - 1)
        visit(64 * w + static_cast<unsigned>(std::countr_zero(left)));
  }
};

// Qwords that have any bit of `mask`; `which` repeats every 64 qwords (kLowQwords: those with P of 128-bit entries).
QwordBits qwords_with(const uint64_t* page, uint64_t mask, uint64_t which = QwordBits::kEveryQword);

// Bit i: the 64 bytes from 64*i differ.
uint64_t differing_blocks(const uint64_t* a, const uint64_t* b);

}  // namespace vtd::model
