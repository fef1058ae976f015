// SPDX-License-Identifier: Apache-2.0 OR MIT
// Sorting the engine's accesses by where they go, and telling the hardware about settled stores.
#include "harness/watch.h"

#include <algorithm>
#include <cstring>

namespace vtd::harness {
namespace {

Watch* current = nullptr;

uint64_t address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

// The neighbourhood of a wild store may be poisoned; looking is not the engine's mistake.
[[gnu::no_sanitize_address]] uint64_t read_qword(const std::byte* aligned) { return *reinterpret_cast<const uint64_t*>(aligned); }

}  // namespace

void Watch::boot() {
  linear_base_ = memory_.linear_base(pages_.generation());
  crash_start_ = pages_.first() + linear_base_;
  crash_bytes_ = pages_.bytes();
  pending_.bytes = 0;
  block_ = nullptr;
  seen_ = false;
}

void Watch::begin() { current = this; }

void Watch::end() {
  settle();
  // A block store that the engine's fatal error or a sanitizer cut short has no after.
  block_ = nullptr;
  current = nullptr;
}

Watch::Place Watch::place_of(const void* pointer) const {
  if (!memory_.may_place(pointer)) return Place::elsewhere;
  if (address(pointer) - crash_start_ < crash_bytes_) return Place::crash;
  return memory_.place_of(pointer).arena == model::Memory::Arena::none ? Place::elsewhere : Place::old;
}

void Watch::load(const void* pointer, std::size_t bytes) {
  seen_ = true;
  settle();
  if (place_of(pointer) == Place::old) load_old(pointer, bytes);
}

void Watch::load_old(const void* pointer, std::size_t bytes) {
  const OldWindows::Fetch fetch = windows_.fetch(pointer, bytes);
  if (fetch == OldWindows::Fetch::first) return;
  model::Observed::Offence& offence = fetch == OldWindows::Fetch::again ? observed_.fetched_twice : observed_.wild_load;
  offence.add(memory_.place_of(pointer).pa, now());
}

void Watch::store(const void* pointer, std::size_t bytes, uintptr_t where) {
  seen_ = true;
  settle();
  const Place place = place_of(pointer);
  if (place == Place::elsewhere) return;
  const uint64_t first = address(pointer) & ~uint64_t{7};
  const model::Address pa = address(pointer) - linear_base_;
  if (place == Place::old || !pages_.holds(pa)) return wild(pointer, place);
  // Most stores go to objects of the engine and to tables not yet in use: nobody needs to be told.
  if (!everything_ && !hardware_.live(model::page_of(pa))) return;
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
  seen_ = true;
  settle();
  const Place place = bytes == 0 ? Place::elsewhere : place_of(to);
  if (place == Place::elsewhere) return;
  const model::Address first = address(to) - linear_base_, last = first + bytes - 1;
  bool held = place == Place::crash;
  for (model::Address page = model::page_of(first); held && page <= last; page += model::kPageBytes) held = pages_.holds(page);
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

}  // namespace vtd::harness

// --- what observed engines call --------------------------------------------------------------------------------------

// The callbacks come before every access of the engine: nothing but a test of the pointer when no engine is being watched.
#define VTD_CALLBACK(bytes)                                                                                     \
  void __sanitizer_cov_load##bytes(const void* pointer) {                                                       \
    if (vtd::harness::current != nullptr) vtd::harness::current->load(pointer, bytes);                           \
  }                                                                                                             \
  void __sanitizer_cov_store##bytes(void* pointer) {                                                            \
    if (vtd::harness::current != nullptr) vtd::harness::current->store(pointer, bytes, VTD_CALLER);              \
  }
#define VTD_CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
VTD_CALLBACK(1)
VTD_CALLBACK(2)
VTD_CALLBACK(4)
VTD_CALLBACK(8)
VTD_CALLBACK(16)
// NOLINTEND(bugprone-reserved-identifier)

// A block operation is done by the C library's function, which AddressSanitizer replaces by one that checks both ranges.
void* vtdfuzz_memcpy(void* to, const void* from, std::size_t bytes) {
  vtd::harness::Watch* const watch = vtd::harness::current;
  if (watch != nullptr && bytes != 0) {
    watch->load(from, bytes);
    watch->before_block(to, bytes, VTD_CALLER);
  }
  std::memcpy(to, from, bytes);
  if (watch != nullptr) watch->after_block();
  return to;
}

void* vtdfuzz_memmove(void* to, const void* from, std::size_t bytes) {
  vtd::harness::Watch* const watch = vtd::harness::current;
  if (watch != nullptr && bytes != 0) {
    watch->load(from, bytes);
    watch->before_block(to, bytes, VTD_CALLER);
  }
  std::memmove(to, from, bytes);
  if (watch != nullptr) watch->after_block();
  return to;
}

void* vtdfuzz_memset(void* to, int byte, std::size_t bytes) {
  vtd::harness::Watch* const watch = vtd::harness::current;
  if (watch != nullptr) watch->before_block(to, bytes, VTD_CALLER);
  std::memset(to, byte, bytes);
  if (watch != nullptr) watch->after_block();
  return to;
}
}
