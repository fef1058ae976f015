// SPDX-License-Identifier: Apache-2.0 OR MIT
// Bit fields of hardware words: high bit first, as the manual writes them; a word must be covered exactly once.
#pragma once

#include <cstdint>

namespace vtd::engine {

using Word = std::uint64_t;

// Bits low to high, both included, set.
constexpr Word bits(unsigned high, unsigned low) { return (~Word{0} >> (63 - (high - low))) << low; }

template <unsigned High, unsigned Low>
struct Field {
  static_assert(High < 64 && Low <= High);
  static constexpr Word mask = bits(High, Low);
  static constexpr Word get(Word word) { return (word & mask) >> Low; }
  static constexpr bool fits(Word value) { return value <= mask >> Low; }
  // The field alone, to be or-ed into a word where it is zero. What does not fit is the caller's mistake: see fits().
  static constexpr Word make(Word value) { return (value << Low) & mask; }
  static constexpr Word put(Word word, Word value) { return (word & ~mask) | make(value); }
};

template <unsigned Bit>
struct Flag : Field<Bit, Bit> {
  static constexpr bool in(Word word) { return (word >> Bit & 1) != 0; }
};

// An address field from bit 12 upwards: holds the address of a page, not its number.
template <unsigned High>
struct PageField {
  static constexpr Word mask = bits(High, 12);
  static constexpr Word get(Word word) { return word & mask; }
  static constexpr Word put(Word word, Word page) { return (word & ~mask) | (page & mask); }
};

template <unsigned High, unsigned Low>
struct Reserved : Field<High, Low> {};  // zero, or hardware faults
template <unsigned High, unsigned Low>
struct Ignored : Field<High, Low> {};  // anything; survives a copy

template <class... Fields>
constexpr bool covers_word_once() {
  Word covered = 0;
  bool once = true;
  ((once = once && (covered & Fields::mask) == 0, covered |= Fields::mask), ...);
  return once && covered == ~Word{0};
}

}  // namespace vtd::engine
