// SPDX-License-Identifier: Apache-2.0 OR MIT
// Random numbers for the generator: splitmix64, so that a seed means the same scenario with every library and compiler.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace vtd::harness {

class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  // 0 to n-1; n > 0. The bias of the remainder does not matter here.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::uint64_t pick(std::initializer_list<std::uint64_t> values) { return values.begin()[below(values.size())]; }

 private:
  std::uint64_t state_;
};

}  // namespace vtd::harness
