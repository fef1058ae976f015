// SPDX-License-Identifier: Apache-2.0 OR MIT
// Look-ups in the memory map, remembered as the largest run of good pages around the last answer.
#include "engine/memory_map.h"

namespace vtd::engine {

bool MemoryMap::open(Host& host, const vtd_platform& platform) {
  const auto add = [&](const vtd_range& range) {
    vtd_range* copy = ranges_.append(host);
    if (copy != nullptr) *copy = range;
    return copy != nullptr;
  };
  for (std::uint32_t i = 0; i < platform.memory_count; ++i) {
    if (!add(platform.memory[i])) return false;
  }
  mapped_ = ranges_.size();
  for (std::uint32_t i = 0; i < platform.crash_count; ++i) {
    if (!add(platform.crash[i])) return false;
  }
  good_first_ = 1;
  good_last_ = 0;
  return true;
}

// The range that holds an address; the map is sorted and disjoint.
const vtd_range* MemoryMap::range_of(Word address) const {
  std::uint32_t low = 0, high = mapped_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (ranges_[middle].last < address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < mapped_ && ranges_[low].first <= address ? &ranges_[low] : nullptr;
}

bool MemoryMap::look_up(Word page) {
  const Word page_last = page + kPageBytes - 1;
  if (touches_interrupt_range(page, page_last) || touches_crash(page, page_last)) return false;
  const vtd_range* range = range_of(page);
  Word first = range != nullptr ? range->first : 0;
  for (Word covered = page; range != nullptr && range->kind == VTD_RAM; range = range_of(covered)) {
    if (range->last >= page_last) {
      Word last = range->last;
      const auto cut = [&](Word hole_first, Word hole_last) {
        if (hole_first > page && hole_first <= last) last = hole_first - 1;
        if (hole_last < page && hole_last >= first) first = hole_last + 1;
      };
      cut(kInterruptFirst, kInterruptLast);
      for (std::uint32_t i = mapped_; i < ranges_.size(); ++i) cut(ranges_[i].first, ranges_[i].last);
      // Whole pages only; the page asked for may begin in an earlier range than the run does.
      good_first_ = first > page ? page : page_of(first + kPageBytes - 1);
      good_last_ = last + 1 == 0 ? page_of(last) : page_of(last + 1) - kPageBytes;
      return true;
    }
    covered = range->last + 1;
  }
  return false;
}

vtd_reason MemoryMap::why_not(Word page) const {
  const Word last = page + kPageBytes - 1;
  if (touches_interrupt_range(page, last)) return VTD_IN_INTERRUPT_RANGE;
  if (touches_crash(page, last)) return VTD_IN_CRASH_MEMORY;
  return range_of(page) == nullptr ? VTD_HOLE : VTD_NOT_OLD_RAM;
}

bool MemoryMap::touches_crash(Word first, Word last) const {
  for (std::uint32_t i = mapped_; i < ranges_.size(); ++i) {
    if (ranges_[i].first <= last && ranges_[i].last >= first) return true;
  }
  return false;
}

bool MemoryMap::touches_registers(Word first, Word last) const {
  for (std::uint32_t i = 0; i < mapped_; ++i) {
    if (ranges_[i].kind == VTD_MMIO && ranges_[i].first <= last && ranges_[i].last >= first) return true;
  }
  return false;
}

}  // namespace vtd::engine
