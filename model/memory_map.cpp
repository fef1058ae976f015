// SPDX-License-Identifier: Apache-2.0 OR MIT
// The old kernel's memory map: which addresses are RAM, reserved, device registers, ACPI, or nothing.
#include <algorithm>

#include "model/memory.h"

namespace vtd::model {
namespace {

// The first range that ends at or after `a`.
auto range_from(const std::vector<MemoryRange>& ranges, Address a) {
  return std::lower_bound(ranges.begin(), ranges.end(), a,
                          [](const MemoryRange& r, Address at) { return r.last < at; });
}

constexpr unsigned bit(MemoryKind kind) { return 1u << static_cast<unsigned>(kind); }

}  // namespace

bool Memory::add_range(Address first, Address last, MemoryKind kind) {
  if (first > last || ranges_.size() + 2 > kRangesMost) return false;
  std::vector<MemoryRange>& kept = ranges_scratch_;
  kept.clear();
  const auto keep = [&kept](Address from, Address to, MemoryKind as) {
    if (!kept.empty() && kept.back().kind == as && kept.back().last + 1 == from) {
      kept.back().last = to;
    } else {
      kept.push_back({from, to, as});
    }
  };
  for (const MemoryRange& r : ranges_) {
    if (r.first < first) keep(r.first, std::min(r.last, first - 1), r.kind);
  }
  if (kind != MemoryKind::hole) keep(first, last, kind);
  for (const MemoryRange& r : ranges_) {
    if (r.last > last) keep(std::max(r.first, last + 1), r.last, r.kind);
  }
  ranges_.swap(kept);
  return true;
}

MemoryKind Memory::kind_of(Address a) const {
  const auto range = range_from(ranges_, a);
  return range != ranges_.end() && range->first <= a ? range->kind : MemoryKind::hole;
}

unsigned Memory::kinds_in_page(Address page) const {
  const Address last = page_of(page) + kPageBytes - 1;
  unsigned kinds = 0;
  Address next = page_of(page);
  for (auto range = range_from(ranges_, next); range != ranges_.end() && range->first <= last; ++range) {
    if (range->first > next) kinds |= bit(MemoryKind::hole);
    kinds |= bit(range->kind);
    if (range->last >= last) return kinds;
    next = range->last + 1;
  }
  return kinds | bit(MemoryKind::hole);
}

bool Memory::is_old_ram(Address a, unsigned generation) const {
  if (in_crash(a, generation) || (a >= kInterruptFirst && a <= kInterruptLast)) return false;
  return kinds_in_page(a) == bit(MemoryKind::ram);
}

}  // namespace vtd::model
