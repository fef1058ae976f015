// SPDX-License-Identifier: Apache-2.0 OR MIT
// Finding the few entries of a table page that matter, a cache line at a time: present ones, or ones that differ.
#pragma once

#include <bit>
#include <cstdint>

#include "model/address.h"

// The pages are the model's own and always whole: their bounds need no check per load, and coverage of the oracle would
// only distract a fuzz engine from the code under test.
#if defined(__clang__)
#define VTD_PLAIN_LOADS [[clang::no_sanitize("address", "undefined", "coverage")]]
#else
#define VTD_PLAIN_LOADS [[gnu::no_sanitize("address", "undefined")]]
#endif

namespace vtd::properties {

inline constexpr unsigned kLineEntries = 8;  // qwords of one cache line

// Bit n: line n of the page has an entry with one of the bits of `mask`; the two pages differ in line n.
std::uint64_t lines_with(const std::uint64_t* page, std::uint64_t mask);
std::uint64_t lines_that_differ(const std::uint64_t* a, const std::uint64_t* b);

// Bit i: entry i of the line has one of the bits of `mask`; entry i differs.
VTD_PLAIN_LOADS inline unsigned present_in_line(const std::uint64_t* line, std::uint64_t mask) {
  unsigned bits = 0;
  for (unsigned i = 0; i < kLineEntries; ++i) bits |= unsigned{(line[i] & mask) != 0} << i;
  return bits;
}
VTD_PLAIN_LOADS inline unsigned different_in_line(const std::uint64_t* a, const std::uint64_t* b) {
  unsigned bits = 0;
  for (unsigned i = 0; i < kLineEntries; ++i) bits |= unsigned{a[i] != b[i]} << i;
  return bits;
}

// Calls f(index) for each bit set, from the lowest on; f answers false to stop.
template <class F>
bool each_bit(std::uint64_t bits, unsigned base, F&& f) {
  for (; bits != 0; bits &= bits - 1) {
    if (!f(base + static_cast<unsigned>(std::countr_zero(bits)))) return false;
  }
  return true;
}

// The same for the bits that `in_line(base)` answers for each line set in `lines`, as far as they lie below `count`.
template <class Line, class F>
bool each_in_lines(std::uint64_t lines, unsigned count, Line&& in_line, F&& f) {
  return each_bit(lines, 0, [&](unsigned line) {
    const unsigned base = line * kLineEntries;
    if (base >= count) return false;
    unsigned bits = in_line(base);
    if (count - base < kLineEntries) bits &= (1u << (count - base)) - 1;
    return each_bit(bits, base, f);
  });
}

// The first `count` entries of a paging table that are present (R|W != 0).
template <class F>
void each_present(const std::uint64_t* table, unsigned count, F&& f) {
  each_in_lines(lines_with(table, 3), count, [table](unsigned base) { return present_in_line(table + base, 3); }, f);
}

// The 128-bit entries of a root or context table that are present. A line holds four of them.
template <class F>
void each_present_128(const std::uint64_t* table, F&& f) {
  each_in_lines(
      lines_with(table, 1), model::kEntriesPerPage,
      [table](unsigned base) { return present_in_line(table + base, 1) & 0x55; },
      [&f](unsigned qword) { return f(qword / 2); });
}

// The first `count` entries of two paging tables that differ.
template <class F>
void each_different(const std::uint64_t* a, const std::uint64_t* b, unsigned count, F&& f) {
  each_in_lines(
      lines_that_differ(a, b), count, [a, b](unsigned base) { return different_in_line(a + base, b + base); }, f);
}

// The 128-bit entries of two root or context tables that differ in either half.
template <class F>
void each_different_128(const std::uint64_t* a, const std::uint64_t* b, F&& f) {
  each_in_lines(
      lines_that_differ(a, b), model::kEntriesPerPage,
      [a, b](unsigned base) {
        const unsigned halves = different_in_line(a + base, b + base);
        return (halves | halves >> 1) & 0x55;
      },
      [&f](unsigned qword) { return f(qword / 2); });
}

// The 128-bit entries of two such tables of which one has a bit of `mask` in its low half, or that differ, if asked
// for.
template <class F>
void each_of_either_128(const std::uint64_t* a, const std::uint64_t* b, std::uint64_t mask, bool different, F&& f) {
  each_in_lines(
      lines_with(a, mask) | lines_with(b, mask) | (different ? lines_that_differ(a, b) : 0), model::kEntriesPerPage,
      [a, b, mask, different](unsigned base) {
        const unsigned marked = present_in_line(a + base, mask) | present_in_line(b + base, mask);
        const unsigned halves = different ? different_in_line(a + base, b + base) : 0;
        return (marked | halves | halves >> 1) & 0x55;
      },
      [&f](unsigned qword) { return f(qword / 2); });
}

}  // namespace vtd::properties
