// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a walk has already decided: a table from pairs of numbers to a small answer, emptied in constant time.
#pragma once

#include <cstdint>
#include <vector>

namespace vtd::properties {

// Open addressing. Slots carry the epoch they were filled in, so that clear() touches nothing and warm runs do not
// allocate. Answers are 1..255; 0 means that nothing is known. The memo's order never depends on anything but its keys.
class Memo {
 public:
  Memo() : slots_(1024) {}

  void clear() {
    used_ = 0;
    if (++epoch_ != 0) return;
    slots_.assign(slots_.size(), Slot{});
    epoch_ = 1;
  }

  std::uint8_t find(std::uint64_t a, std::uint64_t b = 0) const {
    const Slot& slot = slots_[place(a, b)];
    return slot.epoch == epoch_ ? slot.answer : 0;
  }

  void put(std::uint64_t a, std::uint64_t b, std::uint8_t answer) {
    Slot& slot = slots_[place(a, b)];
    const bool fresh = slot.epoch != epoch_;
    slot = {a, b, epoch_, answer};
    if (fresh && ++used_ * 2 > slots_.size()) grow();
  }

  // True the first time a pair is seen.
  bool add(std::uint64_t a, std::uint64_t b = 0) {
    Slot& slot = slots_[place(a, b)];
    if (slot.epoch == epoch_) return false;
    slot = {a, b, epoch_, 1};
    if (++used_ * 2 > slots_.size()) grow();
    return true;
  }

  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint64_t a = 0, b = 0;
    std::uint32_t epoch = 0;
    std::uint8_t answer = 0;
  };

  std::size_t place(std::uint64_t a, std::uint64_t b) const {
    std::uint64_t h = (a ^ (b * 0xff51afd7ed558ccdu)) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>(h) & mask;
    while (slots_[at].epoch == epoch_ && (slots_[at].a != a || slots_[at].b != b)) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.epoch == epoch_) slots_[place(slot.a, slot.b)] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::uint32_t epoch_ = 1;
};

}  // namespace vtd::properties
