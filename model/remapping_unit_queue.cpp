// SPDX-License-Identifier: Apache-2.0 OR MIT
// The invalidation queue (S§6.5.2). Descriptors are fetched when the tail moves, and carried out, in order, when the
// latency is over; then the head moves and status words are written. The queue is always snooped.
#include <algorithm>

#include "model/remapping_unit.h"

namespace vtd::model {
namespace {

constexpr unsigned kQueueTail = 0x88;
constexpr uint64_t kOffsetBits = 0x7fff0;                 // 18:4 of IQH and IQT
constexpr uint64_t kWideDescriptors = uint64_t{1} << 11;  // IQA.DW
constexpr uint32_t kQueueErrorStatus = 1u << 4;           // FSTS.IQE
constexpr uint64_t kBadTail = 1, kMisalignedTail = 6;     // IQERCD.IQEI (S§11.4.9)
constexpr uint64_t kInterruptOnWait = 1u << 4;

}  // namespace

bool RemappingUnit::queue_sticks() const { return answers_ == 0; }

void RemappingUnit::silence(uint32_t after) { answers_ = std::min(answers_, after); }

void RemappingUnit::stand_still() {
  queue_pending_ = {true, true, 0};
  stood_still_ = true;
}

bool RemappingUnit::listen() {
  answers_ = kForEver;
  if (!queue_pending_.active || !queue_pending_.stuck) return false;
  queue_pending_ = {};
  fetch_descriptors();
  return true;
}

uint64_t RemappingUnit::queue_bytes() const { return kPageBytes << (queue_address_ & 7); }
unsigned RemappingUnit::descriptor_bytes() const {
  const bool wide = (queue_address_ & kWideDescriptors) != 0 && (rules_->scalable || rules_->abort_dma);
  return wide ? 32 : 16;
}

bool RemappingUnit::uses_page(Address page) const {
  const Address base = queue_address_ & rules_->address_mask;
  if (queue_enabled() && !queue_is_foreign_ && page >= base && page - base < queue_bytes()) return true;
  for (const Invalidation& i : taken_)
    if (i.writes_status && page_of(i.status_address) == page) return true;
  return false;
}

void RemappingUnit::write_tail(uint64_t value) {
  queue_tail_ = value & kOffsetBits;
  if (queue_enabled()) judge_asked_devices();
  fetch_descriptors();
}

bool RemappingUnit::is_offset(uint64_t offset) const {
  return offset % descriptor_bytes() == 0 && offset < queue_bytes();
}

// Now and not when they are fetched: a device may go while the queue stands still.
void RemappingUnit::judge_asked_devices() {
  if (queue_is_foreign_ || !is_offset(queue_tail_)) return;  // not fetched
  const unsigned bytes = descriptor_bytes();
  for (; asked_ != queue_tail_; asked_ = (asked_ + bytes) % queue_bytes()) {
    Invalidation invalidation;
    const Malformed wrong = decode_descriptor(*rules_, descriptor(asked_), bytes / sizeof(uint64_t), invalidation);
    if (wrong == Malformed::none && invalidation.cache == Invalidation::Cache::device_tlb)
      core_->judge_asked_device(number_, invalidation.source);
  }
}

const uint64_t* RemappingUnit::descriptor(uint64_t offset) const {
  const Address at = (queue_address_ & rules_->address_mask) + offset;
  return core_->machine->memory.page(page_of(at), View::cpu) + at % kPageBytes / sizeof(uint64_t);
}

void RemappingUnit::fetch_descriptors() {
  const bool stopped = (fault_status_ & kQueueErrorStatus) != 0;  // until software clears it
  if (!queue_enabled() || stopped) return;
  if (queue_is_foreign_) return drain_foreign_queue();
  const unsigned bytes = descriptor_bytes();
  if (queue_tail_ % bytes != 0) return stop_queue(kMisalignedTail, queue_tail_);
  if (queue_tail_ >= queue_bytes()) return stop_queue(kBadTail, queue_tail_);
  if (fetched_ == queue_tail_) return;
  if (queue_sticks()) {
    stand_still();
    return;
  }
  if (answers_ != kForEver) --answers_;
  for (; fetched_ != queue_tail_; fetched_ = (fetched_ + bytes) % queue_bytes()) {
    const uint64_t* const qwords = descriptor(fetched_);
    Invalidation invalidation;
    const Malformed wrong = decode_descriptor(*rules_, qwords, bytes / sizeof(uint64_t), invalidation);
    if (wrong != Malformed::none) {
      stop_queue(static_cast<uint64_t>(wrong), qwords[0]);
      break;
    }
    core_->rulings.judged(Rule::invalidation_is_legal);
    core_->ask(number_, invalidation, true);
    taken_.push_back(invalidation);
  }
  if (begin(queue_pending_, false)) complete_queue();
}

// The dead kernel's queue, in memory nobody may write: its descriptors concern nothing of the crash kernel.
void RemappingUnit::drain_foreign_queue() {
  fetched_ = queue_tail_;
  if (queue_sticks()) return stand_still();
  if (begin(queue_pending_, false)) complete_queue();
}

void RemappingUnit::stop_queue(uint64_t why, uint64_t what) {
  fault_status_ |= kQueueErrorStatus;
  queue_error_ = (queue_error_ & ~uint64_t{0xf}) | why;
  core_->rulings.require(false, Rule::invalidation_is_legal, number_, kQueueTail, why, what);
}

void RemappingUnit::complete_queue() {
  queue_head_ = fetched_;
  uint8_t caches = 0;
  for (const Invalidation& i : taken_) {
    trace(i);
    if (i.cache == Invalidation::Cache::context) caches |= Remembered::kContext;
    if (i.cache == Invalidation::Cache::iotlb) caches |= Remembered::kIotlb;
    if (i.cache == Invalidation::Cache::device_tlb) caches |= Remembered::kDevice;
  }
  if (caches != 0) core_->carried_out(number_, caches);
  for (const Invalidation& i : taken_) {
    if (i.cache == Invalidation::Cache::interrupt) core_->write_buffer_flushed(number_);
    if (i.cache == Invalidation::Cache::wait) complete_wait(i);
  }
  taken_.clear();
}

// Nobody but the engine's own memory may receive a status word.
void RemappingUnit::complete_wait(const Invalidation& wait) {
  if ((wait.raw & kInterruptOnWait) != 0) wait_status_ |= 1;
  if (!wait.writes_status) return;
  Memory& memory = core_->machine->memory;
  const bool own = memory.in_crash(wait.status_address, core_->generation);
  core_->rulings.require(own, Rule::invalidation_is_legal, number_, wait.status_address, 0, wait.status_data);
  if (!own) return;
  uint64_t& qword =
      memory.make_frame(page_of(wait.status_address))[wait.status_address % kPageBytes / sizeof(uint64_t)];
  const unsigned shift = static_cast<unsigned>(wait.status_address % sizeof(uint64_t)) * 8;
  qword = (qword & ~(uint64_t{0xffffffff} << shift)) | uint64_t{wait.status_data} << shift;
}

}  // namespace vtd::model
