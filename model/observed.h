// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the harness counted at the host interface: memory taken, old memory read, accesses that the contract forbids.
#pragma once

#include "model/address.h"

namespace vtd::model {

struct Observed {
  uint32_t pages_in_use = 0;          // alloc minus free
  uint32_t pages_in_use_at_call = 0;  // when the present engine call began
  uint32_t old_mapped = 0;            // map_old minus unmap_old
  uint64_t old_bytes_this_call = 0;   // bytes given by map_old during the present call
  uint32_t allocations = 0;           // calls of alloc, refused ones included
  uint32_t refused = 0;               // allocations refused by the scenario or for want of memory, this takeover
  uint32_t register_writes_this_call = 0;

  // The first offence of each kind, and how many there were.
  struct Offence {
    uint32_t times = 0;
    Address address = 0;
    uint32_t event = 0;
    void add(Address a, uint32_t at) {
      if (times++ == 0) {
        address = a;
        event = at;
      }
    }
  };
  Offence not_old_ram;    // map_old of something that is not old RAM of this generation
  Offence fetched_twice;  // a qword of old memory loaded twice within one mapping (observed builds)
  Offence wild_store;     // a store to old memory, or to crash memory that is not allocated (observed builds)
  Offence wild_load;      // a load from old memory that is not mapped (observed builds)
  Offence wild_flush;     // a write-back that leaves the page it begins in
  Offence bad_free;       // free or unmap of something never given
  Offence old_changed;    // a page given by map_old is not what it was when it was first given (every build)
  bool loads_watched = false, stores_watched = false;
};

}  // namespace vtd::model
