// SPDX-License-Identifier: Apache-2.0 OR MIT
// Table with table: the lower half of the walk. Linear in distinct pairs of pages, whatever the number of paths.
#include <algorithm>

#include "properties/equivalence.h"
#include "properties/scan.h"

namespace vtd::properties {

using model::Address;
using model::Fetch;
using model::PagingVerdict;

namespace {

// Outcomes of one access as a set: a bit per fault reason, and these two.
constexpr std::uint32_t kTranslated = 1u << 16, kUndefined = 1u << 17;
enum : unsigned { kRead, kWrite, kZeroLengthRead, kTranslationRequest };

}  // namespace

Equivalence::Node Equivalence::enter(const Side& side, Address next, bool top, std::uint8_t permissions) const {
  Node node{Node::table, permissions, false, 12, next};
  switch (fetch(side, next)) {
    case Fetch::readable:
      break;
    case Fetch::unreadable:
      node.kind = top ? Node::top_unreadable : Node::unreadable;
      break;
    case Fetch::undefined:
      node.kind = Node::undefined;
      break;
  }
  return node;
}

Equivalence::Node Equivalence::step(const Side& side, std::uint64_t entry, unsigned level,
                                    std::uint8_t permissions) const {
  const model::Rules& rules = *side.tables->rules;
  const auto effective = static_cast<std::uint8_t>(permissions & entry & 3);
  switch (read_paging(rules, entry, level)) {
    case PagingVerdict::absent:
      return {};
    case PagingVerdict::reserved:
      return {Node::reserved, effective, false, 12, 0};
    case PagingVerdict::link:
      return enter(side, entry & rules.address_mask, /*top:*/ false, effective);
    case PagingVerdict::leaf:
      break;
  }
  const unsigned shift = model::shift_of(level);
  const Address base = entry & rules.address_mask & ~((Address{1} << shift) - 1);
  return {Node::leaf, effective, (entry >> 11 & 1) != 0, static_cast<std::uint8_t>(shift), base};
}

// Entries of a table of this level that an input address can select: MGAW may leave out the upper ones (S§9.3). The
// same for every table of a level, because a level that is cut short is only reached through entries 0.
unsigned Equivalence::reachable(unsigned level) const {
  const unsigned bits = now_.before->rules->guest_address_width, shift = model::shift_of(level);
  if (bits >= shift + 9) return model::kEntriesPerPage;
  return bits <= shift ? 1 : 1u << (bits - shift);
}

// What decides a table's answers, besides the unit: its page, how it is read, the path's permissions, who may ask.
std::uint64_t Equivalence::key_of(const Node& table, unsigned level) const {
  return table.at | level | std::uint64_t{table.permissions} << 3 | std::uint64_t{device_tlb_} << 5;
}

bool Equivalence::tables(const Node& a, const Node& b, unsigned level, model::Iova iova) {
  // A page of old memory is the same in both views: what stays in place translates as it did, wherever it leads.
  const bool unchanged = one_view_ || !now_.before->machine->memory.in_any_crash(a.at);
  if (a.at == b.at && a.permissions == b.permissions && unchanged) return true;
  const std::uint64_t key_a = key_of(a, level), key_b = b.at | b.permissions;
  if (same_.find(key_a, key_b) != 0) return true;
  const std::uint64_t* page_a = page(old_, a.at);
  const std::uint64_t* page_b = page(new_, b.at);
  const unsigned count = reachable(level);
  const std::uint64_t excused = excused_;
  bool same = true;
  const auto compare = [&](unsigned index) {
    same &= entries(a, b, page_a, page_b, index, level, iova + (model::Iova{index} << model::shift_of(level)));
    return !stopped_;
  };
  // Equal entries met with equal permissions lead to the same memory and the same outcome.
  if (a.permissions == b.permissions && one_view_) {
    each_different(page_a, page_b, count, compare);
  } else {
    for (unsigned index = 0; index < count && !stopped_; ++index) {
      if (((page_a[index] | page_b[index]) & 3) != 0 || page_a[index] != page_b[index]) compare(index);
    }
  }
  if (same && excused == excused_) same_.put(key_a, key_b, 1);
  return same;
}

// A quarantined entry stands for one that is not present.
bool Equivalence::quarantined(std::uint64_t entry, Address at, unsigned level) const {
  const model::Rules& rules = *now_.before->rules;
  return read_paging(rules, entry, level) == PagingVerdict::link &&
         !places_->can_be_copied(entry & rules.address_mask) && quarantines_->names(at, level, now_.unit);
}

// A table left in place may still lead into the memory of an earlier crash kernel, which has been written since.
bool Equivalence::leads_astray(std::uint64_t entry, unsigned level) const {
  const model::Rules& rules = *now_.before->rules;
  return read_paging(rules, entry, level) == PagingVerdict::link && places_->is_left_out(entry & rules.address_mask);
}

bool Equivalence::entries(const Node& a, const Node& b, const std::uint64_t* page_a, const std::uint64_t* page_b,
                          unsigned index, unsigned level, model::Iova iova) {
  const model::Rules& rules = *now_.before->rules;
  const std::uint64_t before = page_a[index], after = page_b[index];
  const Spot spot{iova, level, a.at + index * sizeof(std::uint64_t), before, after};
  if (leads_astray(before, level)) return true;
  const bool followed = read_paging(rules, before, level) == PagingVerdict::link;
  const Node now = step(new_, after, level, b.permissions);
  if (quarantined(before, spot.entry, level)) return nodes(Node{}, now, spot) && nothing_but({}, {after, 0}, spot);
  if (!nodes(step(old_, before, level, a.permissions), now, spot)) return false;
  const std::uint64_t free_bits = followed ? rules.address_mask : 0;
  return !now_.verbatim || ((before ^ after) & ~free_bits) == 0 || tell(What::bits, spot);
}

bool Equivalence::nodes(const Node& a, const Node& b, const Spot& spot) {
  if (a.kind == Node::table && b.kind == Node::table) return tables(a, b, spot.level - 1, spot.iova);
  if (a.kind == Node::table) return one_table(a, b, spot.level - 1, spot.iova, /*table_is_new:*/ false);
  if (b.kind == Node::table) return one_table(b, a, spot.level - 1, spot.iova, /*table_is_new:*/ true);
  return ends(a, b, spot);
}

// A table on one side, one answer for its whole range on the other.
bool Equivalence::one_table(const Node& table, const Node& end, unsigned level, model::Iova iova, bool table_is_new) {
  const Side& side = table_is_new ? new_ : old_;
  // An end that never translates answers alike everywhere, so the table is decided once for all ranges.
  const bool anywhere = end.kind != Node::leaf || end.permissions == 0;
  const std::uint64_t key = key_of(table, level), excused = excused_;
  const std::uint64_t key_end = std::uint64_t{0xfff} | std::uint64_t{end.kind} << 12 |
                                std::uint64_t{end.permissions} << 16 | std::uint64_t{table_is_new} << 20 |
                                std::uint64_t{1} << 63;
  if (anywhere && same_.find(key, key_end) != 0) return true;
  // What is lost or gained below a table is the same wherever a device meets it, and was told the first time.
  const bool once = anywhere && !(table_is_new && visitor_->minds_where());
  const std::uint64_t key_told = key_end | std::uint64_t{1} << 62 | std::uint64_t{source_} << 24;
  if (once && same_.find(key, key_told) != 0) return false;
  const std::uint64_t* words = page(side, table.at);
  const unsigned count = reachable(level);
  bool same = true;
  const auto compare = [&](unsigned index) {
    const model::Iova offset = model::Iova{index} << model::shift_of(level);
    Node other = end;
    if (end.kind == Node::leaf) other.at += offset;
    const std::uint64_t word = words[index];
    const Spot spot{iova + offset, level, table_is_new ? 0 : table.at + index * sizeof(word), table_is_new ? 0 : word,
                    table_is_new ? word : 0};
    if (!table_is_new && leads_astray(word, level)) return true;
    const bool gone = !table_is_new && quarantined(word, spot.entry, level);
    const Node mine = gone ? Node{} : step(side, word, level, table.permissions);
    same &= table_is_new ? nodes(other, mine, spot) : nodes(mine, other, spot);
    return !stopped_;
  };
  if (end.kind == Node::absent) {
    each_present(words, count, compare);  // absent entries and an absent end agree
  } else {
    for (unsigned index = 0; index < count && compare(index);) ++index;
  }
  if (same && anywhere && excused == excused_) same_.put(key, key_end, 1);
  if (!same && once && excused == excused_) same_.put(key, key_told, 1);
  return same;
}

// The reasons a request may end with here. A walk may see that the access is denied before or after it meets a bad
// entry, so both reasons are possible then (sheet 4.5). A translation request is never denied: it is told R=W=0.
std::uint32_t Equivalence::outcomes(const Node& node, unsigned access, bool zero_length_allowed) {
  const bool asks = access == kTranslationRequest;
  const unsigned wanted = access == kWrite ? 2u : access == kZeroLengthRead && zero_length_allowed ? 3u : 1u;
  const bool denied = !asks && (node.permissions & wanted) == 0;
  const std::uint32_t denial = asks ? kTranslated : access == kWrite ? 1u << 5 : 1u << 6;
  const auto unless_denied = [&](std::uint32_t outcome, std::uint32_t also) {
    return denied ? denial | also : outcome;
  };
  switch (node.kind) {
    case Node::absent:
      return denial;
    case Node::reserved:
      return unless_denied(1u << 0xc, 1u << 0xc);
    case Node::unreadable:
      return unless_denied(1u << 7, 1u << 7);
    case Node::top_unreadable:
      return 1u << 3;
    case Node::undefined:
      return unless_denied(kUndefined, 1u << 7 | 1u << 0xc);
    case Node::leaf:
    case Node::table:
      break;
  }
  if (denied) return denial;
  // A translation hands out the whole page, however large, an access only its own address (S§3.14).
  const Address inside = asks ? (Address{1} << node.shift) - 1 : 0;
  const bool overlaps = (node.at & ~inside) <= model::kInterruptLast && (node.at | inside) >= model::kInterruptFirst;
  const bool interrupts = node.permissions != 0 && overlaps;
  return interrupts ? 1u << 0xe : kTranslated;
}

// Two translations: is it the same page with the same attributes? An answer that gives no permission, as translation
// requests get it where nothing is mapped, reaches nothing.
Equivalence::Change Equivalence::change_between(const Node& a, const Node& b, unsigned access) {
  const unsigned given_a = given_by(a), given_b = given_by(b);
  if (given_a == 0 && given_b == 0) return Change::none;
  if (given_a == 0) return Change::gained;
  if (given_b == 0) return Change::lost;
  const bool same = a.at == b.at && a.snoop == b.snoop && (access != kTranslationRequest || given_a == given_b);
  return same ? Change::none : Change::changed;
}

// What one access makes of the two ends.
Equivalence::Change Equivalence::change_of(const Node& a, const Node& b, unsigned access) const {
  const bool zero_length_allowed = now_.before->rules->zero_length_read;
  const std::uint32_t before = outcomes(a, access, zero_length_allowed);
  const std::uint32_t after = outcomes(b, access, zero_length_allowed);
  if (before == kTranslated && after == kTranslated) return change_between(a, b, access);
  if ((before & after) != 0) return Change::none;
  // A translation request that is answered with no permission at all reaches as little as one that faults.
  if (before == kTranslated && given_by(a) != 0) return Change::lost;
  const bool reaches = after == kTranslated ? given_by(b) != 0 : (after & kUndefined) != 0;
  return reaches ? Change::gained : Change::reason;
}

// The worst of what the accesses make of it is told.
bool Equivalence::ends(const Node& a, const Node& b, const Spot& spot) {
  Change worst = Change::none;
  for (unsigned access = kRead; access <= (device_tlb_ ? kTranslationRequest : kZeroLengthRead); ++access) {
    worst = std::max(worst, change_of(a, b, access));
  }
  Spot where = spot;
  where.reached = b;
  switch (worst) {
    case Change::none:
      return true;
    case Change::reason:
      return tell(What::reason, where);
    case Change::gained:
      return tell(What::gained, where);
    case Change::lost:
      return tell(What::lost, where);
    case Change::changed:
      break;
  }
  where.before = a.at;
  where.after = b.at;
  return tell(What::changed, where);
}

}  // namespace vtd::properties
