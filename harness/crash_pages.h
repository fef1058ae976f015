// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which pages of a crash reservation the engine holds. Deterministic: the same calls get the same pages.
//
// Even page frames are given first, then freed ones in the order of their return, then odd frames. So a page is usually
// followed by one that nobody holds, and running over its end is seen; and a freed page is reused as late as possible.
// Under AddressSanitizer a page that was ever touched is poisoned whenever the engine does not hold it.
#pragma once

#include <vector>

#include "model/memory.h"

namespace vtd::harness {

class CrashPages {
 public:
  explicit CrashPages(model::Memory& memory) : memory_(memory) {}

  // A crash kernel starts with an empty reservation.
  void boot(unsigned generation);
  // The engine holds nothing any more; the contents stay.
  void reclaim();

  // The physical address of a page, or 0 when none is left. Address 0 is never given: it means "none" in engines, too.
  model::Address take();
  // False: the engine does not hold this page.
  bool give_back(model::Address page);

  bool holds(model::Address a) const {
    const model::Address index = (a - first_) / model::kPageBytes;
    return a >= first_ && index < state_.size() && state_[index] == State::held;
  }
  unsigned generation() const { return generation_; }
  model::Address first() const { return first_; }
  uint64_t bytes() const { return state_.size() * model::kPageBytes; }

 private:
  enum class State : uint8_t { fresh, held, freed };
  bool choose(uint32_t& index);
  void open(uint32_t index);
  void close(uint32_t index);

  model::Memory& memory_;
  unsigned generation_ = 0;
  model::Address first_ = 0;
  std::vector<State> state_;     // by page of the reservation
  std::vector<uint32_t> taken_;  // pages that are not fresh, once each
  std::vector<uint32_t> freed_;  // in order of return; reuse starts at reuse_
  std::size_t reuse_ = 0;
  uint32_t even_ = 0, odd_ = 1;                                 // next fresh page of either kind
  std::vector<uint8_t> poisoned_[model::Memory::kGenerations];  // outlives a run: spares poisoning again
};

}  // namespace vtd::harness
