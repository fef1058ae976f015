// SPDX-License-Identifier: Apache-2.0 OR MIT
// Sorting the engine's accesses by where they go, and telling the hardware about settled stores.
#include "harness/watch.h"

#include <algorithm>
#include <cstring>

namespace vtd::harness {
namespace {

Watch* current = nullptr;
// The addresses of interest, empty while nobody is watched. Loads matter in old memory, which comes first; stores
// everywhere.
uintptr_t watched_start = 0, watched_loads = 0, watched_stores = 0;

uint64_t address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

// The neighbourhood of a wild store may be poisoned; looking is not the engine's mistake.
[[gnu::no_sanitize_address]] uint64_t read_qword(const std::byte* aligned) {
  return *reinterpret_cast<const uint64_t*>(aligned);
}

}  // namespace

void Watch::boot() {
  linear_base_ = memory_.linear_base(pages_.generation());
  crash_start_ = pages_.first() + linear_base_;
  crash_bytes_ = pages_.bytes();
  pending_.bytes = 0;
  block_ = nullptr;
  seen_ = false;
}

void Watch::begin() {
  current = this;
  quiet_.fill(0);
  // Old memory of a crash kernel: the frames, and the reservations of the generations before it.
  watched_start = reinterpret_cast<uintptr_t>(memory_.engine_start());
  watched_loads = (1 + pages_.generation()) * model::Memory::kArenaBytes;
  watched_stores = model::Memory::kEngineBytes;
}

void Watch::end() {
  settle();
  // A block store that the engine's fatal error or a sanitizer cut short has no after.
  block_ = nullptr;
  current = nullptr;
  watched_loads = watched_stores = 0;
}

Watch::Place Watch::place_of(const void* pointer) const {
  if (address(pointer) - crash_start_ < crash_bytes_) return Place::crash;
  return memory_.place_of(pointer).arena == model::Memory::Arena::none ? Place::elsewhere : Place::old;
}

void Watch::load(const void* pointer, std::size_t bytes) {
  if (memory_.place_of(pointer).arena == model::Memory::Arena::none) return;
  const OldWindows::Fetch fetch = windows_.fetch(pointer, bytes);
  if (fetch == OldWindows::Fetch::first) return;
  model::Observed::Offence& offence = fetch == OldWindows::Fetch::again ? observed_.fetched_twice : observed_.wild_load;
  offence.add(memory_.place_of(pointer).pa, now());
}

void Watch::store(const void* pointer, std::size_t bytes, uintptr_t where) {
  seen_ = true;
  const uint64_t page_number = address(pointer) / model::kPageBytes;
  uint64_t& quiet = quiet_[page_number % quiet_.size()];
  if (quiet == page_number) return;
  settle();
  const Place place = place_of(pointer);
  if (place == Place::elsewhere) return;
  const uint64_t first = address(pointer) & ~uint64_t{7};
  const model::Address pa = address(pointer) - linear_base_;
  if (place == Place::old || !pages_.holds(pa)) return wild(pointer, place);
  // Most stores go to objects of the engine and to tables not yet in use: nobody needs to be told.
  if (!everything_ && !hardware_.live(model::page_of(pa))) {
    quiet = page_number;
    return;
  }
  pending_.qwords = reinterpret_cast<const std::byte*>(first);
  pending_.bytes = bytes;
  pending_.count = (address(pointer) + bytes - first + 7) / 8;
  pending_.where = where;
  for (std::size_t i = 0; i < pending_.count; ++i) pending_.before[i] = read_qword(pending_.qwords + 8 * i);
}

void Watch::wild(const void* pointer, Place place) {
  const model::Address pa = place == Place::crash ? address(pointer) - linear_base_ : memory_.place_of(pointer).pa;
  observed_.wild_store.add(pa, now());
}

void Watch::settle_pending() {
  // No processor promises that a plain store of 16 bytes is one: each qword is a store of its own. One that straddles
  // qwords may arrive byte by byte.
  const std::size_t width = pending_.count * 8 == pending_.bytes ? 8 : pending_.count == 1 ? pending_.bytes : 1;
  pending_.bytes = 0;
  for (std::size_t i = 0; i < pending_.count; ++i) {
    const uint64_t qword = address(pending_.qwords + 8 * i) - linear_base_, after = read_qword(pending_.qwords + 8 * i);
    trace_.add(model::EventKind::store, qword, after, 0, static_cast<unsigned>(width), pending_.where);
    hardware_.stored(qword, pending_.before[i], after, static_cast<unsigned>(width));
  }
}

void Watch::before_block(const void* to, std::size_t bytes, uintptr_t where) {
  settle();
  const Place place = bytes == 0 ? Place::elsewhere : place_of(to);
  if (place == Place::elsewhere) return;
  const model::Address first = address(to) - linear_base_, last = first + bytes - 1;
  bool held = place == Place::crash;
  for (model::Address page = model::page_of(first); held && page <= last; page += model::kPageBytes)
    held = pages_.holds(page);
  if (!held) return wild(to, place);
  trace_.add(model::EventKind::block, first, bytes, 0, 0, where);
  block_ = reinterpret_cast<const std::byte*>(address(to) & ~uint64_t{7});
  block_bytes_ = ((address(to) + bytes + 7) & ~uint64_t{7}) - address(block_);
  block_where_ = where;
  block_before_.clear();
  for (model::Address page = model::page_of(first); page <= last; page += model::kPageBytes) {
    if (!hardware_.live(page)) continue;
    block_before_.resize(block_bytes_ / 8);
    std::memcpy(block_before_.data(), block_, block_bytes_);
    return;
  }
  block_ = nullptr;  // hardware cannot see any of it
}

// Only changed qwords: what a block operation writes over with the same value cannot be seen.
void Watch::after_block() {
  if (block_ == nullptr) return;
  for (std::size_t i = 0; i < block_bytes_ / 8; ++i) {
    const uint64_t qword = address(block_ + 8 * i) - linear_base_, after = read_qword(block_ + 8 * i);
    if (after == block_before_[i]) continue;
    trace_.add(model::EventKind::store, qword, after, 0, 1, block_where_);
    hardware_.stored(qword, block_before_[i], after, 1);
  }
  block_ = nullptr;
}

namespace {

// Around a block operation of the engine. `from` is nullptr when nothing is loaded.
class BlockStore {
 public:
  BlockStore(const void* to, const void* from, std::size_t bytes, uintptr_t where) {
    if (bytes == 0) return;
    if (address(from) - watched_start < watched_loads) current->load(from, bytes);
    if (address(to) - watched_start < watched_stores) (watch_ = current)->before_block(to, bytes, where);
  }
  ~BlockStore() {
    if (watch_ != nullptr) watch_->after_block();
  }
  BlockStore(const BlockStore&) = delete;
  BlockStore& operator=(const BlockStore&) = delete;

 private:
  Watch* watch_ = nullptr;
};

}  // namespace
}  // namespace vtd::harness

// --- what observed engines call --------------------------------------------------------------------------------------

// The callbacks come before every access of the engine, most of which go to its stack: those end here.
#define VTD_CALLBACK(bytes)                                                                            \
  void __sanitizer_cov_load##bytes(const void* pointer) {                                              \
    using namespace vtd::harness;                                                                      \
    if (address(pointer) - watched_start < watched_loads) current->load(pointer, bytes);               \
  }                                                                                                    \
  void __sanitizer_cov_store##bytes(void* pointer) {                                                   \
    using namespace vtd::harness;                                                                      \
    if (address(pointer) - watched_start < watched_stores) current->store(pointer, bytes, VTD_CALLER); \
  }
#define VTD_CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))

extern "C" {
#ifndef VTD_UNWATCHED  // the fuzzing engine may have callbacks of the same names
// NOLINTBEGIN(bugprone-reserved-identifier)
VTD_CALLBACK(1)
VTD_CALLBACK(2)
VTD_CALLBACK(4)
VTD_CALLBACK(8)
VTD_CALLBACK(16)
// NOLINTEND(bugprone-reserved-identifier)
#endif

// A block operation is done by the C library's function, which AddressSanitizer replaces by one that checks both
// ranges.
void* vtdfuzz_memcpy(void* to, const void* from, std::size_t bytes) {
  vtd::harness::BlockStore block(to, from, bytes, VTD_CALLER);
  return std::memcpy(to, from, bytes);
}

void* vtdfuzz_memmove(void* to, const void* from, std::size_t bytes) {
  vtd::harness::BlockStore block(to, from, bytes, VTD_CALLER);
  return std::memmove(to, from, bytes);
}

void* vtdfuzz_memset(void* to, int byte, std::size_t bytes) {
  vtd::harness::BlockStore block(to, nullptr, bytes, VTD_CALLER);
  return std::memset(to, byte, bytes);
}
}
