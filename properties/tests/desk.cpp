// SPDX-License-Identifier: Apache-2.0 OR MIT
// The desk's honest copier, written for clarity: recursion, a map of copies, and nothing clever.
#include "properties/tests/desk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace vtd::properties::test {

Desk::Desk(std::uint64_t capability, std::uint64_t extended, unsigned units) {
  machine.host_address_width = 46;
  machine.memory.add_range(0, kRamLast, MemoryKind::ram);
  machine.memory.add_range(kMmio, kMmioLast, MemoryKind::mmio);
  machine.memory.add_range(0xfed90000, 0xfed9ffff, MemoryKind::mmio);
  EXPECT_TRUE(machine.memory.set_crash(0, kCrash, kCrashLast));
  EXPECT_TRUE(machine.memory.set_crash(1, kSecond, kSecondLast));
  machine.memory.set_two_views((extended & 1) == 0);
  for (unsigned u = 0; u < units; ++u) {
    UnitState unit;
    unit.capability = capability;
    unit.extended_capability = extended;
    unit.root = frame(0) + u * 0x100000;
    unit.registers = 0xfed90000 + u * 0x1000;
    machine.units.push_back(unit);
  }
}

void Desk::put(Address at, std::uint64_t value) {
  if (machine.memory.in_crash(at, generation)) machine.memory.touch_crash(page_of(at), generation);
  machine.memory.make_frame(page_of(at))[at % kPageBytes / 8] = value;
}

std::uint64_t Desk::get(Address at) const { return machine.memory.page(page_of(at), View::cpu)[at % kPageBytes / 8]; }

void Desk::usual() {
  root(frame(0), 0, frame(1));
  context(frame(1), 0x10, frame(2), 5);
  paging(frame(2), 0, frame(3));
  paging(frame(3), 0, frame(4));
  paging(frame(4), 0, frame(5));
  paging(frame(5), 1, 0x8000);
  paging(frame(5), 2, 0x9000);
}

void Desk::boot() {
  if (generation == 0) hardware.start(machine, trace, 0);
  hardware.watch_stores(false);
  before.clear();
  status_before.clear();
  rules.clear();
  for (unsigned u = 0; u < machine.units.size(); ++u) {
    before.push_back(hardware.hierarchy(u, View::cpu));
    before.back().old_for_generation = static_cast<std::uint8_t>(generation);
    status_before.push_back(generation == 0 ? machine.units[u].status : 0xc0000000);
    rules.push_back(hardware.rules(u));
  }
  next_ = machine.memory.crash(generation).first;
  observed = {};
}

bool Desk::safe(Address page) const {
  const auto& bad = machine.unreadable;
  return machine.memory.is_old_ram(page, generation) && std::find(bad.begin(), bad.end(), page) == bad.end();
}

Address Desk::new_page() {
  const Address page = next_;
  next_ += kPageBytes;
  machine.memory.touch_crash(page, generation);
  ++observed.pages_in_use;
  ++claims.pages_used;
  return page;
}

Address Desk::copy_of(Address page, unsigned role, unsigned unit) const {
  const auto found = copies_.find({page, role, role >= kContextRole ? unit : 0});
  return found == copies_.end() ? 0 : found->second;
}

// The copy of a page in a role; new ones are followed by the caller.
Address Desk::clone(Address page, unsigned role, unsigned unit) {
  const Address to = new_page();
  std::memcpy(machine.memory.make_frame(to), machine.memory.page(page, View::cpu), kPageBytes);
  copies_[{page, role, role >= kContextRole ? unit : 0}] = to;
  return to;
}

void Desk::quarantine(Address old_entry, std::uint64_t value, Address target, unsigned role, unsigned unit,
                      model::DomainId id) {
  const Memory& memory = machine.memory;
  Reason reason = Reason::unreadable;
  if (memory.kind_of(target) != MemoryKind::ram) reason = Reason::not_old_ram;
  if (memory.kind_of(target) == MemoryKind::hole) reason = Reason::hole;
  if (memory.in_crash(target, generation)) reason = Reason::in_crash_memory;
  if (target >= kInterruptFirst && target <= kInterruptLast) reason = Reason::in_interrupt_range;
  const auto same = [&](const Claim& claim) { return claim.entry == old_entry && claim.role == role; };
  if (std::any_of(claims.findings.begin(), claims.findings.end(), same)) return;
  claims.findings.push_back({ClaimKind::quarantined, reason, static_cast<std::uint8_t>(unit),
                             static_cast<std::uint8_t>(role), source_, id, old_entry, value});
}

void Desk::copy(Strategy strategy) {
  claims.clear();
  claims.strategy = strategy;
  claims.units.resize(machine.units.size());
  copies_.clear();
  for (unsigned u = 0; u < machine.units.size(); ++u) copy_root(u);
  read_ids();
}

void Desk::copy_root(unsigned unit) {
  const Address old = page_of(before[unit].root), to = clone(old, kRootRole, unit);
  ++claims.root_tables;
  claims.units[unit].root = to;
  for (unsigned bus = 0; bus < 256; ++bus) {
    const Address at = to + bus * 16;
    const RootStep step = read_root(rules[unit], {get(at), get(at + 8)});
    if (step.verdict != Verdict128::follow) continue;
    source_ = source_id(bus, 0);
    if (!safe(step.next)) {
      quarantine(old + bus * 16, get(at), step.next, kRootRole, unit);
      put(at, 0);
      continue;
    }
    const bool known = copy_of(step.next, kContextRole, unit) != 0;
    if (!known) {
      ++claims.context_tables;
      copy_contexts(clone(step.next, kContextRole, unit), unit);
    }
    put(at, copy_of(step.next, kContextRole, unit) | 1);
  }
}

void Desk::copy_contexts(Address to, unsigned unit) {
  Address old = 0;
  for (const auto& [key, copy] : copies_) {
    if (copy == to) old = std::get<0>(key);
  }
  for (unsigned devfn = 0; devfn < 256; ++devfn) {
    const Address at = to + devfn * 16;
    const ContextStep step = read_context(rules[unit], {get(at), get(at + 8)});
    if (step.verdict != Verdict128::follow) continue;
    source_ = source_id(bus_of(source_), devfn);
    if (!safe(step.next)) {
      quarantine(old + devfn * 16, get(at), step.next, kContextRole, unit, domain_id({get(at), get(at + 8)}));
      put(at, get(at) & 2);
    } else if (claims.strategy == Strategy::deep) {
      if (copy_of(step.next, step.levels) == 0) copy_tables(clone(step.next, step.levels, unit), step.levels, unit);
      put(at, (get(at) & ~rules[unit].address_mask) | copy_of(step.next, step.levels));
    }
  }
}

void Desk::copy_tables(Address to, unsigned level, unsigned unit) {
  ++claims.paging_tables[level];
  if (level == 1) return;
  Address old = 0;
  for (const auto& [key, copy] : copies_) {
    if (copy == to) old = std::get<0>(key);
  }
  for (unsigned index = 0; index < kEntriesPerPage; ++index) {
    const Address at = to + index * 8;
    const std::uint64_t entry = get(at);
    if (read_paging(rules[unit], entry, level) != PagingVerdict::link) continue;
    const Address next = entry & rules[unit].address_mask;
    if (!safe(next)) {
      quarantine(old + index * 8, entry, next, level, unit);
      put(at, 0);
      continue;
    }
    if (copy_of(next, level - 1) == 0) copy_tables(clone(next, level - 1, unit), level - 1, unit);
    put(at, (entry & ~rules[unit].address_mask) | copy_of(next, level - 1));
  }
}

// The ids of all entries that are present in the tables now, and of those quarantined.
void Desk::read_ids() {
  for (unsigned u = 0; u < claims.units.size(); ++u) {
    UnitClaims& unit = claims.units[u];
    unit.domain_id_count = rules[u].domain_id_count();
    unit.domain_ids.assign((unit.domain_id_count + 63) / 64, 0);
    if (rules[u].caching_mode) unit.domain_ids[0] |= 1;
    const auto read = [&](Address table, View view, bool only_lost) {
      for (unsigned bus = 0; bus < 256; ++bus) {
        const Entry128 entry = entry128(machine.memory.page(table, view), bus);
        const RootStep root_step = read_root(rules[u], entry);
        if (root_step.verdict != Verdict128::follow || fetch_of(before[u], root_step.next) != Fetch::readable) {
          if (root_step.verdict != Verdict128::follow || only_lost) continue;
        }
        for (unsigned devfn = 0; devfn < 256; ++devfn) {
          const Entry128 context_entry = entry128(machine.memory.page(root_step.next, view), devfn);
          const ContextStep step = read_context(rules[u], context_entry);
          if (step.verdict == Verdict128::absent || step.verdict == Verdict128::reserved) continue;
          if (only_lost && (step.verdict != Verdict128::follow || safe(step.next))) continue;
          unit.domain_ids[domain_id(context_entry) / 64] |= std::uint64_t{1} << domain_id(context_entry) % 64;
        }
      }
    };
    read(page_of(unit.root), View::cpu, false);
    read(page_of(before[u].root), before[u].view, true);
  }
}

void Desk::commit() {
  machine.memory.write_back(machine.memory.crash(generation).first, next_ - machine.memory.crash(generation).first,
                            generation);
  hardware.written_back(machine.memory.crash(generation).first, next_ - machine.memory.crash(generation).first);
  for (unsigned u = 0; u < machine.units.size(); ++u) {
    hardware.write(u, 0x20, claims.units[u].root, 8);
    hardware.write(u, 0x18, 0xc0000000, 4);
    for (int i = 0; i < 4; ++i) hardware.pause();
    hardware.write(u, 0x28, std::uint64_t{5} << 61, 8);
    for (int i = 0; i < 4; ++i) hardware.pause();
    hardware.write(u, 0xf8, std::uint64_t{0x9003} << 48, 8);
    for (int i = 0; i < 4; ++i) hardware.pause();
  }
}

void Desk::taken_over(Strategy strategy) {
  boot();
  copy(strategy);
  after_copy();
  ASSERT_TRUE(judge.held()) << info(judge.first().property).name << ": " << judge.first().what;
  commit();
  after_commit();
  ASSERT_TRUE(judge.held()) << info(judge.first().property).name << ": " << judge.first().what;
}

}  // namespace vtd::properties::test
