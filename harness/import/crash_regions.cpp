// SPDX-License-Identifier: Apache-2.0 OR MIT
// The highest block of RAM below 4 GiB that nothing uses, as a kernel's crashkernel= would place it.
#include "harness/import/crash_regions.h"

#include <algorithm>

#include "model/layout.h"
#include "model/scenario/build.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::MemoryKind;
using model::MemoryRange;

constexpr uint64_t kAlignment = 1 << 20;
constexpr Address kLowest = 16 << 20;  // below lie firmware's tables and the kernels' own low memory
constexpr Address kFourGiB = uint64_t{1} << 32;

// Ranges that a reservation may not touch. Sorted and merged when asked for.
class InUse {
 public:
  void add(Address first, uint64_t bytes) {
    if (!ranges_.empty() && ranges_.back().last + 1 == first)
      ranges_.back().last += bytes;
    else
      ranges_.push_back({first, first + bytes - 1, MemoryKind::ram});
  }
  const std::vector<MemoryRange>& sorted() {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const MemoryRange& a, const MemoryRange& b) { return a.first < b.first; });
    return ranges_;
  }

 private:
  std::vector<MemoryRange> ranges_;
};

void add_tables(const Capture& capture, InUse& used) {
  for (const CapturedPage& page : capture.pages) used.add(page.address, model::kPageBytes);
  for (const model::Address page : capture.unreadable) used.add(page, model::kPageBytes);
  used.add(capture.queue & model::kAddressBits, model::kPageBytes << (capture.queue & 7));  // IQA.QS, S§11.4.18
  used.add(capture.interrupt_table & model::kAddressBits, uint64_t{32} << (capture.interrupt_table & 15));  // IRTA.S
}

void add_mappings(const Capture& capture, InUse& used) {
  for (const CapturedPage& page : capture.pages) {
    if (page.role == 0 || page.role > 5) continue;
    for (const uint64_t entry : page.words) {
      if ((entry & 3) == 0 || !model::is_leaf(entry, page.role)) continue;
      used.add(entry & model::kAddressBits, uint64_t{1} << model::shift_of(page.role));
    }
  }
}

// The highest aligned block of `bytes` within [first, last]; its start, or 0.
Address highest_block(Address first, Address last, uint64_t bytes) {
  if (last < first || last - first + 1 < bytes) return 0;
  const Address start = (last + 1 - bytes) & ~(kAlignment - 1);
  return start >= first ? start : 0;
}

Address highest_free(const MemoryRange& ram, const std::vector<MemoryRange>& used, uint64_t bytes) {
  Address best = 0, from = std::max(ram.first, kLowest);
  for (const MemoryRange& taken : used) {
    if (taken.last < from) continue;
    if (taken.first > ram.last) break;
    if (taken.first > from) best = std::max(best, highest_block(from, taken.first - 1, bytes));
    from = std::max(from, taken.last + 1);
  }
  return std::max(best, from > ram.last ? 0 : highest_block(from, ram.last, bytes));
}

// Below 4 GiB if there is a place, as devices with 32-bit DMA masks want it.
Address find(const Capture& capture, InUse& used, uint64_t bytes) {
  Address low = 0, high = 0;
  for (const MemoryRange& range : capture.memory) {
    if (range.kind != MemoryKind::ram) continue;
    const Address start = highest_free(range, used.sorted(), bytes);
    (start < kFourGiB ? low : high) = std::max(start < kFourGiB ? low : high, start);
  }
  return low != 0 ? low : high;
}

// Room for a deep copy twice over: tables, their clones, and what the engine remembers about them; as far as a
// scenario can say it.
uint64_t bytes_wanted(const Capture& capture) {
  const uint64_t twice = (2 * capture.pages.size() * model::kPageBytes + kAlignment - 1) & ~(kAlignment - 1);
  return std::clamp(twice, uint64_t{16} << 20, model::Memory::kArenaBytes);
}

}  // namespace

std::array<MemoryRange, model::Memory::kGenerations> choose_crash_regions(const std::string& file,
                                                                          const Capture& capture,
                                                                          const ImportOptions& options) {
  InUse tables;
  add_tables(capture, tables);
  tables.add(model::kInterruptFirst,
             model::kInterruptLast - model::kInterruptFirst + 1);           // no memory, whatever a map says
  tables.add(model::kRegistersBase, model::kMaxUnits * model::kPageBytes);  // nor what units answer at
  InUse all = tables;
  add_mappings(capture, all);

  const uint64_t bytes = bytes_wanted(capture);
  std::array<MemoryRange, model::Memory::kGenerations> regions{};
  for (unsigned generation = 0; generation < regions.size(); ++generation) {
    MemoryRange& region = regions[generation];
    if (generation == 0 && options.crash_region) {
      region = *options.crash_region;
    } else {
      // A kernel that maps all of RAM leaves no other choice than memory devices can write: that is a hazard to be
      // reported.
      Address start = find(capture, all, bytes);
      if (start == 0) start = find(capture, tables, bytes);
      if (start == 0)
        throw InputError{file + ": no " + std::to_string(bytes >> 20) +
                         " MiB of RAM without tables for a crash region"};
      region = {start, start + bytes - 1, MemoryKind::ram};
    }
    tables.add(region.first, region.last - region.first + 1);
    all.add(region.first, region.last - region.first + 1);
  }
  return regions;
}

}  // namespace vtd::harness
