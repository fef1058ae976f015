// SPDX-License-Identifier: Apache-2.0 OR MIT
// Physical memory: arenas, frames of old memory, and the two views of crash memory. The map is in memory_map.cpp.
#include "model/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace vtd::model {
namespace {

constexpr std::size_t kArenas = 1 + 2 * Memory::kGenerations;
constexpr std::size_t kModelBytes = kArenas * Memory::kArenaBytes;
// What an engine may see, old frames and the CPU views, is mapped once more behind the model's mapping.
constexpr std::size_t kEngineBytes = Memory::kEngineBytes;
constexpr std::size_t kLine = 64;
// Up to here a used page is cheaper to wipe than to give back to the operating system.
constexpr std::size_t kPagesKept = 4096;

alignas(kPageBytes) constexpr uint64_t kZeroPage[kEntriesPerPage] = {};

std::byte* at(std::byte* arena, uint32_t page_number) { return arena + std::size_t{page_number} * kPageBytes; }

void give_back(std::byte* from, std::size_t pages) { madvise(from, pages * kPageBytes, MADV_REMOVE); }

// Both mappings show the same file, so a forked child shares memory with its parent: make a Memory after forking.
std::byte* map_twice() {
  const int file = memfd_create("vtdfuzz memory", MFD_CLOEXEC);
  void* const room =
      mmap(nullptr, kModelBytes + kEngineBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (file < 0 || room == MAP_FAILED || ftruncate(file, off_t{kModelBytes}) != 0) throw std::bad_alloc();
  auto* const base = static_cast<std::byte*>(room);
  constexpr int kFlags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;
  const bool mapped = mmap(base, kModelBytes, PROT_READ | PROT_WRITE, kFlags, file, 0) != MAP_FAILED &&
                      mmap(base + kModelBytes, kEngineBytes, PROT_READ | PROT_WRITE, kFlags, file, 0) != MAP_FAILED;
  close(file);
  if (!mapped) throw std::bad_alloc();
  return base;
}

}  // namespace

Memory::Memory() : index_(1024, kNone) {
  base_ = map_twice();
  engine_ = base_ + kModelBytes;
  for (unsigned g = 0; g < kGenerations; ++g) {
    crash_[g].cpu = base_ + (1 + g) * kArenaBytes;
    crash_[g].device = base_ + (1 + kGenerations + g) * kArenaBytes;
  }
}

Memory::~Memory() { munmap(base_, kModelBytes + kEngineBytes); }

void Memory::clear() {
  if (frames() > kPagesKept) give_back(base_, frames());
  frame_address_.clear();
  frame_slot_.clear();
  for (Region& region : crash_) clear_region(region);
  ranges_.clear();
  two_views_ = false;
}

void Memory::clear_region(Region& region) {
  const bool many = region.touched.size() > kPagesKept;
  if (many) {
    give_back(region.cpu, region.use.size());
    give_back(region.device, region.use.size());
  }
  for (const uint32_t number : region.touched) {
    if (!many) std::memset(at(region.cpu, number), 0, kPageBytes);
    if (!many && region.use[number] == Use::split_views) std::memset(at(region.device, number), 0, kPageBytes);
    region.use[number] = Use::untouched;
  }
  region.touched.clear();
  region.first = region.last = 0;
}

// --- frames of old memory --------------------------------------------------------------------------------------------

// The slot that holds the page, or the free one where it belongs.
std::size_t Memory::slot_for(Address page) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = (page >> 12) * 0x9e3779b97f4a7c15u >> (64 - std::countr_zero(index_.size()));
  for (;; slot = (slot + 1) & mask) {
    const uint32_t frame = index_[slot];
    if (frame >= frames() || frame_slot_[frame] != slot || frame_address_[frame] == page) return slot;
  }
}

uint32_t Memory::find(Address page) const {
  const std::size_t slot = slot_for(page);
  const uint32_t frame = index_[slot];
  return frame < frames() && frame_slot_[frame] == slot ? frame : kNone;
}

void Memory::grow_index() {
  index_.assign(index_.size() * 2, kNone);
  std::fill(frame_slot_.begin(), frame_slot_.end(), index_.size());  // none is in the new table yet
  for (uint32_t frame = 0; frame < frames(); ++frame) {
    frame_slot_[frame] = slot_for(frame_address_[frame]);
    index_[frame_slot_[frame]] = frame;
  }
}

uint64_t* Memory::make_frame(Address page) {
  page = page_of(page);
  if (const int g = region_of(page); g >= 0) {
    Region& region = crash_[g];
    const auto number = static_cast<uint32_t>((page - region.first) / kPageBytes);
    mark(region, number, Use::one_view);
    return reinterpret_cast<uint64_t*>(at(region.cpu, number));
  }
  if (const uint32_t frame = find(page); frame != kNone) return reinterpret_cast<uint64_t*>(frame_bytes(frame));
  if (frames() == kArenaBytes / kPageBytes) return nullptr;
  if ((frames() + 1) * 2 > index_.size()) grow_index();
  const auto frame = static_cast<uint32_t>(frames());
  const std::size_t slot = slot_for(page);
  index_[slot] = frame;
  frame_slot_.push_back(slot);
  frame_address_.push_back(page);
  return static_cast<uint64_t*>(std::memset(frame_bytes(frame), 0, kPageBytes));
}

const uint64_t* Memory::page(Address page, View view) const {
  page = page_of(page);
  if (const int g = region_of(page); g >= 0) {
    const Region& region = crash_[g];
    const auto number = static_cast<uint32_t>((page - region.first) / kPageBytes);
    const bool device = view == View::device && region.use[number] == Use::split_views;
    return reinterpret_cast<const uint64_t*>(at(device ? region.device : region.cpu, number));
  }
  const uint32_t frame = find(page);
  return frame == kNone ? kZeroPage : reinterpret_cast<const uint64_t*>(frame_bytes(frame));
}

std::byte* Memory::old_pointer(Address pa, unsigned generation) {
  if (in_crash(pa, generation)) return nullptr;
  uint64_t* words = make_frame(pa);
  return words == nullptr ? nullptr : reinterpret_cast<std::byte*>(words) + kModelBytes + pa % kPageBytes;
}

Memory::Place Memory::place_of(const void* pointer) const {
  const uintptr_t offset = reinterpret_cast<uintptr_t>(pointer) - reinterpret_cast<uintptr_t>(engine_);
  if (offset >= kEngineBytes) return {};
  if (offset < kArenaBytes) {
    const auto frame = static_cast<uint32_t>(offset / kPageBytes);
    if (frame >= frames()) return {};
    return {Arena::old_frames, frame_address_[frame] + offset % kPageBytes, frame};
  }
  const unsigned g = offset < 2 * kArenaBytes ? 0 : 1;
  const Address pa = crash_[g].first + (offset - (1 + g) * kArenaBytes);
  if (!in_crash(pa, g)) return {};
  return {g == 0 ? Arena::crash0 : Arena::crash1, pa, 0};
}

// --- crash memory ----------------------------------------------------------------------------------------------------

bool Memory::set_crash(unsigned generation, Address first, Address last) {
  if (has_crash(generation) || last <= first || last - first >= kArenaBytes) return false;
  if (first % kPageBytes != 0 || last % kPageBytes != kPageBytes - 1) return false;
  const Region& other = crash_[1 - generation];
  if (other.last != 0 && first <= other.last && last >= other.first) return false;
  Region& region = crash_[generation];
  region.first = first;
  region.last = last;
  const std::size_t pages = (last - first) / kPageBytes + 1;
  if (region.use.size() < pages) region.use.resize(pages, Use::untouched);
  // Frames written before the reservation was known move into it: a page has one content.
  for (uint32_t frame = 0; frame < frames(); ++frame) {
    if (in_crash(frame_address_[frame], generation))
      std::memcpy(make_frame(frame_address_[frame]), frame_bytes(frame), kPageBytes);
  }
  return true;
}

std::byte* Memory::crash_pointer(Address pa, unsigned generation) const {
  return in_crash(pa, generation) ? crash_[generation].cpu + kModelBytes + (pa - crash_[generation].first) : nullptr;
}

uint64_t Memory::linear_base(unsigned generation) const {
  return reinterpret_cast<uintptr_t>(crash_[generation].cpu + kModelBytes) - crash_[generation].first;
}

// Answers what the page was before.
Memory::Use Memory::mark(Region& region, uint32_t number, Use use) {
  const Use before = region.use[number];
  if (before == Use::untouched) region.touched.push_back(number);
  region.use[number] = std::max(before, use);
  return before;
}

void Memory::touch_crash(Address page, unsigned generation) {
  if (!in_crash(page, generation)) return;
  Region& region = crash_[generation];
  const auto number = static_cast<uint32_t>((page - region.first) / kPageBytes);
  const Use before = mark(region, number, two_views_ ? Use::split_views : Use::one_view);
  if (two_views_ && before == Use::one_view) std::memcpy(at(region.device, number), at(region.cpu, number), kPageBytes);
}

bool Memory::is_touched(Address page, unsigned generation) const {
  if (!in_crash(page, generation)) return false;
  const Region& region = crash_[generation];
  return region.use[(page - region.first) / kPageBytes] != Use::untouched;
}

void Memory::fill_device_view(Address page, unsigned generation, unsigned char byte) {
  if (!two_views_ || !in_crash(page, generation)) return;
  touch_crash(page, generation);
  const Region& region = crash_[generation];
  std::memset(region.device + (page_of(page) - region.first), byte, kPageBytes);
}

void Memory::write_back(Address pa, uint64_t bytes, unsigned generation) {
  const Region& region = crash_[generation];
  if (!two_views_ || !has_crash(generation) || bytes == 0) return;
  const Address end = pa + (bytes - 1) < pa ? ~Address{0} : pa + (bytes - 1);
  const Address first = std::max(pa & ~Address{kLine - 1}, region.first);
  const Address last = std::min(end | (kLine - 1), region.last);
  for (Address from = first; from <= last && from >= first; from = page_of(from) + kPageBytes) {
    const auto number = static_cast<std::size_t>((from - region.first) / kPageBytes);
    if (region.use[number] != Use::split_views) continue;  // both views are one
    const uint64_t length = std::min(last, page_of(from) + kPageBytes - 1) - from + 1;
    std::memcpy(region.device + (from - region.first), region.cpu + (from - region.first), length);
  }
}

}  // namespace vtd::model
