// SPDX-License-Identifier: Apache-2.0 OR MIT
// Writes behind the engine's back.
#include "harness/hostile_device.h"

#include <ranges>

namespace vtd::harness {
namespace {

bool covers(model::Address pa, std::uint64_t bytes, model::Address qword) {
  return qword < pa + bytes && pa < qword + sizeof(std::uint64_t);
}

}  // namespace

void HostileDevice::begin(const std::vector<model::DeviceWrite>& writes) {
  writes_.clear();
  for (const model::DeviceWrite& write : writes) writes_.push_back({write.at, write.value, 0, State::waiting});
}

// The latest write comes off first: several may have gone to one qword.
bool HostileDevice::end() {
  bool any = false;
  for (const Write& write : std::views::reverse(writes_)) {
    any |= write.state != State::waiting;
    if (write.state == State::written) exchange(write.at, write.before);
  }
  writes_.clear();
  return any;
}

void HostileDevice::opened(model::Address pa, std::uint64_t bytes) {
  for (Write& write : writes_) {
    if (write.state == State::written && covers(pa, bytes, write.at)) write.state = State::read_again;
  }
}

void HostileDevice::closed(model::Address pa, std::uint64_t bytes) {
  for (Write& write : writes_) {
    if (write.state != State::waiting || !covers(pa, bytes, write.at) || windows_.shows(write.at)) continue;
    write.before = exchange(write.at, write.value);
    write.state = State::written;
  }
}

std::uint64_t HostileDevice::exchange(model::Address at, std::uint64_t value) {
  std::uint64_t* const words = memory_.make_frame(model::page_of(at));
  std::uint64_t& word = words[at % model::kPageBytes / sizeof(std::uint64_t)];
  const std::uint64_t before = word;
  word = value;
  windows_.accept(model::page_of(at));
  return before;
}

}  // namespace vtd::harness
