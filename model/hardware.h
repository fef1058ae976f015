// SPDX-License-Identifier: Apache-2.0 OR MIT
// The remapping units at work: registers, commands, invalidation, and what their caches may still remember.
//
// The harness feeds it every register access, every settled store to crash memory, every write-back and every freed
// page; it answers with the rules of the specification that were broken. It never looks at the engine. Of the trace it
// writes only the `invalidate` events; every other event is the host's to record, before it tells the hardware.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "model/layout.h"
#include "model/machine.h"
#include "model/trace.h"
#include "model/walk.h"

namespace vtd::model {

// One rule each; checked() counts evaluations. The property of the same name cites the section.
enum class Rule : uint8_t {
  translation_stays_enabled,  // GCMD.TE never written as 0 once TES=1
  commands_are_legal,         // one GCMD bit at a time, built from GSTS; nothing while a command is pending
  mode_is_kept,               // RTADDR.TTM unchanged while TES=1 and ESRTPS=0 (S§6.6)
  root_is_written_back,       // at SRTP every reachable table is visible to a non-coherent unit; `got`: the role of
                              // one that is not
  write_buffer_is_flushed,    // and nothing is left in the unit's write buffer (S§6.8)
  root_switch_is_equivalent,  // at SRTP the new hierarchy translates as the old one did
  invalidation_order,         // after SRTP: context cache before IOTLB (S§6.5.2.12, S§6.6)
  invalidation_is_legal,      // registers only with QIES=0, TTM=00b, major <= 5; descriptors well formed
  live_context_is_not_torn,   // a present root or context entry changes by one aligned store that keeps it consistent,
                              // or clears P
  live_paging_entry_is_not_torn,  // paging entries change by aligned 8-byte stores
  present_entry_is_not_edited,   // present to a different present translation only through not-present and invalidation
  contents_before_publication,   // a table is complete, and written back, when a live entry first points at it
  old_entry_is_forgotten_first,  // not-present to present only after caches forgot the previous entry
  page_is_forgotten_before_free,  // a freed page is neither reachable nor remembered by a cache
  device_tlbs_forget_too,  // likewise of the device-TLB of a device with TT=01b, after the unit itself has forgotten
  departed_device_is_not_asked,  // no device-TLB invalidation to a device that is gone or has no TLB
  nothing_stale_after_call,  // when an engine call returns, no cache may hold a translation the tables no longer give
  kCount
};
inline constexpr std::size_t kRules = static_cast<std::size_t>(Rule::kCount);
const char* rule_name(Rule);

struct Violation {
  Rule rule;
  uint8_t unit;
  Address address;  // the entry, page or register offset concerned
  uint64_t expected, got;
  uint32_t event;  // position in the trace
};

class Hardware {
 public:
  Hardware();
  ~Hardware();
  Hardware(const Hardware&) = delete;
  Hardware& operator=(const Hardware&) = delete;

  // Power-on with the state a scenario left. `generation` is the crash kernel that will take over.
  void start(Machine&, Trace&, unsigned generation);
  // The crash kernel crashed: registers and caches stay, its tables become the old ones.
  void next_generation(unsigned generation);

  // --- what the engine does --------------------------------------------------------------------------------------
  uint64_t read(unsigned unit, unsigned offset, unsigned width);
  void write(unsigned unit, unsigned offset, uint64_t value, unsigned width);
  void pause();  // time passes
  // A store to crash memory has taken effect; `bytes` is its width. before/after are the aligned qword around it.
  void stored(Address qword, uint64_t before, uint64_t after, unsigned bytes);
  void written_back(Address pa, uint64_t bytes);
  void freed(Address page);
  // A device is gone, and with it its device-TLB; or it is there (again: true), with an empty one. The next kernel does
  // not know who has gone.
  void device_left(unsigned unit, SourceId source);
  bool device_came(unsigned unit, SourceId source);
  // A unit lets the tail of its queue move so many more times, and then its queue stands still.
  void silence(unsigned unit, uint32_t after);
  // A unit whose queue stood still works it off, now and from now on; true when there was something.
  bool listen(unsigned unit);
  // What a unit ignores, as in UnitState::stuck, or did since this kernel's start: the contract does not say where
  // calls were left.
  uint32_t ignores(unsigned unit) const;
  bool all_obey() const;  // no unit ignores anything
  // An engine call returned: commands still pending are not yet carried out, and what is stale now is a finding. When a
  // command is stuck no engine can do better than to say so: only a call that claims success is judged for that unit.
  void call_returned(bool claims_success = false);

  // --- what there is to see --------------------------------------------------------------------------------------
  uint64_t active_root(unsigned unit) const;  // what was latched by SRTP, with TTM
  bool translating(unsigned unit) const;      // GSTS.TES
  bool register_written() const;              // any register write since start or the last crash
  bool live(Address page) const;              // can hardware, caches included, still read this page of crash memory?
  const Rules& rules(unsigned unit) const;
  Hierarchy hierarchy(unsigned unit, View) const;  // hanging from the active root
  std::span<const Violation> violations() const;
  void forget_violations();
  uint64_t checked(Rule) const;  // evaluations since start
  void watch_stores(bool on);    // false: no stores are reported (unobserved build)

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace vtd::model
