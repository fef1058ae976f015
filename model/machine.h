// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machine at the moment of the crash: memory, remapping units, what firmware reserved. Built from a scenario.
#pragma once

#include <vector>

#include "model/memory.h"

namespace vtd::model {

// What a unit reports and where it stands when the crash kernel finds it. Register offsets: S§11.4.
struct UnitState {
  uint64_t capability = 0, extended_capability = 0;
  uint32_t version = 0x10;
  uint32_t status = 0xc0000000;  // GSTS
  uint64_t root = 0;             // RTADDR as read back, TTM in bits 11:10
  uint32_t fault_status = 0;     // FSTS
  uint64_t queue_address = 0;    // IQA
  uint32_t queue_head = 0, queue_tail = 0;
  Address registers = 0xfed90000;  // where the register page lies; MMIO in the map
  uint8_t latency = 0;             // status reads or pauses before a command completes
  uint32_t stuck = 0;              // GCMD bits (and bit 0: CCMD, 1: IOTLB, 2: queue, 3: RTADDR) that are ignored
};

inline constexpr uint32_t kStuckQueue = 1u << 2;  // of UnitState::stuck

struct ReservedRegion {
  Address first, last;  // inclusive
  uint8_t unit;
  SourceId source;
};

// What a hostile device writes into old memory while the crash kernel copies it.
struct DeviceWrite {
  Address at;  // a qword
  uint64_t value;
};

inline constexpr unsigned kMaxUnits = 4;

struct Machine {
  unsigned host_address_width = 48;
  Memory memory;
  std::vector<UnitState> units;
  std::vector<ReservedRegion> reserved;

  // Faults the host plays: allocation number that is refused first (0: never), pages that map_old refuses.
  uint32_t refuse_allocation = 0;
  uint32_t refuse_one = 0;  // the number of one that is refused though later ones are not (0: none)
  bool refuses_allocations() const { return refuse_allocation != 0 || refuse_one != 0; }
  bool refuses(uint32_t number) const {
    return (refuse_allocation != 0 && number >= refuse_allocation) || number == refuse_one;
  }
  std::vector<Address> unreadable;
  std::vector<DeviceWrite> device_writes;

  void clear();
};

}  // namespace vtd::model
