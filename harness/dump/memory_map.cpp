// SPDX-License-Identifier: Apache-2.0 OR MIT
// Fewer ranges, with as little that was no RAM as can be.
#include "harness/dump/memory_map.h"

#include <algorithm>

namespace vtd::harness {
namespace {

constexpr std::size_t kRangesMost = 64;  // a scenario holds more, but nobody reads them
static_assert(kRangesMost < model::Memory::kRangesMost / 2);

}  // namespace

DumpMap memory_map(const std::vector<model::MemoryRange>& ram) {
  DumpMap map;
  std::vector<std::pair<uint64_t, std::size_t>> gaps;  // how large, in front of which range
  for (std::size_t i = 1; i < ram.size(); ++i) gaps.emplace_back(ram[i].first - ram[i - 1].last - 1, i);
  std::sort(gaps.begin(), gaps.end());
  std::vector<bool> closed(ram.size());
  for (std::size_t i = 0; i + kRangesMost < ram.size(); ++i) {
    closed[gaps[i].second] = true;
    map.closed_bytes += gaps[i].first;
  }
  for (std::size_t i = 0; i < ram.size(); ++i) {
    if (closed[i])
      map.ranges.back().last = ram[i].last;
    else
      map.ranges.push_back(ram[i]);
  }
  return map;
}

}  // namespace vtd::harness
