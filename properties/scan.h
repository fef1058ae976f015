// SPDX-License-Identifier: Apache-2.0 OR MIT
// Finding the few entries of a table page that matter, a cache line at a time: present ones, or ones that differ.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

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

// Bit i: entry i of the line has one of the bits of `mask`.
VTD_PLAIN_LOADS inline unsigned present_in_line(const std::uint64_t* line, std::uint64_t mask) {
  std::uint64_t any = 0;
  for (unsigned i = 0; i < kLineEntries; ++i) any |= line[i];
  if ((any & mask) == 0) return 0;
  unsigned bits = 0;
  for (unsigned i = 0; i < kLineEntries; ++i) bits |= unsigned{(line[i] & mask) != 0} << i;
  return bits;
}

// Bit i: entry i differs between the lines.
VTD_PLAIN_LOADS inline unsigned different_in_line(const std::uint64_t* a, const std::uint64_t* b) {
  std::uint64_t any = 0;
  for (unsigned i = 0; i < kLineEntries; ++i) any |= a[i] ^ b[i];
  if (any == 0) return 0;
  unsigned bits = 0;
  for (unsigned i = 0; i < kLineEntries; ++i) bits |= unsigned{a[i] != b[i]} << i;
  return bits;
}

// Calls f(index) for each bit of a line's answer; f answers false to stop.
template <class F>
bool each_bit(unsigned bits, unsigned base, F&& f) {
  for (; bits != 0; bits &= bits - 1) {
    if (!f(base + static_cast<unsigned>(std::countr_zero(bits)))) return false;
  }
  return true;
}

// The first `count` entries of a paging table that are present (R|W != 0).
template <class F>
bool each_present(const std::uint64_t* table, unsigned count, F&& f) {
  for (unsigned base = 0; base < count; base += kLineEntries) {
    unsigned bits = present_in_line(table + base, 3);
    if (count - base < kLineEntries) bits &= (1u << (count - base)) - 1;
    if (bits != 0 && !each_bit(bits, base, f)) return false;
  }
  return true;
}

// The 128-bit entries of a root or context table that are present. A line holds four of them.
template <class F>
bool each_present_128(const std::uint64_t* table, F&& f) {
  for (unsigned base = 0; base < model::kEntriesPerPage; base += kLineEntries) {
    const unsigned bits = present_in_line(table + base, 1) & 0x55;
    if (bits != 0 && !each_bit(bits, base, [&](unsigned qword) { return f(qword / 2); })) return false;
  }
  return true;
}

// The first `count` entries of two paging tables that differ.
template <class F>
bool each_different(const std::uint64_t* a, const std::uint64_t* b, unsigned count, F&& f) {
  for (unsigned base = 0; base < count; base += kLineEntries) {
    unsigned bits = different_in_line(a + base, b + base);
    if (count - base < kLineEntries) bits &= (1u << (count - base)) - 1;
    if (bits != 0 && !each_bit(bits, base, f)) return false;
  }
  return true;
}

// The 128-bit entries of two root or context tables that differ in either half.
template <class F>
bool each_different_128(const std::uint64_t* a, const std::uint64_t* b, F&& f) {
  for (unsigned base = 0; base < model::kEntriesPerPage; base += kLineEntries) {
    const unsigned halves = different_in_line(a + base, b + base);
    const unsigned bits = (halves | halves >> 1) & 0x55;
    if (bits != 0 && !each_bit(bits, base, [&](unsigned qword) { return f(qword / 2); })) return false;
  }
  return true;
}

}  // namespace vtd::properties
