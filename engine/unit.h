// SPDX-License-Identifier: Apache-2.0 OR MIT
// One remapping unit: its state at boot, the switch to a new root, and making hardware forget.
//
// Every wait is bounded by a number of pauses and ends in VTD_TIMEOUT or VTD_QUEUE_ERROR.
#pragma once

#include "engine/host.h"
#include "engine/registers.h"
#include "engine/rules.h"

namespace vtd::engine {

// Something went wrong, and what follows is done all the same: the first error is the answer.
constexpr int first_error(int first, int second) { return first != VTD_OK ? first : second; }

class Unit {
 public:
  // Reads the unit's state; VTD_OK, or why it cannot be taken over. Writes no register.
  int open(Host& host, unsigned number, unsigned host_address_width);
  // What the switch needs of memory: the page of our own invalidation queue.
  bool prepare(Host& host);
  void give_back(Host& host);
  // Switches hardware to `root`, which must translate as the old tables do (S§6.6).
  int switch_root(Host& host);

  // Hardware forgets, in the order context cache, IOTLB with paging structures, device-TLB (S§6.5.2, S§6.2.2.1). All
  // but the last are made up for by `settle`; a device-TLB is asked even when the unit has not answered, because its
  // queue works in order, so that what answers later answers for the device too.
  int forget_everything(Host& host);
  int forget_device(Host& host, Word source, Word id);
  int forget_domain(Host& host, Word id);        // contexts with this id and their translations
  int forget_translations(Host& host, Word id);  // translations alone
  static constexpr unsigned kDeviceTlbsAtOnce = 32;
  int forget_device_tlbs(Host& host, const Word* sources, unsigned count);  // at most that many
  int flush_write_buffer(Host& host);                                       // S§6.8; nothing to do without RWBF
  // Before anything becomes present, and before legacy mappings go that a stale context entry may still lead to: makes
  // up for an invalidation that was not acknowledged, or answers why it cannot.
  int settle(Host& host);

  // Legacy tables with SSIRWE: each request is fault 30h, whatever the tables say (S§11.4.5).
  bool blocks_everything() const { return reg::root::InterruptWords::in(old_root_); }
  const Rules& rules() const { return rules_; }
  unsigned number() const { return number_; }
  bool coherent() const { return reg::ecap::Coherent::in(extended_); }
  bool caching_mode() const { return reg::cap::CachingMode::in(capability_); }
  bool has_queue() const { return reg::ecap::Queue::in(extended_); }
  Word old_root() const { return page_of(old_root_); }

  Word root;               // the root table we made; 0 before copy
  std::uint32_t ids_used;  // different domain-ids in use
  std::uint32_t next_id;   // where the search for a free one goes on

 private:
  struct Descriptor {
    Word low, high;
  };
  int check_capabilities() const;
  int check_idle(Host& host);
  bool queue_is_drained(Host& host) const;
  int command(Host& host, std::uint32_t bit, bool on, std::uint32_t done_mask, std::uint32_t done);
  int take_queue(Host& host);
  bool push(Host& host, const Descriptor* list, unsigned count);
  int answered(Host& host);
  int submit(Host& host, const Descriptor* list, unsigned count);
  // One after the other, whatever scope each of them has.
  int context_cache_and_iotlb(Host& host, Word context_scope, Word source, Word iotlb_scope, Word id);
  int iotlb(Host& host, Word granularity, Word id);
  Word drains() const;
  template <class Start, class Done>
  int command_by_register(Host& host, std::uint32_t at, Word what);
  std::uint32_t iotlb_register() const;
  int owing(int status);

  unsigned number_;
  Word capability_, extended_, old_root_;
  Rules rules_;
  Descriptor* queue_;
  std::uint32_t queue_tail_, sequence_;
  std::uint32_t status_;  // hardware writes the sequence number of the last wait here
  bool owes_;             // hardware may remember what it was told to forget
  bool device_unasked_;   // so may a device-TLB, and nobody can say which
};

}  // namespace vtd::engine
