// SPDX-License-Identifier: Apache-2.0 OR MIT
// Windows into old memory: poisoning, fetch bitmaps, copies to compare with.
#include "harness/old_windows.h"

#include <algorithm>
#include <cstring>

#include "harness/poison.h"

namespace vtd::harness {
namespace {

const std::byte* page_start(const void* pointer) {
  return reinterpret_cast<const std::byte*>(reinterpret_cast<uintptr_t>(pointer) & ~uintptr_t{model::kPageBytes - 1});
}

std::size_t offset_in_page(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) & (model::kPageBytes - 1);
}

std::size_t slot_of(model::Address page, std::size_t slots) {
  return static_cast<std::size_t>((page / model::kPageBytes * 0x9e3779b97f4a7c15u) >> 40) & (slots - 1);
}

}  // namespace

void OldWindows::boot(unsigned generation) {
  close_shown();
  generation_ = generation;
  for (std::size_t i = 0; i < memory_.frames(); ++i) {
    poison(memory_.old_pointer(memory_.frame_address(i), generation), model::kPageBytes);
  }
}

void OldWindows::close_shown() {
  for (const Window& w : windows_) poison(page_start(w.start), model::kPageBytes);
  windows_.clear();
  for (const model::Address page : shown_) {
    // Clear the whole probe run of this page; runs of others are cleared when their page's turn comes.
    for (std::size_t s = slot_of(page, slots_.size()); slots_[s] != 0; s = (s + 1) & (slots_.size() - 1)) slots_[s] = 0;
  }
  shown_.clear();
}

const void* OldWindows::open(model::Address pa, uint64_t bytes) {
  const std::byte* start = memory_.old_pointer(pa, generation_);
  if (start == nullptr) return nullptr;
  keep_copy(model::page_of(pa));
  poison(page_start(start), model::kPageBytes);
  for (const Window& w : windows_) {
    if (page_start(w.start) == page_start(start)) unpoison(w.start, w.bytes);
  }
  unpoison(start, bytes);
  windows_.push_back({start, bytes, pa, {}});
  return start;
}

bool OldWindows::close(const void* mapped, uint64_t bytes, model::Address& pa) {
  const auto matches = [&](const Window& w) { return w.start == mapped && w.bytes == bytes; };
  const auto last = std::find_if(windows_.rbegin(), windows_.rend(), matches);
  if (last == windows_.rend()) return false;
  pa = last->pa;
  windows_.erase(std::next(last).base());
  poison(page_start(mapped), model::kPageBytes);
  for (const Window& w : windows_) {
    if (page_start(w.start) == page_start(mapped)) unpoison(w.start, w.bytes);
  }
  return true;
}

OldWindows::Fetch OldWindows::fetch(const void* pointer, uint64_t bytes) {
  const auto* at = static_cast<const std::byte*>(pointer);
  const auto holds = [&](const Window& w) { return at >= w.start && at + bytes <= w.start + w.bytes; };
  const auto window = std::find_if(windows_.rbegin(), windows_.rend(), holds);
  if (window == windows_.rend()) return Fetch::outside;
  const std::size_t first = offset_in_page(at) / 8, last = (offset_in_page(at) + bytes - 1) / 8;
  Fetch answer = Fetch::first;
  for (std::size_t word = first / 64; word <= last / 64; ++word) {
    const uint64_t from = word == first / 64 ? first % 64 : 0, to = word == last / 64 ? last % 64 : 63;
    const uint64_t mask = (~uint64_t{0} << from) & (~uint64_t{0} >> (63 - to));
    if ((window->fetched[word] & mask) != 0) answer = Fetch::again;
    window->fetched[word] |= mask;
  }
  return answer;
}

void OldWindows::keep_copy(model::Address page) {
  if (2 * (shown_.size() + 1) > slots_.size()) {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      std::size_t s = slot_of(shown_[i], slots_.size());
      while (slots_[s] != 0) s = (s + 1) & (slots_.size() - 1);
      slots_[s] = static_cast<uint32_t>(i + 1);
    }
  }
  std::size_t s = slot_of(page, slots_.size());
  for (; slots_[s] != 0; s = (s + 1) & (slots_.size() - 1)) {
    if (shown_[slots_[s] - 1] == page) return;
  }
  const std::size_t index = shown_.size();
  shown_.push_back(page);
  slots_[s] = static_cast<uint32_t>(index + 1);
  if (copies_.size() < (index + 1) * model::kPageBytes) copies_.resize((index + 1) * model::kPageBytes * 2);
  // The engine's own mapping is poisoned here; the model's is not.
  std::memcpy(&copies_[index * model::kPageBytes], memory_.page(page, model::View::cpu), model::kPageBytes);
}

bool OldWindows::shows(model::Address qword) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [qword](const Window& w) { return qword < w.pa + w.bytes && w.pa < qword + 8; });
}

void OldWindows::accept(model::Address page) {
  const auto shown = std::find(shown_.begin(), shown_.end(), page);
  if (shown == shown_.end()) return;
  std::memcpy(&copies_[static_cast<std::size_t>(shown - shown_.begin()) * model::kPageBytes],
              memory_.page(page, model::View::cpu), model::kPageBytes);
}

bool OldWindows::showed_any_of(model::MemoryRange range) const {
  return std::any_of(shown_.begin(), shown_.end(),
                     [&](model::Address page) { return page >= range.first && page <= range.last; });
}

void OldWindows::compare(model::Observed& observed, uint32_t event) {
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const auto* now = memory_.page(shown_[i], model::View::cpu);
    if (std::memcmp(now, &copies_[i * model::kPageBytes], model::kPageBytes) != 0)
      observed.old_changed.add(shown_[i], event);
  }
}

}  // namespace vtd::harness
