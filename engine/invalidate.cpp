// SPDX-License-Identifier: Apache-2.0 OR MIT
// Making a unit forget, by its queue where it has one, else by registers (S§6.5).
#include "engine/poll.h"
#include "engine/unit.h"

namespace vtd::engine {
namespace {

constexpr unsigned kQueueSlots = kPageBytes / reg::descriptor::kBytes;

constexpr std::uint32_t kStopped =
    static_cast<std::uint32_t>(reg::fault::QueueError::mask | reg::fault::CompletionTimeout::mask);

}  // namespace

bool Unit::queue_is_drained(Host& host) const {
  if ((host.read32(number_, reg::kFaultStatus) & kStopped) != 0) return false;
  return poll(host, [&] { return host.read64(number_, reg::kQueueHead) == host.read64(number_, reg::kQueueTail); });
}

std::uint32_t Unit::iotlb_register() const {
  return static_cast<std::uint32_t>(reg::ecap::InvalidationOffset::get(extended_)) * 16 + 8;
}

// Descriptors into the queue, where there is room for them and a wait; one slot stays free, so that full is not empty.
// Only requests that were never answered can fill it: they get time to end.
bool Unit::push(Host& host, const Descriptor* list, unsigned count) {
  const auto room = [&] {
    const Word head = host.read64(number_, reg::kQueueHead) / reg::descriptor::kBytes;
    return (head + kQueueSlots - queue_tail_ - 1) % kQueueSlots > count;
  };
  if (owes_ && !poll(host, room)) return false;
  for (unsigned i = 0; i < count; ++i) {
    queue_[queue_tail_] = list[i];
    queue_tail_ = (queue_tail_ + 1) % kQueueSlots;
  }
  return true;
}

// A wait for what was pushed, which writes a number that no earlier wait has written: a late answer to a request that
// was given up cannot be taken for this one.
int Unit::answered(Host& host) {
  using namespace reg::descriptor;
  queue_[queue_tail_] = {Type::make(kWait) | StatusWrite::mask | StatusData::make(++sequence_),
                         host.physical(&status_)};
  queue_tail_ = (queue_tail_ + 1) % kQueueSlots;
  host.barrier();
  host.write64(number_, reg::kQueueTail, Word{queue_tail_} * kBytes);
  const volatile std::uint32_t* answer = &status_;
  bool failed = false;
  const bool ended = poll(host, [&] {
    if (*answer == sequence_) return true;
    failed = (host.read32(number_, reg::kFaultStatus) & kStopped) != 0;
    return failed;
  });
  return owing(failed ? VTD_QUEUE_ERROR : ended ? VTD_OK : VTD_TIMEOUT);
}

int Unit::submit(Host& host, const Descriptor* list, unsigned count) {
  return push(host, list, count) ? answered(host) : owing(VTD_TIMEOUT);
}

// One command at a time: a register that is still busy with one that was given up takes no other (S§11.4.6.1).
template <class Start, class Done>
int Unit::command_by_register(Host& host, std::uint32_t at, Word what) {
  Word answer = 0;
  const auto idle = [&] { return !Start::in(answer = host.read64(number_, at)); };
  if (!poll(host, idle)) return VTD_TIMEOUT;
  host.write64(number_, at, Start::mask | what);
  return poll(host, idle) && Done::get(answer) != 0 ? VTD_OK : VTD_TIMEOUT;
}

// In-flight requests are drained where the unit can do so, so that what they used may be given back.
Word Unit::drains() const {
  const bool reads = reg::cap::DrainReads::in(capability_), writes = reg::cap::DrainWrites::in(capability_);
  if (has_queue())
    return (reads ? reg::descriptor::DrainReads::mask : 0) | (writes ? reg::descriptor::DrainWrites::mask : 0);
  return (reads ? reg::iotlb::DrainReads::mask : 0) | (writes ? reg::iotlb::DrainWrites::mask : 0);
}

// The queue keeps the order by itself (S§6.5.2.12); by registers the first must have ended before the second begins.
int Unit::context_cache_and_iotlb(Host& host, Word context_scope, Word source, Word iotlb_scope, Word id) {
  if (has_queue()) {
    using namespace reg::descriptor;
    const Descriptor both[] = {
        {Type::make(kContext) | Wanted::make(context_scope) | Domain::make(id) | Source::make(source), 0},
        {Type::make(kIotlb) | Wanted::make(iotlb_scope) | drains() | Domain::make(id), 0}};
    return submit(host, both, 2);
  }
  using namespace reg::context;
  const int status = owing(command_by_register<Start, Done>(
      host, reg::kContextCommand, Wanted::make(context_scope) | Source::make(source) | Domain::make(id)));
  return status != VTD_OK ? status : iotlb(host, iotlb_scope, id);
}

int Unit::iotlb(Host& host, Word granularity, Word id) {
  if (has_queue()) {
    using namespace reg::descriptor;
    const Descriptor one{Type::make(kIotlb) | Wanted::make(granularity) | drains() | Domain::make(id), 0};
    return submit(host, &one, 1);
  }
  using namespace reg::iotlb;
  return owing(command_by_register<Start, Done>(host, iotlb_register(),
                                                Wanted::make(granularity) | drains() | Domain::make(id)));
}

int Unit::owing(int status) {
  owes_ |= status != VTD_OK;
  return status;
}

// The queue works in order, so an answer now is one to all that was asked before, device-TLBs included.
int Unit::forget_everything(Host& host) {
  const int status = context_cache_and_iotlb(host, reg::kGlobal, 0, reg::kGlobal, 0);
  if (status == VTD_OK) owes_ = false;
  return status;
}

int Unit::settle(Host& host) {
  if (device_unasked_) return VTD_TIMEOUT;
  return owes_ ? forget_everything(host) : static_cast<int>(VTD_OK);
}

int Unit::forget_device(Host& host, Word source, Word id) {
  return context_cache_and_iotlb(host, reg::kDevice, source, reg::kDomain, id);
}

int Unit::forget_domain(Host& host, Word id) {
  return context_cache_and_iotlb(host, reg::kDomain, 0, reg::kDomain, id);
}

int Unit::forget_translations(Host& host, Word id) { return iotlb(host, reg::kDomain, id); }

int Unit::forget_device_tlbs(Host& host, const Word* sources, unsigned count) {
  if (!has_queue()) return VTD_OK;
  using namespace reg::descriptor;
  Descriptor list[kDeviceTlbsAtOnce];
  for (unsigned i = 0; i < count; ++i) list[i] = {Type::make(kDeviceTlb) | Source::make(sources[i]), kEveryAddress};
  if (push(host, list, count)) return answered(host);
  device_unasked_ = true;
  return VTD_TIMEOUT;
}

}  // namespace vtd::engine
