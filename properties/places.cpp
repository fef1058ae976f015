// SPDX-License-Identifier: Apache-2.0 OR MIT
// Old RAM is what the old map calls RAM, less the crash reservation, less FEE00000-FEEFFFFF (S§3.14).
#include "properties/places.h"

#include <algorithm>

namespace vtd::properties {

using model::Address;
using model::MemoryKind;
using model::Reason;

namespace {

constexpr bool in_interrupt_range(Address a) { return a >= model::kInterruptFirst && a <= model::kInterruptLast; }

}  // namespace

void Places::look_at(const model::Machine& machine, unsigned generation) {
  machine_ = &machine;
  generation_ = generation;
  crash_first_ = other_first_ = ram_first_ = 1;
  crash_last_ = other_last_ = ram_last_ = 0;
  if (!machine.memory.has_crash(generation)) return;
  crash_first_ = machine.memory.crash(generation).first;
  crash_last_ = machine.memory.crash(generation).last;
}

bool Places::is_unreadable(Address page) const {
  const auto& pages = machine_->unreadable;
  return std::any_of(pages.begin(), pages.end(), [page](Address p) { return model::page_of(p) == page; });
}

bool Places::can_be_copied(Address page) const {
  if (in_crash(page) || in_interrupt_range(page) || is_left_out(page)) return false;
  if (page < ram_first_ || page > ram_last_ || ram_last_ - page < model::kPageBytes - 1) {
    if (!machine_->memory.is_old_ram(page, generation_)) return false;
    for (const model::MemoryRange& range : machine_->memory.ranges()) {
      if (range.kind != MemoryKind::ram || page < range.first || page > range.last) continue;
      ram_first_ = range.first;
      ram_last_ = range.last;
    }
  }
  return machine_->unreadable.empty() || !is_unreadable(page);
}

Reason Places::why_not(Address page) const {
  if (in_interrupt_range(page)) return Reason::in_interrupt_range;
  if (in_crash(page)) return Reason::in_crash_memory;
  if (machine_->memory.kind_of(page) == MemoryKind::hole) return Reason::hole;
  if (!machine_->memory.is_old_ram(page, generation_)) return Reason::not_old_ram;
  return Reason::unreadable;
}

}  // namespace vtd::properties
