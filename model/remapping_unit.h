// SPDX-License-Identifier: Apache-2.0 OR MIT
// The registers of one remapping unit and the commands they start (S§11.4), with latency and with commands that stick.
//
// A command is asked for when it is written, and carried out when it completes: `latency` status reads or pauses later.
// Commands that stick never complete. Registers that a takeover does not need read as zero and ignore writes.
#pragma once

#include "model/hardware_core.h"

namespace vtd::model {

class RemappingUnit {
 public:
  void start(HardwareCore& core, unsigned number);
  // The kernel that wrote the registers is dead; they stay, and what was pending completes.
  void start_generation();

  uint64_t read(unsigned offset, unsigned width);
  void write(unsigned offset, uint64_t value, unsigned width);
  void tick();

  uint64_t root() const { return root_; }
  bool translating() const;
  void silence(uint32_t after);  // after so many more moves of the tail the queue stands still
  bool listen();                 // a queue that stood still is worked off; true when there is one
  bool stuck() const;            // a command that will never complete is under way
  // As far as it was asked: a queue that would not answer is one that obeys until somebody asks.
  uint32_t ignores() const { return (state_->stuck & ~kStuckQueue) | (stood_still_ ? kStuckQueue : 0); }
  // Does the unit still read descriptors from this page, or owe it a status word?
  bool uses_page(Address page) const;

 private:
  struct Pending {
    bool active = false, stuck = false;
    uint8_t left = 0;
  };

  uint64_t* wide_register(unsigned offset);
  uint32_t narrow_register(unsigned offset) const;
  void write_wide(unsigned offset, uint64_t value, bool top_byte);
  void write_narrow(unsigned offset, uint32_t value);
  void refuse(unsigned offset, uint64_t got);

  bool begin(Pending& pending, bool stuck);
  bool completes(Pending& pending);
  void write_command(uint32_t value);
  void complete_command();
  void write_context_command(uint64_t value, bool top_byte);
  void complete_context_command();
  void write_iotlb_command(uint64_t value, bool top_byte);
  void complete_iotlb_command();
  bool registers_may_invalidate() const;
  void trace(const Invalidation& invalidation);

  // remapping_unit_queue.cpp
  void write_tail(uint64_t value);
  void judge_asked_devices();
  void fetch_descriptors();
  bool is_offset(uint64_t offset) const;  // of a descriptor in the queue
  const uint64_t* descriptor(uint64_t offset) const;
  void drain_foreign_queue();
  void stand_still();
  void stop_queue(uint64_t why, uint64_t what);
  void complete_queue();
  void complete_wait(const Invalidation& wait);
  bool queue_enabled() const;
  bool queue_sticks() const;
  uint64_t queue_bytes() const;
  unsigned descriptor_bytes() const;

  HardwareCore* core_ = nullptr;
  const UnitState* state_ = nullptr;
  const Rules* rules_ = nullptr;
  static constexpr uint32_t kForEver = ~0u;
  uint32_t answers_ = kForEver;  // how many more times the tail may move
  bool stood_still_ = false;     // the queue, for this kernel
  unsigned number_ = 0, iotlb_offset_ = 0, fault_offset_ = 0, fault_records_ = 0;

  uint32_t status_ = 0, fault_status_ = 0, wait_status_ = 0;  // GSTS, FSTS, ICS
  uint64_t capability_ = 0, extended_capability_ = 0;
  uint64_t root_register_ = 0, root_ = 0, next_root_ = 0;  // RTADDR; latched; to be latched
  uint64_t context_command_ = 0, iotlb_command_ = 0, iotlb_address_ = 0;
  uint64_t queue_head_ = 0, queue_tail_ = 0, queue_address_ = 0, queue_error_ = 0, interrupt_table_ = 0;
  bool queue_is_foreign_ = true;  // IQA is as the kernel before left it, wherever that points

  uint32_t command_ = 0;  // bits of GCMD under way
  Pending command_pending_, context_pending_, iotlb_pending_, queue_pending_;
  uint64_t fetched_ = 0;  // where in the queue the next descriptor is read
  uint64_t asked_ = 0;    // up to where it was judged what devices are asked
  std::vector<Invalidation> taken_;
  Invalidation context_invalidation_, iotlb_invalidation_;
  bool context_accepted_ = false, iotlb_accepted_ = false;
};

}  // namespace vtd::model
