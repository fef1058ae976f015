// SPDX-License-Identifier: Apache-2.0 OR MIT
// Giving out and taking back the pages of a crash reservation.
#include "harness/crash_pages.h"

#include "harness/poison.h"

namespace vtd::harness {

void CrashPages::boot(unsigned generation) {
  reclaim();
  const model::MemoryRange crash = memory_.crash(generation);
  generation_ = generation;
  first_ = crash.first;
  const std::size_t pages = (crash.last - crash.first + 1) / model::kPageBytes;
  state_.resize(pages, State::fresh);
  if (poisoned_[generation].size() < pages) poisoned_[generation].resize(pages, 0);
  even_ = first_ == 0 ? 2 : 0;
  odd_ = 1;
}

void CrashPages::reclaim() {
  for (const uint32_t index : taken_) {
    if (state_[index] == State::held) close(index);
    state_[index] = State::fresh;
  }
  taken_.clear();
  freed_.clear();
  reuse_ = 0;
}

bool CrashPages::choose(uint32_t& index) {
  const auto pages = static_cast<uint32_t>(state_.size());
  if (even_ < pages) {
    index = even_;
    even_ += 2;
  } else if (reuse_ < freed_.size()) {
    index = freed_[reuse_++];
    return true;
  } else if (odd_ < pages) {
    index = odd_;
    odd_ += 2;
  } else {
    return false;
  }
  taken_.push_back(index);
  return true;
}

model::Address CrashPages::take() {
  uint32_t index = 0;
  if (!choose(index)) return 0;
  state_[index] = State::held;
  open(index);
  if (index > 0 && state_[index - 1] != State::held) close(index - 1);
  if (index + 1 < state_.size() && state_[index + 1] != State::held) close(index + 1);
  const model::Address page = first_ + index * model::kPageBytes;
  memory_.touch_crash(page, generation_);
  return page;
}

bool CrashPages::give_back(model::Address page) {
  if (page % model::kPageBytes != 0 || !holds(page)) return false;
  const auto index = static_cast<uint32_t>((page - first_) / model::kPageBytes);
  state_[index] = State::freed;
  freed_.push_back(index);
  close(index);
  return true;
}

void CrashPages::open(uint32_t index) {
  uint8_t& closed = poisoned_[generation_][index];
  // A page may still be open to a reader of old memory or never have been closed: unpoisoning twice is harmless.
  unpoison(memory_.crash_pointer(first_ + index * model::kPageBytes, generation_), model::kPageBytes);
  closed = 0;
}

void CrashPages::close(uint32_t index) {
  uint8_t& closed = poisoned_[generation_][index];
  if (closed != 0) return;
  poison(memory_.crash_pointer(first_ + index * model::kPageBytes, generation_), model::kPageBytes);
  closed = 1;
}

}  // namespace vtd::harness
