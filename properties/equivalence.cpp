// SPDX-License-Identifier: Apache-2.0 OR MIT
// Root with root, context with context: the upper half of the walk. The page tables are in equivalence_tables.cpp.
#include "properties/equivalence.h"

#include "properties/scan.h"

namespace vtd::properties {

using model::Address;
using model::Entry128;
using model::Fetch;
using model::Verdict128;

namespace {

constexpr model::Iova kEverything = ~model::Iova{0};
constexpr std::uint64_t kBelowPointer = model::kPageBytes - 1;
constexpr std::uint64_t kFaultProcessingDisable = 2, kWidthAndId = 0xffff07;  // of a context entry (S§9.3)

constexpr std::uint16_t reason(unsigned code) { return static_cast<std::uint16_t>(1u << code); }
constexpr bool in_interrupt_range(model::Iova a) { return a >= model::kInterruptFirst && a <= model::kInterruptLast; }

}  // namespace

void Equivalence::begin(const Comparison& comparison, const Places& places, const Quarantines& quarantines) {
  now_ = comparison;
  old_ = {comparison.before, false};
  new_ = {comparison.after, true};
  places_ = &places;
  quarantines_ = &quarantines;
  one_view_ = comparison.before->view == comparison.after->view || places.generation() == 0;
  same_.clear();
}

Fetch Equivalence::fetch(const Side& side, Address page) const {
  if (places_->can_be_copied(page) || (side.is_new && places_->in_crash(page))) return Fetch::readable;
  return fetch_of(*side.tables, page);
}

const std::uint64_t* Equivalence::page(const Side& side, Address address) const {
  return side.tables->machine->memory.page(address, side.tables->view);
}

bool Equivalence::tell(What what, const Spot& spot) {
  const bool paging = spot.level < model::kContextRole;
  const model::Iova last = paging ? spot.iova + ((model::Iova{1} << model::shift_of(spot.level)) - 1) : kEverything;
  if (paging && !device_tlb_ && in_interrupt_range(spot.iova) && in_interrupt_range(last)) {
    ++excused_;
    return true;
  }
  const Difference difference{what,
                              static_cast<std::uint8_t>(spot.level),
                              source_,
                              paging ? spot.iova : 0,
                              last,
                              spot.entry,
                              spot.before,
                              spot.after,
                              spot.reached.at,
                              spot.reached.permissions,
                              spot.reached.snoop};
  if (!stopped_ && !visitor_->found(difference)) stopped_ = true;
  return false;
}

bool Equivalence::hierarchies(Differences& visitor) {
  visitor_ = &visitor;
  stopped_ = false;
  const Address a = model::page_of(now_.before->root), b = model::page_of(now_.after->root);
  const Fetch fetched_a = fetch(old_, a), fetched_b = fetch(new_, b);
  if (fetched_a != Fetch::readable || fetched_b != Fetch::readable) {
    if (fetched_a == fetched_b) return true;
    source_ = 0;
    device_tlb_ = false;
    return tell(fetched_a == Fetch::readable ? What::lost : What::gained, {0, model::kRootRole, a, a, b});
  }
  if (a == b && one_view_) return true;
  const std::uint64_t* table_a = page(old_, a);
  const std::uint64_t* table_b = page(new_, b);
  bool same = true;
  const auto compare = [&](unsigned number) {
    same &=
        bus(number, a + number * sizeof(Entry128), model::entry128(table_a, number), model::entry128(table_b, number));
    return !stopped_;
  };
  if (one_view_) {
    each_different_128(table_a, table_b, compare);
  } else {
    for (unsigned number = 0; number < 256 && compare(number);) ++number;
  }
  return same;
}

bool Equivalence::roots(unsigned number, const Entry128& before, const Entry128& after, Differences& visitor) {
  visitor_ = &visitor;
  stopped_ = false;
  return bus(number, model::page_of(now_.before->root) + number * sizeof(Entry128), before, after);
}

bool Equivalence::contexts(model::SourceId source, Address entry, const Entry128& before, const Entry128& after,
                           Differences& visitor) {
  visitor_ = &visitor;
  stopped_ = false;
  return context(source, entry, before, after);
}

// Followed entries may differ in the address they lead to and in nothing else; all others in nothing at all.
bool Equivalence::verbatim_128(const Entry128& a, const Entry128& b, bool followed, const Spot& spot) {
  if (!now_.verbatim) return true;
  const std::uint64_t free_bits = followed ? now_.before->rules->address_mask : 0;
  if (((a.low ^ b.low) & ~free_bits) == 0 && a.high == b.high) return true;
  return tell(What::bits, spot);
}

// Of an entry that stands for none: nothing else is left to be taken for something one day.
bool Equivalence::nothing_but(const Entry128& kept, const Entry128& now, const Spot& spot) {
  if (!now_.verbatim || ((now.low & ~kept.low) == 0 && (now.high & ~kept.high) == 0)) return true;
  return tell(What::bits, spot);
}

Equivalence::Door Equivalence::root_door(const Side& side, const Entry128& entry, Address& next) const {
  Door door;
  const model::RootStep step = read_root(*side.tables->rules, entry);
  next = step.next;
  if (step.verdict == Verdict128::absent) door.codes = reason(0x1);
  if (step.verdict == Verdict128::reserved) door.codes = reason(0xa);
  if (step.verdict != Verdict128::follow) return door;
  const Fetch fetched = fetch(side, step.next);
  if (fetched == Fetch::unreadable) door.codes = reason(0x9);
  door.kind = fetched == Fetch::readable ? Door::open : fetched == Fetch::unreadable ? Door::closed : Door::undefined;
  return door;
}

bool Equivalence::bus(unsigned number, Address root_entry, const Entry128& a, const Entry128& b) {
  source_ = model::source_id(number, 0);
  const Spot spot{0, model::kRootRole, root_entry, a.low, b.low};
  Address next_a = 0, next_b = 0;
  Door door_a = root_door(old_, a, next_a);
  const Door door_b = root_door(new_, b, next_b);
  const bool followed = read_root(*now_.before->rules, a).verdict == Verdict128::follow;
  const bool quarantined =
      followed && !places_->can_be_copied(next_a) && quarantines_->names(root_entry, model::kRootRole, now_.unit);
  if (quarantined) door_a = Door{Door::closed, reason(0x1)};  // it stands for an entry that is not present
  bool same = true;
  if (door_a.kind == Door::open && door_b.kind == Door::open) {
    same = context_tables(number, next_a, next_b);
  } else if (door_a.kind == Door::open) {
    same = one_closed(number, door_b, next_a, /*table_is_new:*/ false);
  } else if (door_b.kind == Door::open) {
    same = one_closed(number, door_a, next_b, /*table_is_new:*/ true);
  } else {
    same = doors(door_a, door_b, spot);
  }
  return same && (quarantined ? nothing_but({}, b, spot) : verbatim_128(a, b, followed, spot));
}

bool Equivalence::context_tables(unsigned number, Address a, Address b) {
  if (a == b && one_view_) return true;
  if (same_.find(a | model::kContextRole, b) != 0) return true;
  const std::uint64_t* table_a = page(old_, a);
  const std::uint64_t* table_b = page(new_, b);
  bool same = true;
  const auto compare = [&](unsigned devfn) {
    same &= context(model::source_id(number, devfn), a + devfn * sizeof(Entry128), model::entry128(table_a, devfn),
                    model::entry128(table_b, devfn));
    return !stopped_;
  };
  if (one_view_) {
    each_different_128(table_a, table_b, compare);
  } else {
    for (unsigned devfn = 0; devfn < 256 && compare(devfn);) ++devfn;
  }
  if (same) same_.put(a | model::kContextRole, b, 1);
  return same;
}

// A bus that is closed on one side and has a context table on the other.
bool Equivalence::one_closed(unsigned number, const Door& closed, Address table, bool table_is_new) {
  const Side& side = table_is_new ? new_ : old_;
  const std::uint64_t* entries_of = page(side, table);
  bool same = true;
  for (unsigned devfn = 0; devfn < 256 && !stopped_; ++devfn) {
    source_ = model::source_id(number, devfn);
    const Entry128 entry = model::entry128(entries_of, devfn);
    const Door other = door(side, entry);
    const Spot spot{0, model::kContextRole, table_is_new ? 0 : table + devfn * sizeof(Entry128),
                    table_is_new ? 0 : entry.low, table_is_new ? entry.low : 0};
    same &= table_is_new ? doors(closed, other, spot) : doors(other, closed, spot);
  }
  return same;
}

bool Equivalence::context(model::SourceId source, Address entry, const Entry128& a, const Entry128& b) {
  source_ = source;
  const Spot spot{0, model::kContextRole, entry, a.low, b.low};
  const model::ContextStep step = read_context(*now_.before->rules, a);
  const bool followed = step.verdict == Verdict128::follow;
  if (followed && !places_->can_be_copied(step.next) && quarantines_->names(entry, model::kContextRole, now_.unit)) {
    return doors(closed_context(*now_.before->rules, a, Verdict128::absent), door(new_, b), spot) &&
           nothing_but({a.low & kFaultProcessingDisable, a.high & kWidthAndId}, b, spot);
  }
  return doors(door(old_, a), door(new_, b), spot) && verbatim_128(a, b, followed, spot);
}

// A reserved bit and an unsupported width or type have no order (sheet 4.5). Pass-through ignores the pointer, and yet
// its bits above the host address width are called reserved (S§9.3): what such an entry does is open.
Equivalence::Door Equivalence::closed_context(const model::Rules& rules, const Entry128& entry, Verdict128 verdict) {
  Door door;
  door.recorded = !fault_processing_disabled(entry);
  if (verdict == Verdict128::absent) door.codes = reason(0x2);
  if (verdict == Verdict128::invalid) door.codes = reason(0x3);
  if (verdict != Verdict128::reserved) return door;
  const Entry128& mask = rules.context_reserved;
  const Verdict128 otherwise = read_context(rules, {entry.low & ~mask.low, entry.high & ~mask.high}).verdict;
  const bool only_pointer = (entry.low & mask.low & kBelowPointer) == 0 && (entry.high & mask.high) == 0;
  if (otherwise == Verdict128::pass_through && only_pointer) {
    door.kind = Door::undefined;
    return door;
  }
  door.codes = static_cast<std::uint16_t>(reason(0xb) | (otherwise == Verdict128::invalid ? reason(0x3) : 0));
  return door;
}

// S§9.3, in the order of the sheet's section 4.2. FPD counts even when P=0.
Equivalence::Door Equivalence::door(const Side& side, const Entry128& entry) const {
  const model::Rules& rules = *side.tables->rules;
  const model::ContextStep step = read_context(rules, entry);
  const bool passes = step.verdict == Verdict128::pass_through;
  if (!passes && step.verdict != Verdict128::follow) return closed_context(rules, entry, step.verdict);
  Door door;
  door.recorded = !fault_processing_disabled(entry);
  door.device_tlb = step.device_tlb;
  if (passes) {
    // The width must be the largest supported; what another one gives is open.
    door.kind = rules.supported_widths >> (step.levels - 1) == 0 ? Door::open : Door::undefined;
    door.codes = reason(0xd);  // device-TLBs are blocked all the same
    door.input_bits = rules.host_address_width;
    door.top = {Node::leaf, 3, false, 12, 0};
    return door;
  }
  door.kind = Door::open;
  door.levels = step.levels;
  door.input_bits = rules.input_bits(step.levels);
  door.top = enter(side, step.next, /*top:*/ true, 3);
  return door;
}

bool Equivalence::doors(const Door& a, const Door& b, const Spot& spot) {
  device_tlb_ = a.device_tlb || b.device_tlb;
  if (a.kind != Door::open || b.kind != Door::open) {
    if (a.kind == Door::open || b.kind == Door::open) return open_and_closed(a, b, spot);
    if (a.kind == Door::undefined && b.kind == Door::undefined) {
      const bool same = a.codes == b.codes && (a.codes == 0 || a.recorded == b.recorded);
      return same || tell(What::reason, spot);
    }
    if (b.kind == Door::undefined) return tell(What::gained, spot);
    const bool same = a.kind == Door::closed && (a.codes & b.codes) != 0 && a.recorded == b.recorded;
    return same || tell(What::reason, spot);
  }
  if (a.device_tlb != b.device_tlb) return tell(b.device_tlb ? What::gained : What::lost, spot);
  if (a.recorded != b.recorded) return tell(What::reason, spot);
  if (a.input_bits != b.input_bits) return tell(a.input_bits < b.input_bits ? What::gained : What::lost, spot);
  // A deeper table whose extra levels have a single reachable entry may say the same.
  Door left = a, right = b;
  const auto descend = [this](const Side& side, Door& deep) {
    deep.top = deep.top.kind == Node::table ? step(side, page(side, deep.top.at)[0], deep.levels, deep.top.permissions)
                                            : deep.top;
    --deep.levels;
  };
  while (left.levels > right.levels && left.top.kind == Node::table && right.top.kind == Node::table)
    descend(old_, left);
  while (right.levels > left.levels && left.top.kind == Node::table && right.top.kind == Node::table)
    descend(new_, right);
  if (left.top.kind == Node::table && right.top.kind == Node::table) return tables(left.top, right.top, left.levels, 0);
  if (left.top.kind == Node::table) return one_table(left.top, right.top, left.levels, 0, /*table_is_new:*/ false);
  if (right.top.kind == Node::table) return one_table(right.top, left.top, right.levels, 0, /*table_is_new:*/ true);
  return ends(left.top, right.top, spot);
}

// Requests beyond the open side's width fault with 4 there, so the two can never be alike; what reaches memory is told
// first.
bool Equivalence::open_and_closed(const Door& a, const Door& b, const Spot& spot) {
  if (a.kind == Door::undefined) return tell(What::gained, spot);
  if (b.kind == Door::undefined) return tell(What::changed, spot);
  const bool opened = b.kind == Door::open;
  const Door& open = opened ? b : a;
  if (open.top.kind == Node::table) {
    one_table(open.top, Node{}, open.levels, 0, opened);
  } else if (open.top.kind == Node::leaf || open.top.kind == Node::undefined) {
    tell(opened ? What::gained : What::lost, spot);
  }
  if (open.device_tlb) tell(opened ? What::gained : What::lost, spot);
  return tell(What::reason, spot);
}

}  // namespace vtd::properties
