// SPDX-License-Identifier: Apache-2.0 OR MIT
// Register accesses, global commands, and invalidation by registers (S§11.4).
#include "model/remapping_unit.h"

#include <algorithm>
#include <bit>

namespace vtd::model {
namespace {

// Offsets (S§11.4).
constexpr unsigned kVersion = 0x00, kCapability = 0x08, kExtendedCapability = 0x10, kCommand = 0x18, kStatus = 0x1c,
                   kRootAddress = 0x20, kContextCommand = 0x28, kFaultStatus = 0x34, kQueueHead = 0x80,
                   kQueueTail = 0x88, kQueueAddress = 0x90, kWaitStatus = 0x9c, kQueueError = 0xb0,
                   kInterruptTable = 0xb8;

// GCMD, and the same bits of GSTS (S§11.4.4).
constexpr uint32_t kTranslation = 1u << 31, kSetRoot = 1u << 30, kWriteBuffer = 1u << 27, kQueued = 1u << 26,
                   kInterrupts = 1u << 25, kSetInterruptTable = 1u << 24, kCompatibility = 1u << 23;
constexpr uint32_t kLevels = kTranslation | kQueued | kInterrupts | kCompatibility;
constexpr uint32_t kOneShots = kSetRoot | kWriteBuffer | kSetInterruptTable;
constexpr uint32_t kPersistent = 0x96ffffff;  // of GSTS, when a command is built from it

constexpr uint64_t kBusy = uint64_t{1} << 63;           // ICC of CCMD, IVT of IOTLB_REG
constexpr uint64_t kContextActual = uint64_t{3} << 59;  // CAIG
constexpr uint64_t kIotlbActual = uint64_t{3} << 57;    // IAIG
constexpr uint32_t kFaultsCleared = 1u << 0 | 1u << 4 | 1u << 5 | 1u << 6, kFaultPending = 1u << 1;
constexpr uint32_t kRecordedFault = 1u << 31;                            // F, in the last dword of a record
constexpr uint32_t kUnreadable = 0xdeadbeef;                             // GCMD is write-only
constexpr uint32_t kStuckContext = 1, kStuckIotlb = 2, kLockedRoot = 8;  // UnitState::stuck
constexpr uint32_t kQueueErrorStatus = 1u << 4;
constexpr uint64_t kQueueOffset = 0x7fff0;  // 18:4 of IQH and IQT
constexpr uint64_t kModeBits = uint64_t{3} << 10;

}  // namespace

void RemappingUnit::start(HardwareCore& core, unsigned number) {
  core_ = &core;
  number_ = number;
  state_ = &core.machine->units[number];
  rules_ = &core.rules[number];
  capability_ = state_->capability;
  extended_capability_ = state_->extended_capability;
  iotlb_offset_ = static_cast<unsigned>(extended_capability_ >> 8 & 0x3ff) * 16;
  fault_offset_ = static_cast<unsigned>(capability_ >> 24 & 0x3ff) * 16;
  fault_records_ = static_cast<unsigned>(capability_ >> 40 & 0xff) + 1;
  // Reserved bits read as zero, and so does what the unit does not have, whatever a scenario says (S§11.2).
  status_ = state_->status & (kLevels | kOneShots) & ~(rules_->queued ? 0 : kQueued);
  fault_status_ = state_->fault_status;
  wait_status_ = 0;
  root_register_ = root_ = next_root_ = core.old_root[number] = state_->root;
  context_command_ = iotlb_command_ = iotlb_address_ = queue_error_ = interrupt_table_ = 0;
  queue_address_ = state_->queue_address;
  queue_is_foreign_ = true;
  queue_head_ = state_->queue_head & kQueueOffset;
  queue_tail_ = fetched_ = asked_ = state_->queue_tail & kQueueOffset;
  command_ = 0;
  answers_ = (state_->stuck & kStuckQueue) != 0 ? 0 : kForEver;
  taken_.clear();
  command_pending_ = context_pending_ = iotlb_pending_ = queue_pending_ = {};
  // What the dead kernel had queued is still being worked off; it concerns only its own tables.
  const bool working =
      (status_ & kQueued) != 0 && queue_head_ != queue_tail_ && (fault_status_ & kQueueErrorStatus) == 0;
  if (working) queue_pending_ = {true, queue_sticks(), std::max<uint8_t>(1, state_->latency)};
  stood_still_ = working && queue_sticks();
}

void RemappingUnit::start_generation() {
  for (unsigned i = 0; i < 256; ++i) tick();  // no latency is longer
  queue_is_foreign_ = true;
  taken_.clear();
  stood_still_ = queue_pending_.active && queue_pending_.stuck;  // what it left half done was of the kernel before
  core_->old_root[number_] = root_;
}

bool RemappingUnit::translating() const { return (status_ & kTranslation) != 0; }
bool RemappingUnit::queue_enabled() const { return (status_ & kQueued) != 0; }

bool RemappingUnit::stuck() const {
  const auto sticks = [](const Pending& pending) { return pending.active && pending.stuck; };
  return sticks(command_pending_) || sticks(context_pending_) || sticks(iotlb_pending_) || sticks(queue_pending_);
}

// --- reading ---------------------------------------------------------------------------------------------------------

uint64_t* RemappingUnit::wide_register(unsigned offset) {
  switch (offset) {
    case kCapability:
      return &capability_;
    case kExtendedCapability:
      return &extended_capability_;
    case kRootAddress:
      return &root_register_;
    case kContextCommand:
      return &context_command_;
    case kQueueHead:
      return &queue_head_;
    case kQueueTail:
      return &queue_tail_;
    case kQueueAddress:
      return &queue_address_;
    case kQueueError:
      return &queue_error_;
    case kInterruptTable:
      return &interrupt_table_;
    default:
      break;
  }
  if (offset == iotlb_offset_) return &iotlb_address_;
  return offset == iotlb_offset_ + 8 ? &iotlb_command_ : nullptr;
}

uint32_t RemappingUnit::narrow_register(unsigned offset) const {
  switch (offset) {
    case kVersion:
      return state_->version;
    case kCommand:
      return kUnreadable;
    case kStatus:
      return status_;
    case kFaultStatus:
      return fault_status_;
    case kWaitStatus:
      return wait_status_;
    default:
      return 0;
  }
}

uint64_t RemappingUnit::read(unsigned offset, unsigned width) {
  const uint64_t* const wide = wide_register(offset & ~7u);
  const bool command = offset <= kCommand && kCommand < offset + width;
  const bool two_registers = wide == nullptr && width == 8 && (offset == kCommand || offset == kFaultStatus - 4);
  if (command || two_registers) refuse(offset, kUnreadable);
  uint64_t value = 0;
  if (wide != nullptr) {
    value = *wide >> 8 * (offset & 7);
    if (width == 4) value &= 0xffffffff;
  } else {
    value = narrow_register(offset);
    if (width == 8) value |= uint64_t{narrow_register(offset + 4)} << 32;
  }
  const unsigned aligned = offset & ~7u;
  const bool status = offset == kStatus || offset == kWaitStatus || aligned == kContextCommand ||
                      aligned == kQueueHead || aligned == iotlb_offset_ + 8;
  if (status) tick();
  return value;
}

// --- writing ---------------------------------------------------------------------------------------------------------

void RemappingUnit::refuse(unsigned offset, uint64_t got) {
  core_->rulings.require(false, Rule::commands_are_legal, number_, offset, 0, got);
}

void RemappingUnit::write(unsigned offset, uint64_t value, unsigned width) {
  const unsigned aligned = offset & ~7u;
  uint64_t* const wide = wide_register(aligned);
  if (wide == nullptr) {
    if (width == 4) return write_narrow(offset, static_cast<uint32_t>(value));
    write_narrow(offset, static_cast<uint32_t>(value));
    return write_narrow(offset + 4, static_cast<uint32_t>(value >> 32));
  }
  if (width == 8) return write_wide(aligned, value, true);
  const bool high = offset != aligned;
  const uint64_t half = value & 0xffffffff;
  write_wide(aligned, high ? (*wide & 0xffffffff) | half << 32 : (*wide & ~uint64_t{0xffffffff}) | half, high);
}

// Commands start with the write of their last byte (S§11.4.6).
void RemappingUnit::write_wide(unsigned offset, uint64_t value, bool top_byte) {
  switch (offset) {
    case kRootAddress:
      if ((command_ & kSetRoot) != 0) refuse(offset, value);
      if ((state_->stuck & kLockedRoot) == 0) root_register_ = value;
      return;
    case kContextCommand:
      return write_context_command(value, top_byte);
    case kQueueTail:
      return write_tail(value);
    case kQueueAddress:
      if (queue_enabled()) return refuse(offset, value);
      queue_address_ = value;
      queue_is_foreign_ = false;
      return;
    case kInterruptTable:
      interrupt_table_ = value;
      return;
    default:
      break;
  }
  if (offset == iotlb_offset_ + 8) return write_iotlb_command(value, top_byte);
  if (offset != iotlb_offset_) return;  // read-only
  if (iotlb_pending_.active) return refuse(offset, value);
  iotlb_address_ = value;
}

void RemappingUnit::write_narrow(unsigned offset, uint32_t value) {
  if (offset == kCommand) return write_command(value);
  if (offset == kWaitStatus) wait_status_ &= ~value;
  const bool record = offset >= fault_offset_ && offset < fault_offset_ + 16 * fault_records_ && offset % 16 == 12;
  if (record && (value & kRecordedFault) != 0) fault_status_ &= ~kFaultPending;
  if (offset != kFaultStatus) return;
  const bool resumes = (fault_status_ & value & kQueueErrorStatus) != 0;
  fault_status_ &= ~(value & kFaultsCleared);
  if (resumes) fetch_descriptors();
}

// --- time ------------------------------------------------------------------------------------------------------------

bool RemappingUnit::completes(Pending& pending) {
  if (!pending.active || pending.stuck) return false;
  if (pending.left != 0) --pending.left;
  pending.active = pending.left != 0;
  return !pending.active;
}

// Answers whether the command is complete at once.
bool RemappingUnit::begin(Pending& pending, bool stuck) {
  pending = {stuck || state_->latency != 0, stuck, state_->latency};
  return !pending.active;
}

void RemappingUnit::tick() {
  if (completes(command_pending_)) complete_command();
  if (completes(context_pending_)) complete_context_command();
  if (completes(iotlb_pending_)) complete_iotlb_command();
  if (completes(queue_pending_)) complete_queue();
}

// --- global commands -------------------------------------------------------------------------------------------------

void RemappingUnit::write_command(uint32_t value) {
  const uint32_t changed = value ^ (status_ & kPersistent);  // reserved bits are written back as they were read
  const bool legal = !command_pending_.active && std::popcount(changed) <= 1 &&
                     (changed & ~(kLevels | kOneShots)) == 0 && ((changed & kQueued) == 0 || rules_->queued);
  core_->rulings.require(legal, Rule::commands_are_legal, number_, kCommand, status_ & kPersistent, value);
  if (translating())
    core_->rulings.require((value & kTranslation) != 0, Rule::translation_stays_enabled, number_, kCommand,
                           kTranslation, value);
  if (command_pending_.active && command_pending_.stuck) return;  // the unit does not listen
  if (command_pending_.active) complete_command();
  command_ = changed & (kLevels | kOneShots);
  if (command_ == 0) return;
  const bool stuck = (command_ & state_->stuck) != 0;
  status_ &= ~(command_ & (kSetRoot | kSetInterruptTable));
  status_ |= command_ & kWriteBuffer;
  if ((command_ & kSetRoot) != 0 && !stuck) {
    next_root_ = root_register_;
    core_->begin_root_switch(number_, root_, next_root_, translating());
  }
  if (begin(command_pending_, stuck)) complete_command();
}

void RemappingUnit::complete_command() {
  command_pending_ = {};
  if ((command_ & kQueued) != 0) {
    queue_head_ = fetched_ = asked_ = 0;
    taken_.clear();
    queue_pending_ = {};
  }
  if ((command_ & kSetRoot) != 0) {
    root_ = next_root_;
    core_->finish_root_switch(number_, translating());
  }
  if ((command_ & kWriteBuffer) != 0) core_->write_buffer_flushed(number_);
  status_ ^= command_ & kLevels;
  status_ |= command_ & (kSetRoot | kSetInterruptTable);
  status_ &= ~(command_ & kWriteBuffer);
  const bool queue_began = (command_ & kQueued) != 0 && queue_enabled();
  command_ = 0;
  if (!queue_began) return;
  judge_asked_devices();
  fetch_descriptors();
}

// --- invalidation by registers ---------------------------------------------------------------------------------------

// Gone since major version 6, and never while the queue is on or in another mode than legacy (S§6.5.1).
bool RemappingUnit::registers_may_invalidate() const {
  return !queue_enabled() && (root_ & kModeBits) == 0 && (state_->version >> 4 & 0xf) <= 5;
}

void RemappingUnit::write_context_command(uint64_t value, bool top_byte) {
  if (context_pending_.active) return refuse(kContextCommand, value);
  context_command_ = value & ~kContextActual;
  if (!top_byte || (value & kBusy) == 0) return;
  const bool legal =
      decode_context_command(value, context_invalidation_) == Malformed::none && registers_may_invalidate();
  core_->rulings.require(legal, Rule::invalidation_is_legal, number_, kContextCommand, 0, value);
  const bool stuck = (state_->stuck & kStuckContext) != 0;
  context_accepted_ = legal;
  if (legal && !stuck) core_->ask(number_, context_invalidation_, false);
  if (begin(context_pending_, stuck)) complete_context_command();
}

void RemappingUnit::complete_context_command() {
  context_command_ &= ~kBusy;
  if (!context_accepted_) return;  // CAIG=00: ignored
  context_command_ |= static_cast<uint64_t>(context_invalidation_.scope) << 59;
  trace(context_invalidation_);
  core_->carried_out(number_, Remembered::kContext);
}

void RemappingUnit::write_iotlb_command(uint64_t value, bool top_byte) {
  if (iotlb_pending_.active) return refuse(iotlb_offset_ + 8, value);
  iotlb_command_ = value & ~kIotlbActual;
  if (!top_byte || (value & kBusy) == 0) return;
  const bool decoded = decode_iotlb_command(*rules_, value, iotlb_address_, iotlb_invalidation_) == Malformed::none;
  iotlb_accepted_ = decoded && registers_may_invalidate();
  core_->rulings.require(iotlb_accepted_, Rule::invalidation_is_legal, number_, iotlb_offset_ + 8, 0, value);
  const bool stuck = (state_->stuck & kStuckIotlb) != 0;
  if (iotlb_accepted_ && !stuck) core_->ask(number_, iotlb_invalidation_, false);
  if (begin(iotlb_pending_, stuck)) complete_iotlb_command();
}

void RemappingUnit::complete_iotlb_command() {
  iotlb_command_ &= ~kBusy;
  if (!iotlb_accepted_) return;  // IAIG=00: ignored
  iotlb_command_ |= static_cast<uint64_t>(iotlb_invalidation_.scope) << 57;
  trace(iotlb_invalidation_);
  core_->carried_out(number_, Remembered::kIotlb);
}

void RemappingUnit::trace(const Invalidation& invalidation) {
  core_->trace->add(EventKind::invalidate, packed(invalidation), invalidation.raw, number_);
}

}  // namespace vtd::model
