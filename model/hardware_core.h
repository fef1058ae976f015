// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the parts of the hardware share: the tables in use, what caches remember of former ones, and the rulings.
#pragma once

#include <array>

#include "model/live.h"
#include "model/remembered.h"
#include "model/rulings.h"
#include "model/same_translation.h"

namespace vtd::model {

struct HardwareCore {
  void start(Machine& machine, Trace& trace, unsigned generation);
  // Tables and caches of the crash kernel that is taking over; earlier ones are old memory.
  void start_generation(unsigned next);

  // --- root switches (S§6.6) -------------------------------------------------------------------------------------
  // From now on hardware may use either root; what the old one gave stays remembered after `finish`.
  void begin_root_switch(unsigned unit, uint64_t from, uint64_t to, bool translating);
  void finish_root_switch(unsigned unit, bool translating);

  // --- invalidations and write buffers -----------------------------------------------------------------------------
  void ask(unsigned unit, const Invalidation& invalidation, bool in_order);
  void carried_out(unsigned unit, uint8_t caches);
  void write_buffer_flushed(unsigned unit);
  void store_buffered() { buffered = buffering_; }

  // --- devices with TLBs of their own ------------------------------------------------------------------------------
  void device_left(unsigned unit, SourceId source);
  bool device_came(unsigned unit, SourceId source);
  bool is_absent(unsigned unit, SourceId source) const;
  void judge_asked_device(unsigned unit, SourceId source);  // by a device-TLB invalidation

  // --- the end of a call, the end of a page ------------------------------------------------------------------------
  // `excused`: units that do not carry out commands any more, and an engine that said so.
  void judge_what_is_stale(uint8_t excused);
  void judge_free(Address page);
  // Without a report of stores the graph is made from memory whenever it matters.
  void read_tables_again();

  unsigned units() const { return static_cast<unsigned>(machine->units.size()); }
  std::span<const Rules> all_rules() const { return {rules.data(), units()}; }

  Machine* machine = nullptr;
  Trace* trace = nullptr;
  unsigned generation = 0;
  std::array<Rules, kMaxUnits> rules;
  Rulings rulings;
  Live live;
  Remembered remembered;
  SameTranslation same;
  // Units with RWBF=1 behind whose write buffer something may wait: any store; a store to a live entry.
  uint8_t buffered = 0, buffered_entries = 0;
  bool changed = false;                        // live entries or a root, since a call last returned
  std::array<uint64_t, kMaxUnits> old_root{};  // RTADDR as the dead kernel left it

 private:
  void judge_caches(uint8_t excused);
  void judge_unwritten();
  bool reads_blindly(uint32_t node);
  bool had_device_tlb(unsigned unit, SourceId source) const;
  bool names_device_tlb(unsigned unit, Address root, SourceId source) const;
  void judge_root(unsigned unit, uint64_t from, uint64_t to, bool translating);

  std::array<uint32_t, kMaxUnits> root_{}, next_root_{};  // edges of `live`
  std::vector<uint32_t> absent_;                          // unit and source-id of devices that left
  uint8_t buffering_ = 0;                                 // units with RWBF=1
};

}  // namespace vtd::model
