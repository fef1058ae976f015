// SPDX-License-Identifier: Apache-2.0 OR MIT
// Ranges of RAM, whatever a dump says they are.
#include "harness/dump/dump.h"

#include <algorithm>

#include "model/layout.h"

namespace vtd::harness {
namespace {

constexpr model::Address kLastByte = model::kAddressBits | (model::kPageBytes - 1);

}  // namespace

bool is_ram(const std::vector<model::MemoryRange>& ram, model::Address page) {
  const auto range = std::lower_bound(ram.begin(), ram.end(), page,
                                      [](const model::MemoryRange& r, model::Address at) { return r.last < at; });
  return range != ram.end() && range->first <= page;
}

std::vector<model::MemoryRange> ram_of(std::vector<model::MemoryRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const model::MemoryRange& a, const model::MemoryRange& b) { return a.first < b.first; });
  std::vector<model::MemoryRange> ram;
  for (const model::MemoryRange& range : ranges) {
    const model::Address first = model::page_of(range.first);
    if (range.last < range.first || first > kLastByte) continue;
    const model::Address last = std::min(range.last | (model::kPageBytes - 1), kLastByte);
    if (!ram.empty() && first <= ram.back().last + 1)
      ram.back().last = std::max(ram.back().last, last);
    else
      ram.push_back({first, last, model::MemoryKind::ram});
  }
  return ram;
}

std::uint64_t bytes_of(const std::vector<model::MemoryRange>& ram) {
  std::uint64_t bytes = 0;
  for (const model::MemoryRange& range : ram) bytes += range.last - range.first + 1;
  return bytes;
}

}  // namespace vtd::harness
