// SPDX-License-Identifier: Apache-2.0 OR MIT
// Features of paging tables. One visit per (page, level) and unit.
#include <algorithm>

#include "harness/reach/look.h"
#include "model/table_scan.h"

namespace vtd::harness {
namespace {

using model::PagingVerdict;
using enum Feature;

constexpr std::uint64_t kBoth = 3, kSnoop = 1 << 11, kPageSize = 1 << 7, kBit62 = std::uint64_t{1} << 62;
constexpr std::uint64_t kIgnoredBits = 0xbff0000000000000 | 0x77c;  // 63, 61:52, 10:8, 6:2 (S§9.8)

bool overlaps(model::Address first, std::uint64_t bytes, model::Address page) {
  return page + model::kPageBytes > first && page - first < bytes;
}

}  // namespace

void TableFeatures::paging_table(Address at, unsigned level, bool top) {
  {
    Page& page = pages_[at];
    const bool known = (page.roles >> level & 1) != 0;
    see(tables_of_two_units, known && (page.units & ~(1u << unit_)) != 0);
    if (known && (page.units >> unit_ & 1) != 0) return;
    page.roles |= 1u << level;
    page.units |= 1u << unit_;
  }
  place(at);
  const std::uint64_t* entries = words(at);
  const std::uint64_t first = entries[0];
  const bool alike =
      level > 1 && (first & kBoth) != 0 &&
      std::all_of(entries, entries + model::kEntriesPerPage, [=](std::uint64_t e) { return e == first; });
  all_alike_ += alike ? 1 : 0;
  const unsigned bits = now_->rules->guest_address_width, shift = model::shift_of(level);
  const unsigned reachable = bits >= shift + 9 ? model::kEntriesPerPage : bits <= shift ? 1 : 1u << (bits - shift);
  unsigned present = 0;
  model::qwords_with(entries, ~std::uint64_t{0}).each([&](unsigned index) {
    const std::uint64_t entry = entries[index];
    const PagingVerdict verdict = read_paging(*now_->rules, entry, level);
    present += verdict != PagingVerdict::absent ? 1 : 0;
    see(N32, top && index >= reachable && verdict != PagingVerdict::absent);
    see(M30, entry == ~std::uint64_t{0});
    see(N09, (entry & kIgnoredBits) == kIgnoredBits && verdict >= PagingVerdict::link);
    if (alike && index != 0) return;
    if (verdict == PagingVerdict::absent) absent(entry, level);
    if (verdict == PagingVerdict::reserved) reserved(entry, level);
    if (verdict == PagingVerdict::link) link(at, entry, level);
    if (verdict == PagingVerdict::leaf) leaf(entry, level, top);
  });
  see(reason_5, present != model::kEntriesPerPage);
  see(reason_6, present != model::kEntriesPerPage);
}

void TableFeatures::absent(std::uint64_t entry, unsigned level) {
  const model::Rules& rules = *now_->rules;
  see(N11, (entry & (model::is_leaf(entry, level) ? rules.leaf_reserved[level] : rules.link_reserved[level])) != 0);
}

void TableFeatures::reserved(std::uint64_t entry, unsigned level) {
  const model::Rules& rules = *now_->rules;
  see(reason_c);
  see(M24, (entry & kBit62) != 0);
  see(M25, (entry & model::kAddressBits & ~rules.address_mask) != 0);
  const bool leaf = model::is_leaf(entry, level);
  see(M22, level >= 4 && (entry & kPageSize) != 0);
  see(M23, !leaf && (entry & kSnoop) != 0);
  see(M28, leaf && (entry & kSnoop) != 0 && !rules.snoop_control);
  if (!leaf || level == 1) return;
  see(M26, (entry & ((std::uint64_t{1} << model::shift_of(level)) - 1) & ~std::uint64_t{0xfff}) != 0);
  see(M27, level == 2 ? !rules.huge_2m : !rules.huge_1g);
}

void TableFeatures::link(Address page, std::uint64_t entry, unsigned level) {
  const Address next = entry & now_->rules->address_mask;
  const model::Fetch fetched = fetch_of(*now_, next);
  see(M29, fetched == model::Fetch::unreadable);
  see(reason_7, fetched == model::Fetch::unreadable);
  if (fetched != model::Fetch::readable) return;
  Page& table = pages_[next];
  const bool second = ++table.entries > 1;
  see(table_of_two_entries, second);
  see(N18, second && level == 2);
  see(N20, next == page);
  see(N21, level == 2 && next != page && (table.roles & 0b111000) != 0);
  const bool empty = model::qwords_with(words(next), ~std::uint64_t{0}).word == model::QwordBits{}.word;
  see(N12, empty);
  if ((entry & kBoth) == 1) below_read_only(next);
  paging_table(next, level - 1, /*top=*/false);
}

void TableFeatures::below_read_only(Address table) {
  read_only_link_ = true;
  model::qwords_with(words(table), kBoth).each([&](unsigned index) { see(N14, (words(table)[index] & kBoth) == 2); });
}

void TableFeatures::leaf(std::uint64_t entry, unsigned level, bool top) {
  see(level == 1 ? pages_4k : level == 2 ? pages_2m : pages_1g);
  sizes_ |= 1u << level;
  see(N10, level == 1 && (entry & kPageSize) != 0);
  see(N15, (entry & kBoth) == 2);
  writable_leaf_ |= (entry & kBoth) == kBoth;
  see(N17, level == 3 && top);
  const std::uint64_t bytes = std::uint64_t{1} << model::shift_of(level);
  const Address to = entry & now_->rules->address_mask & ~(bytes - 1);
  const bool interrupts = to <= model::kInterruptLast && to + (bytes - 1) >= model::kInterruptFirst;
  see(reason_e, interrupts);
  see(M31, interrupts && level == 1);
  see(N31, interrupts && level == 3);
  if ((entry & 2) != 0) leaf_target(to, bytes);
  leaves_.emplace_back(to, bytes);
}

// What devices may write through it, besides tables.
void TableFeatures::leaf_target(Address to, std::uint64_t bytes) {
  const model::Machine& machine = *now_->machine;
  const Address last = to + (bytes - 1);
  if (now_->old_for_generation < model::Memory::kGenerations) {
    const model::MemoryRange crash = machine.memory.crash(now_->old_for_generation);
    see(N27, to <= crash.last && last >= crash.first);
  }
  see(N28, machine.memory.kind_of(to) == model::MemoryKind::hole && !machine.memory.in_any_crash(to));
  bool own = false;
  for (const model::UnitState& unit : machine.units) own |= unit.registers >= to && unit.registers <= last;
  see(N29, own);
  see(N30, !own && machine.memory.kind_of(to) == model::MemoryKind::mmio);
}

// What only shows once all tables are known.
void TableFeatures::pages() {
  constexpr unsigned kPagingRoles = 0b111110, kContext = 1u << model::kContextRole, kRoot = 1u << model::kRootRole;
  for (const auto& [at, page] : pages_) {
    const unsigned levels = page.roles & kPagingRoles;
    see(page_in_two_roles, (page.roles & (page.roles - 1)) != 0);
    see(N22, (levels & (levels - 1)) != 0);
    see(N23, (page.roles & kContext) != 0 && levels != 0);
    // For how many levels a table is meant only its author knows; but one that is used for three and for four is
    // labelled wrong once.
    const bool both = (levels & 0b11000) == 0b11000;
    see(M33, both && (page.widths & 0b010) != 0);
    see(M34, both && (page.widths & 0b100) != 0);
    for (const auto& [to, bytes] : leaves_) {
      if (!overlaps(to, bytes, at)) continue;
      see(N25, levels != 0);
      see(N26, (page.roles & (kContext | kRoot)) != 0);
    }
  }
}

}  // namespace vtd::harness
