// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whole pages at a time: one call, no branches, as wide as the machine loads.
#include "properties/scan.h"

namespace vtd::properties {
namespace {

using Pair = std::uint64_t __attribute__((vector_size(16), may_alias));
constexpr unsigned kLines = 64, kPairs = 4;  // of a page, of a line

VTD_PLAIN_LOADS inline std::uint64_t bit_unless_zero(Pair any, unsigned line) {
  return std::uint64_t{(any[0] | any[1]) != 0} << line;
}

}  // namespace

VTD_PLAIN_LOADS std::uint64_t lines_with(const std::uint64_t* page, std::uint64_t mask) {
  const Pair* pairs = reinterpret_cast<const Pair*>(page);
  const Pair masks = {mask, mask};
  std::uint64_t lines = 0;
  for (unsigned line = 0; line < kLines; ++line, pairs += kPairs) {
    lines |= bit_unless_zero((pairs[0] | pairs[1] | pairs[2] | pairs[3]) & masks, line);
  }
  return lines;
}

VTD_PLAIN_LOADS std::uint64_t lines_that_differ(const std::uint64_t* a, const std::uint64_t* b) {
  const Pair* x = reinterpret_cast<const Pair*>(a);
  const Pair* y = reinterpret_cast<const Pair*>(b);
  std::uint64_t lines = 0;
  for (unsigned line = 0; line < kLines; ++line, x += kPairs, y += kPairs) {
    lines |= bit_unless_zero((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]), line);
  }
  return lines;
}

}  // namespace vtd::properties
