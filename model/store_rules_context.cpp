// SPDX-License-Identifier: Apache-2.0 OR MIT
// Stores to live root and context entries. Hardware reads them whole, 128 bits at a time, while software stores 64.
#include "model/store_rules.h"

#include "model/table_scan.h"

namespace vtd::model {
namespace {

constexpr uint64_t kAvailable = 0x78;  // bits 70:67 of a context entry are software's (S§9.3)

}  // namespace

StoreRules::Step StoreRules::read(uint32_t node, const Entry128& entry) const {
  const Rules& rules = core_.rules[core_.live.unit(node)];
  if (core_.live.role(node) == kRootRole) {
    const RootStep step = read_root(rules, entry);
    const bool follows = step.verdict == Verdict128::follow;
    return {follows, follows, step.next, kContextRole, false};
  }
  const ContextStep step = read_context(rules, entry);
  const bool follows = step.verdict == Verdict128::follow;
  return {follows || step.verdict == Verdict128::pass_through, follows, step.next, step.levels, step.device_tlb};
}

void StoreRules::entry128_stored(const Store& store, const Entry128& was, const Entry128& now) {
  Live& live = core_.live;
  const unsigned unit = live.unit(store.node);
  if (!present(was) && !present(now)) {
    // FPD counts without P (S§9.3); nothing else of an absent entry does.
    if (fault_processing_disabled(was) != fault_processing_disabled(now)) mark_changed(store.entry);
    return;
  }
  core_.rulings.judged(Rule::live_context_is_not_torn);
  if (store.bytes != sizeof(uint64_t))
    core_.rulings.broken(Rule::live_context_is_not_torn, unit, store.entry, sizeof(uint64_t), store.bytes);
  const Step from = read(store.node, was), to = read(store.node, now);
  const bool software_bits = was.low == now.low && ((was.high ^ now.high) & ~kAvailable) == 0;
  mark_changed(store.entry);
  if (present(was) && present(now) && (software_bits || (!from.translates && !to.translates))) return;

  const bool swap = present(was) && present(now) && judge_edit(store, was, now, from, to);
  const uint32_t child = to.follows ? live.link(store.node, store.index, to.next, to.role) : Live::kNone;
  const uint32_t table = child == Live::kNone ? Live::kNone : live.held(child);
  if (present(now) && !swap) became_present(store, now, to);
  judge_publication(unit, table, store.entry);
  if (present(was)) remember(store, was, from, swap, to.next);
  if (from.follows) live.unlink(store.node, store.index, from.next, from.role);
}

// P stayed 1. Answers whether the store was a legal swap of pointers.
bool StoreRules::judge_edit(const Store& store, const Entry128& was, const Entry128& now, const Step& from,
                            const Step& to) {
  const unsigned unit = core_.live.unit(store.node);
  if (was.high != now.high) {
    // Half an entry changed under the eyes of the unit: what it read in between was never meant.
    core_.rulings.broken(Rule::live_context_is_not_torn, unit, store.entry, was.high, now.high);
    return false;
  }
  const bool swap = is_swap(store, was, now, from, to);
  core_.rulings.require(swap, Rule::present_entry_is_not_edited, unit, store.entry, was.low, now.low);
  return swap;
}

bool StoreRules::is_swap(const Store& store, const Entry128& was, const Entry128& now, const Step& from,
                         const Step& to) {
  constexpr uint64_t kBelowPointer = kPageBytes - 1;
  if (!from.follows || !to.follows || ((was.low ^ now.low) & kBelowPointer) != 0) return false;
  const Rules& rules = core_.rules[core_.live.unit(store.node)];
  const bool root = core_.live.role(store.node) == kRootRole;
  const auto answer = root ? core_.same.contexts(rules, from.next, to.next)
                           : core_.same.paging(rules, from.next, to.next, from.role, rules.input_bits(from.role));
  return answer != SameTranslation::Answer::different;
}

// --- what caches may hold of the entry as it was ---------------------------------------------------------------------

void StoreRules::remember(const Store& store, const Entry128& was, const Step& from, bool swap, Address new_table) {
  if (core_.live.role(store.node) == kContextRole) return remember_context(store, was, from, swap, new_table);
  if (!from.translates) return;
  Remembered::Item item;
  item.unit = static_cast<uint8_t>(core_.live.unit(store.node));
  item.source = source_id(store.index, 0);
  item.entry = store.entry;
  item.before = was;
  // Any context entry of the bus may be cached, under any domain-id. After a swap they are still right, but hardware
  // may be on its way through the old table.
  item.whole = !swap;
  item.identical = item.whole_bus = swap;
  item.needs = swap ? Remembered::kContext : Remembered::kContext | Remembered::kIotlb;
  Live::Holder holder;
  holder.unit = item.unit;
  holder.bus = static_cast<uint8_t>(store.index);
  item.hold = core_.live.hold(from.next, from.role, holder);
  core_.remembered.add(item);
}

void StoreRules::remember_context(const Store& store, const Entry128& was, const Step& from, bool swap,
                                  Address new_table) {
  if (!from.translates) return;  // a fault may be cached for another fault, which translates nothing
  const unsigned unit = core_.live.unit(store.node);
  for (const uint8_t bus : core_.live.buses(store.node)) {
    Remembered::Item item;
    item.unit = static_cast<uint8_t>(unit);
    item.source = source_id(bus, store.index);
    item.domain = domain_id(was);
    item.entry = store.entry;
    item.before = was;
    item.identical = swap;
    item.needs = Remembered::kContext;
    if (!swap) item.needs |= Remembered::kTranslation;
    // Paging-structure caches lead to the tables below the top one; a copied top table leads to the same.
    if (from.follows && !(swap && same_bits(from.next, new_table))) item.needs |= Remembered::kPaging;
    Live::Holder holder;
    holder.unit = item.unit;
    holder.domain = item.domain;
    if (from.follows) item.hold = core_.live.hold(from.next, from.role, holder);
    core_.remembered.add(item);
    if (from.device_tlb && !swap) remember_device(item, item.source);
  }
}

// --- the entry as it is ----------------------------------------------------------------------------------------------

void StoreRules::became_present(const Store& store, const Entry128& now, const Step& to) {
  if (!to.translates) return;
  const unsigned unit = core_.live.unit(store.node);
  core_.remembered.restored(store.entry, now);
  const bool context = core_.live.role(store.node) == kContextRole;
  const uint32_t domain = context ? domain_id(now) : 0x10000;  // root entries have no id
  const Remembered::Item* const old = core_.remembered.in_the_way_of_context(unit, domain, store.entry, now);
  judge_reuse(old, unit, store.entry);
  if (core_.rules[unit].write_buffer) core_.buffered_entries |= static_cast<uint8_t>(1u << unit);
  if (!core_.rules[unit].caching_mode) return;
  if (context) {
    for (const uint8_t bus : core_.live.buses(store.node))
      remember_absence(unit, source_id(bus, store.index), store.entry);
    return;
  }
  const uint64_t* const table = core_.machine->memory.page(to.next, View::cpu);
  qwords_with(table, 1, QwordBits::kLowQwords).each([&](unsigned qword) {
    remember_absence(unit, source_id(store.index, qword / 2), store.entry);
  });
}

// With caching mode a not-present entry may be cached, tagged with the reserved domain-id 0 (S§6.1).
void StoreRules::remember_absence(unsigned unit, SourceId source, Address entry) {
  Remembered::Item item;
  item.unit = static_cast<uint8_t>(unit);
  item.needs = Remembered::kContext;
  item.negative = true;
  item.source = source;
  item.entry = entry;
  core_.remembered.add(item);
}

}  // namespace vtd::model
