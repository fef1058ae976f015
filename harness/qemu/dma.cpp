// SPDX-License-Identifier: Apache-2.0 OR MIT
// Laying evidence, carrying requests out, looking at what they left.
#include "harness/qemu/dma.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "harness/steps_text.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;
using model::Outcome;
using model::OutcomeKind;
using model::Request;

// Registers of rocker: a transfer of the test engine, and its first descriptor ring.
constexpr unsigned kTestAddress = 0x28, kTestControl = 0x34, kRingAddress = 0x1000, kRingHead = 0x100c;
constexpr uint32_t kFill = 2;  // write 0x96
constexpr std::byte kFilled{0x96}, kOther{0x5a};

// The fault record (S§11.4.14): QEMU has one, at 0x220.
// It is cleared after every request, so that it never overflows.
constexpr unsigned kRecordLow = 0x220, kRecordHigh = 0x228;
constexpr uint64_t kFault = uint64_t{1} << 63, kRead = uint64_t{1} << 62;

// Addresses no unit translates; the page number tells the requests apart.
constexpr uint64_t kTagBase = 0x7a00'0000'0000'0000, kTagMask = 0xffff'ffff;
constexpr uint64_t kBufferBytes = 8;

bool writable(const Outcome& outcome) { return (outcome.permissions & 2) != 0; }
bool reading(const Request& request) { return request.access == model::Access::read; }

// The context entry met, FPD of it (S§9.3).
bool faults_are_hidden(const Outcome& outcome) {
  const auto* const end = outcome.path + outcome.depth;
  const auto* const context =
      std::find_if(outcome.path, end, [](const auto& visited) { return visited.role == model::kContextRole; });
  return context != end && (context->value & 2) != 0;
}
bool second_request_is_recorded(const Outcome& outcome) {
  return outcome.page_shift != 0 && !faults_are_hidden(outcome);
}

}  // namespace

const char* Dma::why_unseen(const model::Machine& machine, const Plan& plan) const {
  const auto& [request, expected, write_back] = plan;
  if (request.iova >= model::kInterruptFirst && request.iova <= model::kInterruptLast)
    return "a request to the interrupt range is no DMA for QEMU";
  for (const Outcome& outcome : {expected, write_back}) {
    if (outcome.kind == OutcomeKind::undefined) return "the specification leaves the outcome open";
    const bool lands = outcome.kind == OutcomeKind::translated;
    if (lands && machine.memory.kind_of(outcome.address) == model::MemoryKind::mmio) return "it leads to registers";
  }
  if (expected.kind == OutcomeKind::fault || !reading(request)) return nullptr;
  if (is_table_(model::page_of(expected.address))) return "a read of a live table leaves no mark";
  if (!writable(expected) && faults_are_hidden(expected)) return "FPD hides what a read of a read-only page leaves";
  return nullptr;
}

bool Dma::add(const Plan& plan, bool fresh) {
  if (flights_.size() == kMost || (!flights_.empty() && flights_.back().alone)) return false;
  Flight flight;
  flight.reading = reading(plan.request);
  const Outcome& target = plan.expected.kind == OutcomeKind::translated ? plan.expected : plan.write_back;
  if (target.kind == OutcomeKind::translated && !lay_evidence(flight, plan, target.address)) return false;
  collect(flight, plan.request, fresh);
  flights_.push_back(flight);
  return true;
}

// False: another request of this batch may touch the same memory, or this one writes into a live table.
bool Dma::lay_evidence(Flight& flight, const Plan& plan, Address target) {
  const Address page = model::page_of(target), end = page + model::kPageBytes;
  std::byte* const memory = vm_.memory().at(page);
  if (memory == nullptr) return true;  // nothing lands there
  flight.alone = is_table_(page);
  const uint64_t size = flight.reading ? kReadBytes : kWriteBytes;
  flight.first = std::max(page, target - std::min(target, kMargin));
  flight.last = std::min(end, target + size + kMargin) - 1;
  const auto overlaps = [&](const Flight& other) { return flight.first <= other.last && other.first <= flight.last; };
  if (!flights_.empty() && (flight.alone || std::any_of(flights_.begin(), flights_.end(), overlaps))) return false;

  Window& window = flight.window;
  window.start = memory + (flight.first - page);
  window.bytes = flight.last - flight.first + 1;
  window.offset = target - flight.first;
  std::memcpy(window.original.data(), window.start, window.bytes);
  if (!flight.alone) std::memset(window.start, std::to_integer<int>(kOther), window.bytes);
  if (flight.reading && plan.expected.kind == OutcomeKind::translated) {
    flight.tag = kTagBase | (++tags_ & kTagMask) * model::kPageBytes;
    const uint64_t descriptor[4] = {flight.tag, 0, kBufferBytes, 0};
    std::memcpy(window.start + window.offset, descriptor, sizeof descriptor);
  }
  std::memcpy(window.laid.data(), window.start, window.bytes);
  return true;
}

void Dma::collect(Flight& flight, const Request& request, bool fresh) {
  Qtest& qtest = vm_.qtest();
  const uint8_t devfn = model::devfn_of(request.source);
  const Address device = Vm::registers_of(devfn);
  vm_.move_devices_to(model::bus_of(request.source));
  if (fresh) {
    // Within a batch the tables stay as they are: what the unit knows of a device's context entry stays true.
    if (flights_.empty() || request.source != last_) vm_.forget_context(request.source);
    vm_.forget_pages();
    last_ = request.source;
  }
  if (flight.reading) {
    uint8_t& tail = tail_[devfn];
    qtest.write(device + kRingAddress, request.iova - kReadBytes * tail, 8);
    tail ^= 1;
    qtest.write(device + kRingHead, tail, 4);
  } else {
    qtest.write(device + kTestAddress, request.iova, 8);
    qtest.write(device + kTestControl, kFill, 4);
  }
  flight.answer = qtest.read(Vm::kUnit + kRecordLow, 8);
  qtest.read(Vm::kUnit + kRecordHigh, 8);
  qtest.write(Vm::kUnit + kRecordHigh, kFault, 8);
}

const std::vector<Sight>& Dma::run() {
  sights_.clear();
  const std::vector<uint64_t>& answers = vm_.qtest().run();
  for (const Flight& flight : flights_) sights_.push_back(look(flight, answers));
  for (const Flight& flight : flights_)
    if (flight.window.bytes != 0) std::memcpy(flight.window.start, flight.window.original.data(), flight.window.bytes);
  flights_.clear();
  return sights_;
}

Sight Dma::look(const Flight& flight, const std::vector<uint64_t>& answers) const {
  const uint64_t low = answers[flight.answer], high = answers[flight.answer + 1];
  Sight sight;
  sight.recorded = (high & kFault) != 0;
  sight.reason = static_cast<uint8_t>(high >> 32);
  sight.reading = (high & kRead) != 0;
  sight.source = static_cast<model::SourceId>(high);
  sight.page = model::page_of(low);
  sight.tag = flight.tag;
  sight.place = place_of(flight);
  return sight;
}

Sight::Place Dma::place_of(const Flight& flight) {
  const Window& window = flight.window;
  if (window.bytes == 0) return Sight::Place::unwatched;
  if (std::memcmp(window.start, window.laid.data(), window.bytes) == 0) return Sight::Place::untouched;
  auto wanted = window.laid;
  std::byte* const data = wanted.data() + window.offset;
  if (flight.reading) {
    // The status, the last two bytes, is the device's; it is never zero.
    std::memcpy(data + kReadBytes - 2, window.start + window.offset + kReadBytes - 2, 2);
  } else {
    std::fill_n(data, kWriteBytes, kFilled);
  }
  return std::memcmp(window.start, wanted.data(), window.bytes) == 0 ? Sight::Place::written : Sight::Place::spoiled;
}

const char* mismatch(const Request& request, const Outcome& expected, const Sight& sight) {
  using Place = Sight::Place;
  if (expected.kind == OutcomeKind::fault) {
    if (sight.recorded != expected.recorded) return expected.recorded ? "no fault is recorded" : "a fault is recorded";
    if (!expected.recorded) return nullptr;
    const unsigned allowed = expected.allowed_faults | 1u << static_cast<unsigned>(expected.fault);
    if ((allowed >> sight.reason & 1) == 0) return "the fault has another reason";
    if (sight.page != model::page_of(request.iova)) return "the fault is recorded for another address";
    if (sight.source != request.source) return "the fault is recorded for another device";
    return sight.reading == reading(request) ? nullptr : "the fault is recorded for another kind of access";
  }
  if (sight.recorded && sight.page == model::page_of(request.iova)) return "a fault is recorded";
  if (sight.place == Place::spoiled) return "other bytes than asked for are written";
  if (sight.place == Place::untouched && writable(expected)) return "the data is not where it should be";
  if (sight.place == Place::written && !writable(expected)) return "a read-only page is written";
  const bool marked = sight.place != Place::unwatched && reading(request) && second_request_is_recorded(expected);
  if (sight.recorded != marked) return marked ? "the read led nowhere" : "a fault is recorded";
  return !marked || sight.page == sight.tag ? nullptr : "the read led elsewhere";
}

std::string told(const Sight& sight) {
  if (sight.recorded)
    return fmt::format("fault {:#x} of a {} by {} at {:#x}", sight.reason, sight.reading ? "read" : "write",
                       source_name(sight.source), sight.page);
  switch (sight.place) {
    case Sight::Place::unwatched:
      return "no fault";
    case Sight::Place::untouched:
      return "no fault, and nothing where the data should be";
    case Sight::Place::written:
      return "no fault, and the data in its place";
    case Sight::Place::spoiled:
      return "no fault, and other bytes changed";
  }
  return "";
}

}  // namespace vtd::harness::qemu
