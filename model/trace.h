// SPDX-License-Identifier: Apache-2.0 OR MIT
// What an engine was seen to do, in order. Stored raw; rendered only when something broke.
#pragma once

#include <vector>

#include "model/address.h"

namespace vtd::model {

enum class EventKind : uint8_t {
  step,      // address: index of the scenario step that begins; the number of steps: a takeover that no step asked for
  allocate,  // address: page, or 0 when refused
  free,      // address: page
  map_old,   // address, value: bytes
  refuse_old,  // address: a page map_old would not give
  unmap_old,   // address
  read,        // register: address is the offset, value what was read
  write,       // register: address is the offset, value what was written
  flush,       // address, value: bytes
  store,       // crash memory that hardware can see: address, value is the qword after the store
  invalidate,  // hardware carried out an invalidation: address packs what, value the raw command
  event,       // the engine's own event: address is the kind, value the detail
  block,  // memcpy, memmove or memset to crash memory: address, value: bytes; stores to live pages follow one by one
};

struct Event {
  EventKind kind;
  uint8_t unit;
  uint8_t width;  // bytes, of register accesses and stores
  uint64_t address;
  uint64_t value;
  uintptr_t where;  // code address in the engine, 0 when not known
};

class Trace {
 public:
  static constexpr std::size_t kMost = 1u << 14;
  void clear() {
    events_.clear();
    dropped_ = 0;
  }
  void add(EventKind kind, uint64_t address, uint64_t value = 0, unsigned unit = 0, unsigned width = 0,
           uintptr_t where = 0) {
    if (events_.size() >= kMost) {
      ++dropped_;
      return;
    }
    events_.push_back({kind, static_cast<uint8_t>(unit), static_cast<uint8_t>(width), address, value, where});
  }
  const std::vector<Event>& events() const { return events_; }
  std::size_t dropped() const { return dropped_; }

 private:
  std::vector<Event> events_;
  std::size_t dropped_ = 0;
};

}  // namespace vtd::model
