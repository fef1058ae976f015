// SPDX-License-Identifier: Apache-2.0 OR MIT
// Features of root and context tables.
#include <algorithm>
#include <tuple>

#include "harness/reach/look.h"

namespace vtd::harness {
namespace {

using model::Entry128;
using model::Verdict128;
using enum Feature;

constexpr unsigned kEntries = 256;
constexpr std::uint64_t kRootReserved = 0xffe, kContextReserved = 0xff0;  // S§9.1, S§9.3
constexpr std::uint64_t kContextReservedHigh = 0xffffffffff000080, kAvailable = 0x78;

}  // namespace

void TableFeatures::look(std::span<const model::Hierarchy> units) {
  for (unit_ = 0; unit_ < units.size(); ++unit_) unit(units[unit_]);
  domain_ids();
  pages();
}

void TableFeatures::unit(const model::Hierarchy& tables) {
  now_ = &tables;
  sizes_ = all_alike_ = 0;
  read_only_link_ = writable_leaf_ = false;
  const Address root = model::page_of(tables.root);
  const std::uint64_t mode = tables.root >> 10 & 3;
  see(M38, mode != 0 && !(mode == 1 && tables.rules->scalable));
  see(reason_33, mode == 3 && tables.rules->abort_dma);
  see(reason_30, mode != 0 && !(mode == 3 && tables.rules->abort_dma));
  if (mode != 0) return;
  const bool lost = fetch_of(tables, root) == model::Fetch::unreadable;
  see(M01, lost);
  see(reason_8, lost);
  if (readable(root)) root_table(root);
  see(N16, (sizes_ & 0b1110) == 0b1110);
  see(N19, all_alike_ >= 2);
  see(N13, read_only_link_ && writable_leaf_);
}

// Where the pages of tables lie.
void TableFeatures::place(Address table) {
  const model::Memory& memory = now_->machine->memory;
  const unsigned other = memory.kinds_in_page(table) & ~(1u << static_cast<unsigned>(model::MemoryKind::ram));
  see(table_below_1m, table < 0x100000);
  see(table_above_4g, table >= 0x100000000);
  see(table_in_reserved_memory, other != 0);
  const bool last =
      memory.kinds_in_page(table + model::kPageBytes) == 1u << static_cast<unsigned>(model::MemoryKind::hole);
  see(N37, table < 0x100000 || table >= 0x100000000 || last || other != 0);
}

void TableFeatures::root_table(Address page) {
  Page& root = pages_[page];
  see(root_of_two_units, (root.units & ~(1u << unit_)) != 0 && (root.roles >> model::kRootRole & 1) != 0);
  root.roles |= 1u << model::kRootRole;
  root.units |= 1u << unit_;
  place(page);
  std::vector<Address> followed;
  for (unsigned bus = 0; bus < kEntries; ++bus) {
    Address table = 0;
    if (!root_entry(page, model::entry128(words(page), bus), table)) continue;
    const bool again = std::find(followed.begin(), followed.end(), table) != followed.end();
    see(N01, again);
    followed.push_back(table);
    if (!again) context_table(table, bus);
  }
  see(N02, followed.size() == kEntries && std::count(followed.begin(), followed.end(), followed[0]) == kEntries);
}

// True when it leads to a context table that hardware can read.
bool TableFeatures::root_entry(Address root, const Entry128& entry, Address& table) {
  const bool is_present = model::present(entry);
  see(reason_1, !is_present);
  see(N05, !is_present && (entry.low | entry.high) != 0);
  const model::RootStep step = read_root(*now_->rules, entry);
  if (step.verdict == Verdict128::reserved) {
    see(reason_a);
    see(M02, (entry.low & kRootReserved) != 0);
    see(M03, entry.high != 0);
    see(M04, (entry.low & ~now_->rules->address_mask & ~std::uint64_t{0xfff}) != 0);
  }
  if (step.verdict != Verdict128::follow) return false;
  table = step.next;
  const model::Fetch fetched = fetch_of(*now_, table);
  see(M05, fetched == model::Fetch::unreadable);
  see(reason_9, fetched == model::Fetch::unreadable);
  see(M06, table == 0);
  see(M07, fetched == model::Fetch::undefined && !now_->machine->memory.in_any_crash(table));
  see(N24, table == root);
  return fetched == model::Fetch::readable;
}

void TableFeatures::context_table(Address page, unsigned bus) {
  Page& context = pages_[page];
  context.roles |= 1u << model::kContextRole;
  context.units |= 1u << unit_;
  place(page);
  unsigned types = 0, alike = 0;
  const Entry128 first = model::entry128(words(page), 0);
  for (unsigned devfn = 0; devfn < kEntries; ++devfn) {
    const Entry128 entry = model::entry128(words(page), devfn);
    if ((entry.low | entry.high) == 0) continue;
    const model::ContextStep step = read_context(*now_->rules, entry);
    if (step.verdict >= Verdict128::follow) types |= 1u << static_cast<unsigned>(model::translation_type(entry));
    const bool equal = entry == first && step.verdict == Verdict128::follow;
    alike += equal ? 1 : 0;
    see(N35, equal && devfn != 0 && bus != 0);
    context_entry(entry);
  }
  see(reason_2, alike != kEntries);
  see(N03, alike == kEntries);
  see(N34, types == 0b111);
}

void TableFeatures::context_entry(const Entry128& entry) {
  const model::Rules& rules = *now_->rules;
  const model::ContextStep step = read_context(rules, entry);
  const bool passes = model::translation_type(entry) == model::TranslationType::pass_through;
  const bool above = (entry.low & ~rules.address_mask & ~std::uint64_t{0xfff}) != 0;
  const Address pointer = entry.low & rules.address_mask;
  switch (step.verdict) {
    case Verdict128::absent:
      see(N06, pointer != 0);
      see(N07, model::fault_processing_disabled(entry));
      return;
    case Verdict128::reserved:
      see(reason_b);
      see(M08, (entry.low & kContextReserved) != 0);
      see(M09, (entry.high & kContextReservedHigh) != 0);
      see(M10, model::domain_id(entry) >= rules.domain_id_count());
      see(passes ? M12 : M11, above);
      return;
    case Verdict128::invalid: {
      see(reason_3);
      const unsigned width = model::width_code(entry);
      see(M13, width == 0);
      see(M15, width == 1 && rules.levels(width) == 0);
      see(M14, width >= 3 && rules.levels(width) == 0);
      see(M16, model::translation_type(entry) == model::TranslationType::reserved);
      see(M17, rules.levels(width) != 0 && model::translation_type(entry) != model::TranslationType::reserved);
      return;
    }
    case Verdict128::pass_through:
      see(N33, pointer != 0);
      see(M18, rules.supported_widths >> (step.levels - 1) != 0);
      see(reason_d);
      see(reason_e);
      break;
    case Verdict128::follow:
      followed(entry, step);
      break;
  }
  see(N08, (entry.high & kAvailable) == kAvailable);
  see(reason_4);
  see(M32);
  see(M37, model::domain_id(entry) == 0 && rules.caching_mode);
  see(id_highest, model::domain_id(entry) + 1u == rules.domain_id_count());
  uses_.push_back({unit_, model::domain_id(entry), model::width_code(entry), passes ? 0 : pointer});
}

void TableFeatures::followed(const Entry128& entry, const model::ContextStep& step) {
  see(reason_d, !step.device_tlb);
  const Address table = step.next;
  const model::Fetch fetched = fetch_of(*now_, table);
  see(M19, table == 0);
  see(M20, fetched == model::Fetch::unreadable);
  see(reason_3, fetched == model::Fetch::unreadable);
  see(M21, fetched == model::Fetch::undefined && !now_->machine->memory.in_any_crash(table));
  if (fetched != model::Fetch::readable) return;
  Page& page = pages_[table];
  see(table_of_two_contexts, ++page.contexts > 1);
  page.widths |= 1u << model::width_code(entry);
  see(step.levels == 3 ? three_levels : step.levels == 4 ? four_levels : five_levels);
  paging_table(table, step.levels, /*top=*/true);
}

void TableFeatures::domain_ids() {
  const auto by_id = [](const Use& a, const Use& b) {
    return std::tie(a.unit, a.id, a.table, a.width) < std::tie(b.unit, b.id, b.table, b.width);
  };
  std::sort(uses_.begin(), uses_.end(), by_id);
  for (std::size_t i = 0; i + 1 < uses_.size(); ++i) {
    const Use &a = uses_[i], &b = uses_[i + 1];
    if (a.unit != b.unit || a.id != b.id) continue;
    see(id_shared);
    see(M35, a.table != b.table);
    see(M36, a.width != b.width);
  }
  const auto by_table = [](const Use& a, const Use& b) {
    return std::tie(a.unit, a.table, a.id) < std::tie(b.unit, b.table, b.id);
  };
  std::sort(uses_.begin(), uses_.end(), by_table);
  for (auto first = uses_.begin(); first != uses_.end();) {
    const auto other_table = [&](const Use& use) { return use.unit != first->unit || use.table != first->table; };
    const auto last = std::find_if(first, uses_.end(), other_table);
    // Three uses under at least two ids: one of them meets two others that have another id.
    see(N04, first->table != 0 && last - first >= 3 && (last - 1)->id != first->id);
    first = last;
  }
  for (const Use& use : uses_) see(id_zero, use.id == 0);
}

}  // namespace vtd::harness
