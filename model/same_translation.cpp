// SPDX-License-Identifier: Apache-2.0 OR MIT
// The pairwise walk of two hierarchies.
#include "model/same_translation.h"

#include <algorithm>
#include <bit>

#include "model/table_scan.h"

namespace vtd::model {
namespace {

constexpr unsigned kQwordsPerBlock = 8;
constexpr uint64_t kReadWrite = 3;
constexpr uint64_t kSnoop = uint64_t{1} << 11;  // of leaves (S§9.8)

// Entries of a table that an input address of so many bits can select.
unsigned reachable_entries(unsigned level, unsigned input_bits) {
  const unsigned shift = shift_of(level);
  if (input_bits >= shift + 9) return kEntriesPerPage;
  return input_bits <= shift ? 1 : 1u << (input_bits - shift);
}

}  // namespace

void SameTranslation::start(const Machine& machine, unsigned generation) {
  machine_ = &machine;
  generation_ = generation;
  if (visited_.empty()) visited_.resize(256);
}

void SameTranslation::begin(const Rules& rules) {
  rules_ = &rules;
  pairs_ = 0;
  where_ = 0;
  if (++epoch_ == 0) {  // after four billion comparisons the stamps have all been used
    std::fill(visited_.begin(), visited_.end(), Pair{0, 0, 0});
    epoch_ = 1;
  }
}

SameTranslation::Answer SameTranslation::answer(bool same) const {
  if (!same) return Answer::different;
  return pairs_ < kBudget ? Answer::same : Answer::undecided;
}

SameTranslation::Answer SameTranslation::roots(const Rules& rules, Address before, Address after) {
  begin(rules);
  return answer(root_tables(before, after));
}

SameTranslation::Answer SameTranslation::contexts(const Rules& rules, Address before, Address after) {
  begin(rules);
  return answer(context_tables(before, after));
}

SameTranslation::Answer SameTranslation::paging(const Rules& rules, Address before, Address after, unsigned level,
                                                unsigned input_bits) {
  begin(rules);
  return answer(paging_tables(before, after, level, input_bits));
}

// --- tables ----------------------------------------------------------------------------------------------------------

template <class Compare>
bool SameTranslation::tables128(Address before, Address after, unsigned role, Compare compare) {
  if (before == after || !first_visit(before, after, role, 0)) return true;
  const uint64_t* const a = machine_->memory.page(before, View::cpu);
  const uint64_t* const b = machine_->memory.page(after, View::cpu);
  for (uint64_t blocks = differing_blocks(a, b); blocks != 0; blocks &= blocks - 1) {
    const unsigned first = static_cast<unsigned>(std::countr_zero(blocks)) * kQwordsPerBlock / 2;
    for (unsigned i = first; i < first + kQwordsPerBlock / 2; ++i) {
      const Entry128 old_entry = entry128(a, i), new_entry = entry128(b, i);
      if (old_entry == new_entry || compare(old_entry, new_entry)) continue;
      return where_ != 0 ? false : differ(after + i * sizeof(Entry128), old_entry.low, new_entry.low);
    }
  }
  return true;
}

bool SameTranslation::root_tables(Address before, Address after) {
  return tables128(before, after, kRootRole,
                   [&](const Entry128& a, const Entry128& b) { return root_entries(before, a, b); });
}

bool SameTranslation::context_tables(Address before, Address after) {
  return tables128(before, after, kContextRole,
                   [&](const Entry128& a, const Entry128& b) { return context_entries(before, a, b); });
}

bool SameTranslation::paging_tables(Address before, Address after, unsigned level, unsigned input_bits) {
  if (before == after || !first_visit(before, after, level, input_bits)) return true;
  const uint64_t* const a = machine_->memory.page(before, View::cpu);
  const uint64_t* const b = machine_->memory.page(after, View::cpu);
  const unsigned reachable = reachable_entries(level, input_bits);
  for (uint64_t blocks = differing_blocks(a, b); blocks != 0; blocks &= blocks - 1) {
    const unsigned first = static_cast<unsigned>(std::countr_zero(blocks)) * kQwordsPerBlock;
    for (unsigned i = first; i < std::min(first + kQwordsPerBlock, reachable); ++i) {
      if (a[i] == b[i] || paging_entries(before, a[i], b[i], level, input_bits)) continue;
      return where_ != 0 ? false : differ(after + i * sizeof(uint64_t), a[i], b[i]);
    }
  }
  return true;
}

// --- entries ---------------------------------------------------------------------------------------------------------

bool SameTranslation::root_entries(Address parent, const Entry128& before, const Entry128& after) {
  const RootStep a = read_root(*rules_, before), b = read_root(*rules_, after);
  if (a.verdict != b.verdict)
    return a.verdict == Verdict128::follow && b.verdict == Verdict128::absent && may_be_quarantined(parent, a.next);
  if (a.verdict != Verdict128::follow || a.next == b.next) return true;
  return readable(parent, a.next) && context_tables(a.next, b.next);
}

bool SameTranslation::context_entries(Address parent, const Entry128& before, const Entry128& after) {
  // FPD decides what is recorded even where P=0 (S§9.3).
  if (fault_processing_disabled(before) != fault_processing_disabled(after)) return false;
  const ContextStep a = read_context(*rules_, before), b = read_context(*rules_, after);
  if (a.verdict != b.verdict)
    return a.verdict == Verdict128::follow && b.verdict == Verdict128::absent && may_be_quarantined(parent, a.next);
  if (a.verdict != Verdict128::follow) return true;
  if (a.levels != b.levels || a.device_tlb != b.device_tlb) return false;
  if (a.next == b.next) return true;
  return readable(parent, a.next) && paging_tables(a.next, b.next, a.levels, rules_->input_bits(a.levels));
}

bool SameTranslation::paging_entries(Address parent, uint64_t before, uint64_t after, unsigned level,
                                     unsigned input_bits) {
  const PagingVerdict a = read_paging(*rules_, before, level), b = read_paging(*rules_, after, level);
  const Address old_table = before & rules_->address_mask, new_table = after & rules_->address_mask;
  if (a != b) return a == PagingVerdict::link && b == PagingVerdict::absent && may_be_quarantined(parent, old_table);
  if (a == PagingVerdict::absent || a == PagingVerdict::reserved) return true;
  if (((before ^ after) & kReadWrite) != 0) return false;
  if (a == PagingVerdict::leaf) return ((before ^ after) & (rules_->address_mask | kSnoop)) == 0;
  if (old_table == new_table) return true;
  return readable(parent, old_table) &&
         paging_tables(old_table, new_table, level - 1, std::min(input_bits, shift_of(level)));
}

// --- what is known of the old side -----------------------------------------------------------------------------------

// A link into the crash reservation is an engine's own only when the table that holds it is.
bool SameTranslation::readable(Address parent, Address table) const {
  Hierarchy from{machine_, rules_};
  if (!machine_->memory.in_crash(parent, generation_)) from.old_for_generation = static_cast<uint8_t>(generation_);
  return fetch_of(from, table) == Fetch::readable;
}

// What a unit finds there is undefined, or the crash kernel cannot read it: an old entry may then become not present.
bool SameTranslation::may_be_quarantined(Address parent, Address table) const {
  if (machine_->memory.in_crash(parent, generation_)) return false;
  const std::vector<Address>& hidden = machine_->unreadable;
  return !machine_->memory.is_old_ram(table, generation_) ||
         std::find(hidden.begin(), hidden.end(), table) != hidden.end();
}

bool SameTranslation::differ(Address at, uint64_t expected, uint64_t got) {
  where_ = at;
  expected_ = expected;
  got_ = got;
  return false;
}

// --- the memo --------------------------------------------------------------------------------------------------------

// Pairs being compared count as visited: levels only go down, so no pair meets itself below itself.
bool SameTranslation::first_visit(Address before, Address after, unsigned role, unsigned input_bits) {
  if (pairs_ >= kBudget) return false;
  if (2 * pairs_ >= visited_.size()) grow();
  const uint64_t a = before | role, b = after | input_bits;
  const std::size_t mask = visited_.size() - 1;
  std::size_t slot = ((a * 0x9e3779b97f4a7c15) ^ (b * 0xc2b2ae3d27d4eb4f)) >> 20 & mask;
  for (; visited_[slot].epoch == epoch_; slot = (slot + 1) & mask)
    if (visited_[slot].before == a && visited_[slot].after == b) return false;
  visited_[slot] = {a, b, epoch_};
  ++pairs_;
  return true;
}

void SameTranslation::grow() {
  std::vector<Pair> old(2 * visited_.size());
  old.swap(visited_);
  const std::size_t mask = visited_.size() - 1;
  for (const Pair& p : old) {
    if (p.epoch != epoch_) continue;
    std::size_t slot = ((p.before * 0x9e3779b97f4a7c15) ^ (p.after * 0xc2b2ae3d27d4eb4f)) >> 20 & mask;
    while (visited_[slot].epoch == epoch_) slot = (slot + 1) & mask;
    visited_[slot] = p;
  }
}

}  // namespace vtd::model
