// SPDX-License-Identifier: Apache-2.0 OR MIT
// Stores to live second-stage tables. One table may serve several domains and units: each of them remembers for itself.
#include "model/store_rules.h"
#include "model/table_scan.h"

namespace vtd::model {
namespace {

constexpr uint64_t kReadWrite = 3;
constexpr uint64_t kSnoop = uint64_t{1} << 11;  // of leaves (S§9.8)

bool translates(PagingVerdict v) { return v == PagingVerdict::link || v == PagingVerdict::leaf; }

bool same_meaning(const Rules& rules, uint64_t before, uint64_t after, unsigned level) {
  const PagingVerdict a = read_paging(rules, before, level), b = read_paging(rules, after, level);
  if (a != b) return false;
  if (!translates(a)) return true;
  const uint64_t meaning = kReadWrite | rules.address_mask | (a == PagingVerdict::leaf ? kSnoop : 0);
  return ((before ^ after) & meaning) == 0;
}

}  // namespace

void StoreRules::paging_stored(const Store& store, uint64_t before, uint64_t after) {
  const bool was_present = (before & kReadWrite) != 0, is_present = (after & kReadWrite) != 0;
  if (!was_present && !is_present) return;
  find_users(store);
  if (users_.empty()) return;
  Live& live = core_.live;
  const Rules& rules = core_.rules[users_.front().unit];
  const unsigned level = live.role(store.node);
  core_.rulings.require(store.bytes == sizeof(uint64_t), Rule::live_paging_entry_is_not_torn, users_.front().unit,
                        store.entry, sizeof(uint64_t), store.bytes);
  mark_changed(store.entry);
  if (same_meaning(rules, before, after, level)) return;

  const PagingVerdict from = read_paging(rules, before, level), to = read_paging(rules, after, level);
  const Address old_table = before & rules.address_mask, new_table = after & rules.address_mask;
  const bool swap = translates(from) && is_present && judge_edit(store, before, after);
  const uint32_t edge =
      to == PagingVerdict::link ? live.link(store.node, store.index, new_table, level - 1) : Live::kNone;
  if (translates(to) && !swap) became_present(store, after);
  for (const Live::User& user : users_) {
    if (edge != Live::kNone) judge_publication(user.unit, live.held(edge), store.entry);
    if (translates(from)) remember(store, user, before, swap, new_table);
  }
  if (from == PagingVerdict::link) live.unlink(store.node, store.index, old_table, level - 1);
}

void StoreRules::find_users(const Store& store) {
  const Live::Users users = core_.live.users(store.node);
  users_.assign(users.list.begin(), users.list.end());
  devices_.assign(users.with_tlb.begin(), users.with_tlb.end());
  everywhere_ = users.everywhere;
  const unsigned shift = shift_of(core_.live.role(store.node));
  first_ = everywhere_ ? 0 : users.first + (uint64_t{store.index} << shift);
  last_ = everywhere_ ? ~Iova{0} : first_ + ((uint64_t{1} << shift) - 1);
}

// The entry stayed present with another meaning. Answers whether that was a legal swap of pointers.
bool StoreRules::judge_edit(const Store& store, uint64_t before, uint64_t after) {
  const unsigned unit = users_.front().unit, level = core_.live.role(store.node);
  const Rules& rules = core_.rules[unit];
  const bool links = read_paging(rules, before, level) == PagingVerdict::link &&
                     read_paging(rules, after, level) == PagingVerdict::link && ((before ^ after) & kReadWrite) == 0;
  const bool swap = links && core_.same.paging(rules, before & rules.address_mask, after & rules.address_mask,
                                               level - 1, shift_of(level)) != SameTranslation::Answer::different;
  core_.rulings.require(swap, Rule::present_entry_is_not_edited, unit, store.entry, before, after);
  return swap;
}

// --- what caches may hold of the entry as it was ---------------------------------------------------------------------

void StoreRules::remember(const Store& store, const Live::User& user, uint64_t before, bool swap, Address new_table) {
  const Rules& rules = core_.rules[user.unit];
  const unsigned level = core_.live.role(store.node);
  const PagingVerdict from = read_paging(rules, before, level);
  if (!translates(from)) return;  // this unit faults at the entry, and caches nothing of it
  Remembered::Item item;
  item.unit = user.unit;
  item.domain = user.domain;
  item.first = first_;
  item.last = last_;
  item.entry = store.entry;
  item.before.low = before;
  item.identical = swap;
  item.needs = Remembered::kTranslation;
  if (from == PagingVerdict::link) {
    const Address table = before & rules.address_mask;
    const QwordBits below = qwords_with(core_.machine->memory.page(table, View::cpu), kReadWrite);
    // Of an empty table, or one that was replaced by its copy, only the way to it is cached, in one entry for the
    // range.
    const bool empty = below.word == QwordBits{}.word;
    item.one_entry = !everywhere_ && (swap ? same_bits(table, new_table) : empty);
    item.needs = swap || empty ? Remembered::kPaging : Remembered::kIotlb;
    item.hold = core_.live.hold(table, level - 1, {user.unit, 0, user.domain, everywhere_, first_});
  }
  core_.remembered.add(item);
  if ((item.needs & Remembered::kTranslation) == 0) return;
  for (const Live::Device& device : devices_)
    if (device.unit == user.unit && device.domain == user.domain) remember_device(item, device.source);
}

// --- the entry as it is ----------------------------------------------------------------------------------------------

void StoreRules::became_present(const Store& store, uint64_t after) {
  core_.remembered.restored(store.entry, {after, 0});
  const Remembered::Item* old = nullptr;
  for (std::size_t i = 0; old == nullptr && core_.remembered.holds_positive() && i < users_.size(); ++i)
    old = core_.remembered.in_the_way(users_[i].unit, users_[i].domain, first_, last_, store.entry);
  judge_reuse(old, users_.front().unit, store.entry);
  for (const Live::User& user : users_) {
    if (core_.rules[user.unit].write_buffer) core_.buffered_entries |= static_cast<uint8_t>(1u << user.unit);
    if (core_.rules[user.unit].caching_mode) remember_absence(store, user, after);
  }
}

// With caching mode the fault that was here may be cached like a translation (S§6.1).
void StoreRules::remember_absence(const Store& store, const Live::User& user, uint64_t after) {
  const Rules& rules = core_.rules[user.unit];
  const unsigned level = core_.live.role(store.node);
  Remembered::Item item;
  item.unit = user.unit;
  item.domain = user.domain;
  item.negative = true;
  item.entry = store.entry;
  item.first = first_;
  item.last = last_;
  const bool leaf = read_paging(rules, after, level) == PagingVerdict::leaf;
  item.needs = leaf ? Remembered::kTranslation : Remembered::kPaging;
  item.one_entry = !leaf && !everywhere_;
  core_.remembered.add(item);
  if (leaf || everywhere_) return;
  unsigned budget = kEntriesPerPage;
  Remembered::Item below = item;
  below.needs = Remembered::kTranslation;
  below.one_entry = false;
  if (remember_absent_leaves(below, after & rules.address_mask, level - 1, first_, budget)) return;
  item.needs = Remembered::kIotlb;  // too many to name: the whole range
  item.one_entry = false;
  core_.remembered.add(item);
}

// The new table came with translations in it, whose addresses faulted until now. False: more than the budget.
bool StoreRules::remember_absent_leaves(Remembered::Item& item, Address table, unsigned level, Iova first,
                                        unsigned& budget) {
  const Rules& rules = core_.rules[item.unit];
  const uint64_t* const entries = core_.machine->memory.page(table, View::cpu);
  qwords_with(entries, kReadWrite).each([&](unsigned i) {
    const Iova begin = first + (uint64_t{i} << shift_of(level));
    const PagingVerdict v = read_paging(rules, entries[i], level);
    if (budget == 0 || !translates(v)) return;
    if (v == PagingVerdict::link) {
      remember_absent_leaves(item, entries[i] & rules.address_mask, level - 1, begin, budget);
      return;
    }
    --budget;
    item.first = begin;
    item.last = begin + ((uint64_t{1} << shift_of(level)) - 1);
    core_.remembered.add(item);
  });
  return budget != 0;
}

}  // namespace vtd::model
