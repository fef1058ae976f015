// SPDX-License-Identifier: Apache-2.0 OR MIT
// Switching roots, and judging what is left when a call returns or a page is freed.
#include "model/hardware_core.h"

#include <algorithm>

namespace vtd::model {
namespace {

constexpr unsigned kCommandRegister = 0x18, kRootRegister = 0x20, kQueueTail = 0x88;
constexpr uint64_t kModeBits = uint64_t{3} << 10 | uint64_t{1} << 7;  // TTM and SSIRWE of RTADDR (S§11.4.5)

constexpr uint32_t device_key(unsigned unit, SourceId source) { return unit << 16 | source; }
constexpr uint8_t bit(unsigned unit) { return static_cast<uint8_t>(1u << unit); }

}  // namespace

void HardwareCore::start(Machine& m, Trace& t, unsigned first_generation) {
  machine = &m;
  trace = &t;
  rulings.start(t);
  for (unsigned u = 0; u < units(); ++u) rules[u] = Rules::of(m.units[u], m.host_address_width);
  start_generation(first_generation);
}

void HardwareCore::start_generation(unsigned next) {
  generation = next;
  absent_.clear();
  live.start(*machine, all_rules(), generation);
  remembered.start(live, all_rules());
  same.start(*machine, generation);
  root_.fill(Live::kNone);
  next_root_.fill(Live::kNone);
  buffering_ = buffered_entries = 0;
  changed = false;
  for (unsigned u = 0; u < units(); ++u)
    if (rules[u].write_buffer) buffering_ |= bit(u);
  buffered = buffering_;  // block stores are not reported, so the copies count as waiting from the start
}

// --- root switches ---------------------------------------------------------------------------------------------------

void HardwareCore::begin_root_switch(unsigned unit, uint64_t from, uint64_t to, bool translating) {
  if (next_root_[unit] != Live::kNone) live.release(next_root_[unit]);
  Live::Holder holder;
  holder.unit = static_cast<uint8_t>(unit);
  next_root_[unit] = live.hold(to & rules[unit].address_mask, kRootRole, holder);
  changed = true;
  judge_root(unit, from, to, translating);
}

void HardwareCore::judge_root(unsigned unit, uint64_t from, uint64_t to, bool translating) {
  const Rules& r = rules[unit];
  if (!r.coherent) {
    const bool followed = next_root_[unit] != Live::kNone;
    const Live::Unwritten hidden = followed ? live.first_unwritten(live.held(next_root_[unit])) : Live::Unwritten{};
    rulings.require(hidden.at == 0, Rule::root_is_written_back, unit, hidden.at, 0, hidden.role);
  }
  if (r.write_buffer)
    rulings.require((buffered & bit(unit)) == 0, Rule::write_buffer_is_flushed, unit, kRootRegister, 0, 1);
  if (!translating) return;
  if (!r.root_invalidates)
    rulings.require(((from ^ to) & kModeBits) == 0, Rule::mode_is_kept, unit, kRootRegister, from & kModeBits,
                    to & kModeBits);
  if (((from | to) & kModeBits) != 0) return;  // other modes have other tables
  const auto answer = same.roots(r, from & r.address_mask, to & r.address_mask);
  if (answer == SameTranslation::Answer::undecided) return;
  rulings.require(answer == SameTranslation::Answer::same, Rule::root_switch_is_equivalent, unit, same.where(),
                  same.expected(), same.got());
}

void HardwareCore::finish_root_switch(unsigned unit, bool translating) {
  if (translating && !rules[unit].root_invalidates) {
    Remembered::Item old;
    old.unit = static_cast<uint8_t>(unit);
    old.needs = Remembered::kContext | Remembered::kIotlb;
    old.whole = true;
    old.hold = root_[unit];
    remembered.add(old);
  } else {
    if (rules[unit].root_invalidates) remembered.forget_unit(unit);
    if (root_[unit] != Live::kNone) live.release(root_[unit]);
  }
  root_[unit] = next_root_[unit];
  next_root_[unit] = Live::kNone;
}

// --- invalidations ---------------------------------------------------------------------------------------------------

void HardwareCore::ask(unsigned unit, const Invalidation& invalidation, bool in_order) {
  remembered.arm(unit, invalidation, in_order);
}

void HardwareCore::judge_asked_device(unsigned unit, SourceId source) {
  rulings.require(!is_absent(unit, source) && had_device_tlb(unit, source), Rule::departed_device_is_not_asked, unit,
                  kQueueTail, 0, source);
}

void HardwareCore::carried_out(unsigned unit, uint8_t caches) {
  const Remembered::Done done = remembered.complete(unit, caches);
  for (unsigned i = 0; i < done.in_order; ++i) rulings.judged(Rule::invalidation_order);
  for (unsigned i = 0; i < done.devices; ++i) rulings.judged(Rule::device_tlbs_forget_too);
  write_buffer_flushed(unit);  // every invalidation of tables flushes it too (S§6.5.4)
}

void HardwareCore::write_buffer_flushed(unsigned unit) {
  buffered &= static_cast<uint8_t>(~bit(unit));
  buffered_entries &= static_cast<uint8_t>(~bit(unit));
}

// --- devices with TLBs of their own ----------------------------------------------------------------------------------

bool HardwareCore::is_absent(unsigned unit, SourceId source) const {
  return std::find(absent_.begin(), absent_.end(), device_key(unit, source)) != absent_.end();
}

// TT=01b in a present entry, of the old tables or of those now (S§9.3): whoever never was let use its TLB may not
// answer for one. What is wrong with the entry otherwise does not matter.
bool HardwareCore::had_device_tlb(unsigned unit, SourceId source) const {
  return names_device_tlb(unit, old_root[unit] & rules[unit].address_mask, source) ||
         (root_[unit] != Live::kNone && names_device_tlb(unit, live.page(live.held(root_[unit])), source));
}

bool HardwareCore::names_device_tlb(unsigned unit, Address root, SourceId source) const {
  const Entry128 bus = entry128(machine->memory.page(root, View::cpu), bus_of(source));
  const Address table = bus.low & rules[unit].address_mask;
  const Entry128 device = entry128(machine->memory.page(table, View::cpu), devfn_of(source));
  return present(bus) && present(device) && translation_type(device) == TranslationType::with_device_tlb;
}

void HardwareCore::device_left(unsigned unit, SourceId source) {
  if (is_absent(unit, source)) return;
  absent_.push_back(device_key(unit, source));
  remembered.forget_device_tlb(unit, source);
}

bool HardwareCore::device_came(unsigned unit, SourceId source) {
  return std::erase(absent_, device_key(unit, source)) != 0;
}

// --- what is left ----------------------------------------------------------------------------------------------------

void HardwareCore::judge_what_is_stale(uint8_t excused) {
  if (!changed) return;
  changed = false;
  rulings.judged(Rule::nothing_stale_after_call);
  judge_caches(excused);
  judge_unwritten();
  for (unsigned u = 0; u < units(); ++u)
    if ((buffered_entries & ~excused & bit(u)) != 0)
      rulings.broken(Rule::nothing_stale_after_call, u, kCommandRegister, 0, 1);
  buffered_entries = 0;
}

void HardwareCore::judge_caches(uint8_t excused) {
  for (const Remembered::Item& item : remembered.items()) {
    if (item.excused || (excused & bit(item.unit)) != 0) continue;
    // All was invalidated, but the IOTLB too early: then the order is what was wrong.
    const bool order = item.early && (item.needs & Remembered::kContext) == 0;
    if (order) rulings.require(false, Rule::invalidation_order, item.unit, item.entry, 0, item.needs);
    const bool device = item.needs == Remembered::kDevice;
    const Rule stale = device ? Rule::device_tlbs_forget_too : Rule::nothing_stale_after_call;
    if (!order) rulings.broken(stale, item.unit, item.entry, item.before.low, device ? item.source : item.needs);
    break;  // the first says enough
  }
  remembered.settle(excused);
}

// Entries that a unit which does not snoop still sees as they were.
void HardwareCore::judge_unwritten() {
  live.each_unwritten([&](Address page, const std::array<uint32_t, Live::kSlots>& nodes) {
    for (const uint32_t node : nodes)
      if (node != Live::kNone && reads_blindly(node))
        return rulings.broken(Rule::nothing_stale_after_call, live.unit(node), page, 0, 1);
  });
}

bool HardwareCore::reads_blindly(uint32_t node) {
  if (live.role(node) > 5) return !rules[live.unit(node)].coherent;
  const auto users = live.users(node).list;
  return std::any_of(users.begin(), users.end(), [&](const Live::User& user) { return !rules[user.unit].coherent; });
}

void HardwareCore::judge_free(Address page) {
  if (live.empty()) return;
  const auto* const nodes = live.nodes_of(page);
  unsigned role = 0, unit = 0;
  for (std::size_t i = 0; nodes != nullptr && role == 0 && i < nodes->size(); ++i) {
    if ((*nodes)[i] == Live::kNone) continue;
    role = live.role((*nodes)[i]);
    unit = live.unit((*nodes)[i]);
  }
  rulings.require(nodes == nullptr, Rule::page_is_forgotten_before_free, unit, page, 0, role);
}

void HardwareCore::read_tables_again() {
  std::array<Address, kMaxUnits> root{}, next{};
  for (unsigned u = 0; u < units(); ++u) {
    root[u] = root_[u] == Live::kNone ? 0 : live.page(live.held(root_[u]));
    next[u] = next_root_[u] == Live::kNone ? 0 : live.page(live.held(next_root_[u]));
  }
  remembered.forget_holds();
  live.start(*machine, all_rules(), generation);
  for (unsigned u = 0; u < units(); ++u) {
    Live::Holder holder;
    holder.unit = static_cast<uint8_t>(u);
    root_[u] = root[u] == 0 ? Live::kNone : live.hold(root[u], kRootRole, holder);
    next_root_[u] = next[u] == 0 ? Live::kNone : live.hold(next[u], kRootRole, holder);
  }
}

}  // namespace vtd::model
