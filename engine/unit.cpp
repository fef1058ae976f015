// SPDX-License-Identifier: Apache-2.0 OR MIT
// The unit as the old kernel left it, and the switch of its root table while it translates (S§6.6).
#include "engine/unit.h"

#include "engine/poll.h"

namespace vtd::engine {

int Unit::open(Host& host, unsigned number, unsigned host_address_width) {
  number_ = number;
  capability_ = host.read64(number, reg::kCapability);
  extended_ = host.read64(number, reg::kExtendedCapability);
  rules_ = Rules::of(capability_, extended_, host_address_width);
  if (const int status = check_capabilities(); status != VTD_OK) return status;
  const std::uint32_t state = host.read32(number, reg::kGlobalStatus);
  if (!reg::global::Translation::in(state) || !reg::global::RootPointer::in(state)) return VTD_NOT_ENABLED;
  old_root_ = host.read64(number, reg::kRootAddress);
  if (reg::root::Mode::get(old_root_) != 0) return VTD_BAD_MODE;
  const Word major = reg::VersionMajor::get(host.read32(number, reg::kVersion));
  if (major > reg::kLastMajorWithRegisterInvalidation && !has_queue()) return VTD_BAD_CAPABILITY;
  return check_idle(host);
}

int Unit::check_capabilities() const {
  const bool answers = capability_ != ~Word{0} && extended_ != ~Word{0};
  const bool ids = reg::cap::DomainIds::get(capability_) != 7;
  // ECAP.IRO below the end of the fixed registers: a write meant to invalidate would do something else.
  const bool invalidates = iotlb_register() > reg::kFixedEnd;
  return answers && ids && invalidates && rules_.widths != 0 ? VTD_OK : VTD_BAD_CAPABILITY;
}

// The old kernel died in the middle of something: its last commands get time to end.
int Unit::check_idle(Host& host) {
  const auto idle = [&] {
    return !reg::global::WriteBuffer::in(host.read32(number_, reg::kGlobalStatus)) &&
           !reg::context::Start::in(host.read64(number_, reg::kContextCommand)) &&
           !reg::iotlb::Start::in(host.read64(number_, iotlb_register()));
  };
  if (!poll(host, idle)) return VTD_BUSY;
  const bool queued = reg::global::Queue::in(host.read32(number_, reg::kGlobalStatus));
  return !queued || queue_is_drained(host) ? VTD_OK : VTD_QUEUE_ERROR;
}

bool Unit::prepare(Host& host) {
  if (!has_queue()) return true;
  queue_ = static_cast<Descriptor*>(host.take_page(/*zeroed:*/ true));
  return queue_ != nullptr;
}

void Unit::give_back(Host& host) {
  host.give_back(queue_);
  queue_ = nullptr;
}

// S§11.4.4.1: one command at a time, all other bits as GSTS has them.
int Unit::command(Host& host, std::uint32_t bit, bool on, std::uint32_t done_mask, std::uint32_t done) {
  const std::uint32_t state = host.read32(number_, reg::kGlobalStatus) & reg::global::kPersistent;
  host.write32(number_, reg::kGlobalCommand, on ? state | bit : state & ~bit);
  const auto acknowledged = [&] { return (host.read32(number_, reg::kGlobalStatus) & done_mask) == done; };
  return poll(host, acknowledged) ? VTD_OK : VTD_TIMEOUT;
}

int Unit::flush_write_buffer(Host& host) {
  if (!reg::cap::WriteBufferFlush::in(capability_)) return VTD_OK;
  constexpr auto bit = static_cast<std::uint32_t>(reg::global::WriteBuffer::mask);
  return command(host, bit, /*on:*/ true, bit, 0);
}

int Unit::switch_root(Host& host) {
  host.barrier();
  if (has_queue()) {
    if (const int status = take_queue(host); status != VTD_OK) return status;
  }
  if (const int status = flush_write_buffer(host); status != VTD_OK) return status;
  // RTADDR only takes effect with SRTP, so a locked register is found while the old tables are still in use.
  const Word value = root | (old_root_ & reg::root::kKept);
  host.write64(number_, reg::kRootAddress, value);
  if (host.read64(number_, reg::kRootAddress) != value) return VTD_TIMEOUT;
  constexpr auto bit = static_cast<std::uint32_t>(reg::global::RootPointer::mask);
  if (const int status = command(host, bit, /*on:*/ true, bit, bit); status != VTD_OK) return status;
  return reg::cap::RootInvalidates::in(capability_) ? VTD_OK : forget_everything(host);
}

// S§6.5.2: the live queue lies in the old kernel's memory. It is drained, stopped, and replaced by ours.
int Unit::take_queue(Host& host) {
  constexpr auto bit = static_cast<std::uint32_t>(reg::global::Queue::mask);
  if (reg::global::Queue::in(host.read32(number_, reg::kGlobalStatus))) {
    if (!queue_is_drained(host)) return VTD_QUEUE_ERROR;
    if (const int status = command(host, bit, /*on:*/ false, bit, 0); status != VTD_OK) return status;
  }
  constexpr auto errors = static_cast<std::uint32_t>(reg::fault::QueueError::mask | reg::fault::CompletionError::mask |
                                                     reg::fault::CompletionTimeout::mask);
  // Written as ones to clear (S§11.4.9); an old error would stop our queue too.
  const std::uint32_t old_errors = host.read32(number_, reg::kFaultStatus) & errors;
  if (old_errors != 0) host.write32(number_, reg::kFaultStatus, old_errors);
  host.write64(number_, reg::kQueueTail, 0);
  host.write64(number_, reg::kQueueAddress, host.physical(queue_));  // one page, 128-bit descriptors
  queue_tail_ = 0;
  return command(host, bit, /*on:*/ true, bit, bit);
}

}  // namespace vtd::engine
