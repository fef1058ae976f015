// SPDX-License-Identifier: Apache-2.0 OR MIT
// The old kernel's memory map: where an old table may lie, and why not; what a mapping would reach.
#pragma once

#include "engine/page_array.h"

namespace vtd::engine {

class MemoryMap {
 public:
  // Copies the ranges; false when the host refuses memory.
  bool open(Host& host, const vtd_platform& platform);
  void close(Host& host) { ranges_.clear(host); }

  // Old RAM: RAM as a whole page, outside the crash reservation and the interrupt range (README).
  bool is_old_ram(Word page) { return (page >= good_first_ && page <= good_last_) || look_up(page); }
  vtd_reason why_not(Word page) const;  // of a page that is not old RAM
  bool touches_crash(Word first, Word last) const;
  bool touches_registers(Word first, Word last) const;

 private:
  bool look_up(Word page);
  const vtd_range* range_of(Word address) const;

  PageArray<vtd_range> ranges_;  // the map, then the crash reservation
  std::uint32_t mapped_;
  Word good_first_, good_last_;  // pages around the last one found good: tables lie in runs
};

inline constexpr Word kInterruptFirst = 0xfee00000, kInterruptLast = 0xfeefffff;  // S§3.14
constexpr bool touches_interrupt_range(Word first, Word last) {
  return first <= kInterruptLast && last >= kInterruptFirst;
}

}  // namespace vtd::engine
