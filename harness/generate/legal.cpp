// SPDX-License-Identifier: Apache-2.0 OR MIT
// Hierarchies that are nasty but legal, one function a row (N01 to N37; the rows above are of scalable mode).
#include <algorithm>

#include "harness/generate/constructs.h"
#include "harness/generate/growth.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
namespace operand = model::operand;

constexpr unsigned kRoot = model::kRootRole, kContext = model::kContextRole;
constexpr uint64_t kRead = 1, kWrite = 2, kBoth = 3, kPageSize = 1 << 7;
constexpr uint64_t kIgnoredBits = 0xbff0000000000000 | 0x77c;  // 63, 61:52, 10:8, 6:2 (S§9.8)
constexpr Address kGigabyte = 0x40000000;

void add_roots(Draft& d, uint64_t bus, uint64_t count, Address table, uint64_t bits = 1) {
  d.add(Op::root, {{operand::ro_at, some_table(d, kRoot)},
                   {operand::ro_bus, bus},
                   {operand::ro_count, count},
                   {operand::ro_table, table},
                   {operand::ro_bits, bits}});
}
// Two entries of one table above `level`, each leading to `child`.
void lead_twice(Draft& d, unsigned level, Address child) {
  const Address at = some_table(d, level);
  const uint64_t index = d.random.below(510);
  for (uint64_t i = 0; i < 2; ++i) add_link(d, {at, level, d.unit}, index + i, child);
}

void one_table_for_two_buses(Draft& d) {
  const Address table = some_table(d, kContext);
  add_roots(d, d.random.below(3), 1, table);
  add_roots(d, d.random.pick({3, 255}), 1, table);
}
void one_table_for_all_buses(Draft& d) { add_roots(d, 0, 256, some_table(d, kContext)); }
void one_domain_for_all(Draft& d) {
  const ContextValues values = valid_context(d);
  d.add(Op::context, {{operand::co_at, some_table(d, kContext)},
                      {operand::co_count, 256},
                      {operand::co_table, values.table},
                      {operand::co_width, values.width},
                      {operand::co_domain, values.domain}});
}
void one_table_under_many_ids(Draft& d) {
  const ContextValues values = valid_context(d);
  const Address at = some_table(d, kContext);
  for (uint64_t i = 0; i < 3; ++i) {
    d.add(Op::context, {{operand::co_at, at},
                        {operand::co_devfn, 0x10 + i},
                        {operand::co_table, values.table},
                        {operand::co_width, values.width},
                        {operand::co_domain, 1 + i}});
  }
}
void absent_root_full_of_garbage(Draft& d) {
  add_roots(d, d.random.below(4), 1, d.random.next(), d.random.next() & ~uint64_t{1});
}
void absent_context_with_a_pointer(Draft& d) {
  ContextValues values = valid_context(d);
  values.bits = 0;
  add_context(d, values);
}
void absent_context_that_hides_faults(Draft& d) {
  ContextValues values = valid_context(d);
  values.bits = 2;
  add_context(d, values);
}
void available_bits(Draft& d) {
  ContextValues values = valid_context(d);
  values.high = 0xf << 3;
  add_context(d, values);
}
void all_ignored_bits(Draft& d) {
  const unsigned level = 2 + static_cast<unsigned>(d.random.below(3));
  const Address to = some_table(d, std::min(level, top_level(d)) - 1);
  add_link(d, {some_table(d, level), std::min(level, top_level(d)), d.unit}, some_index(d.random), to,
           kBoth | kIgnoredBits);
  add_leaf(d, 0x2000000, kBoth | kIgnoredBits);
}
void page_size_bit_at_the_bottom(Draft& d) { add_leaf(d, 0x2000000, kBoth | kPageSize); }
void no_permission_hides_reserved_bits(Draft& d) {
  const auto level = 1 + static_cast<unsigned>(d.random.below(top_level(d)));
  add_link(d, {some_table(d, level), level, d.unit}, some_index(d.random), d.random.next(),
           d.random.next() & ~kBoth & 0xfff0000000000fff);
}
void link_to_an_empty_table(Draft& d) {
  const auto level = 2 + static_cast<unsigned>(d.random.below(top_level(d) - 1));
  add_link(d, {some_table(d, level), level, d.unit}, some_index(d.random), d.new_table(level - 1));
}
void read_only_above_writable(Draft& d) {
  add_link(d, {some_table(d, 2), 2, d.unit}, some_index(d.random), some_table(d, 1), kRead);
  add_leaf(d, 0x2000000);
}
void levels_that_allow_nothing_together(Draft& d) {
  const Address below = some_table(d, 2);
  add_link(d, {some_table(d, 3), 3, d.unit}, some_index(d.random), below, kRead);
  add_link(d, {below, 2, d.unit}, some_index(d.random), some_table(d, 1), kWrite);
}
void write_only_leaf(Draft& d) { add_leaf(d, 0x2000000, kWrite); }
void all_sizes_side_by_side(Draft& d) {
  const Address top = some_table(d, 3), middle = some_table(d, 2);
  add_link(d, {top, 3, d.unit}, 1, kGigabyte * 4, kBoth | kPageSize);
  add_link(d, {top, 3, d.unit}, 2, middle);
  add_link(d, {middle, 2, d.unit}, 1, 0x2000000, kBoth | kPageSize);
  add_link(d, {middle, 2, d.unit}, 2, some_table(d, 1));
  add_leaf(d, 0x3000000);
}
void three_levels_of_huge_leaves(Draft& d) {
  const Address top = new_table(d, 3);
  add_context(d, {top, 1, 1 + d.random.below(3)});
  for (uint64_t i = 0; i < 2; ++i) add_link(d, {top, 3, d.unit}, i, i * kGigabyte, kBoth | kPageSize);
}
void two_entries_share_a_table(Draft& d) {
  const auto level = 2 + static_cast<unsigned>(d.random.below(top_level(d) - 1));
  lead_twice(d, level, some_table(d, level - 1));
}
void every_entry_points_at_one_child(Draft& d) {
  for (unsigned level = top_level(d); level > 1; --level) {
    const Address at = some_table(d, level), child = some_table(d, level - 1);
    d.add(Op::paging, {{operand::pa_at, at}, {operand::pa_count, 512}, {operand::pa_to, child}, {operand::pa_step, 0}});
  }
  add_leaf(d, 0x2000000);
}
void points_at_itself(Draft& d) {
  const unsigned level = top_level(d);
  const Address at = some_table(d, level);
  add_link(d, {at, level, d.unit}, some_index(d.random), at);
}
void points_back_up(Draft& d) {
  const Address top = some_table(d, top_level(d));
  add_link(d, {some_table(d, 2), 2, d.unit}, some_index(d.random), top);
}
void one_page_at_two_levels(Draft& d) {
  const Address page = some_table(d, 3);
  add_link(d, {some_table(d, 2), 2, d.unit}, some_index(d.random), page);
  add_link(d, {page, 3, d.unit}, 5, 0x2000000, kBoth);
}
void context_table_as_paging_table(Draft& d) {
  const Address page = some_table(d, kContext);
  if (d.random.one_in(2)) return add_link(d, {some_table(d, 2), 2, d.unit}, some_index(d.random), page);
  ContextValues values = valid_context(d);
  values.table = page;
  add_context(d, values);
}
void root_table_as_context_table(Draft& d) { add_roots(d, d.random.below(2), 1, some_table(d, kRoot)); }
void leaf_maps_a_paging_table(Draft& d) { add_leaf(d, some_table(d, 1 + static_cast<unsigned>(d.random.below(4)))); }
void leaf_maps_root_and_contexts(Draft& d) {
  add_leaf(d, some_table(d, kRoot));
  add_leaf(d, some_table(d, kContext));
}
void leaf_maps_crash_memory(Draft& d) { add_leaf(d, 0x30000000 + d.random.below(16) * model::kPageBytes); }
void leaf_to_nothing(Draft& d) { add_leaf(d, d.random.pick({0x200000000, 0x50000000, 0x3ffffffff000})); }
void leaf_to_own_registers(Draft& d) { add_leaf(d, 0xfed90000); }
void leaf_to_other_registers(Draft& d) {
  d.add(Op::memory, {{operand::m_kind, 2}, {operand::m_first, 0xd0000000}, {operand::m_last, 0xd00fffff}});
  add_leaf(d, 0xd0000000 + d.random.below(256) * model::kPageBytes);
}
void huge_leaf_over_interrupts(Draft& d) { add_huge_leaf(d, 3, 0xc0000000); }
// A unit with four levels and MGAW 39: all but the first entry of its level-4 tables lie beyond what it translates.
void entries_beyond_the_guest_width(Draft& d) {
  if (top_level(d) < 4) return all_ignored_bits(d);
  const Address top = some_table(d, 4);
  add_link(d, {top, 4, d.unit}, 1 + d.random.below(511), some_table(d, 3));
}
void pass_through_with_a_pointer(Draft& d) {
  ContextValues values = valid_context(d);
  values.type = 2;
  values.table = d.random.below(1 << 20) << 12;
  add_context(d, values);
}
void all_translation_types(Draft& d) {
  ContextValues values = valid_context(d);
  const Address at = some_table(d, kContext);
  for (uint64_t type = 0; type < 3; ++type) {
    d.add(Op::context, {{operand::co_at, at},
                        {operand::co_devfn, 0x10 + type},
                        {operand::co_table, values.table},
                        {operand::co_width, values.width},
                        {operand::co_domain, 1 + type},
                        {operand::co_type, type}});
  }
}
// Functions behind a bridge that takes their requests for its own: (bus, 0.0) and (bus, devfn) have equal contexts.
void aliases_behind_a_bridge(Draft& d) {
  const ContextValues values = valid_context(d);
  const Address behind = new_table(d, kContext);
  add_roots(d, 1, 1, behind);
  for (const uint64_t devfn : {uint64_t{0x00}, uint64_t{0x28}}) {
    d.add(Op::context, {{operand::co_at, behind},
                        {operand::co_devfn, devfn},
                        {operand::co_table, values.table},
                        {operand::co_width, values.width},
                        {operand::co_domain, values.domain}});
    d.devices.push_back({d.unit, static_cast<model::SourceId>(0x100 | devfn)});
  }
}
void context_of_an_absent_device(Draft& d) {
  ContextValues values = valid_context(d);
  values.domain = d.random.below(16);
  d.add(Op::context, {{operand::co_at, some_table(d, kContext)},
                      {operand::co_devfn, 0xff},
                      {operand::co_table, values.table},
                      {operand::co_width, values.width},
                      {operand::co_domain, values.domain}});
}
void tables_at_the_edges_of_ram(Draft& d) {
  const auto level = 2 + static_cast<unsigned>(d.random.below(top_level(d) - 1));
  const Address at = d.random.pick({0, 0x1000, 0x90000, 0x3ffff000, 0x13ffff000, 0x100000000});
  d.tables.push_back({at, level - 1, d.unit});
  add_link(d, {some_table(d, level), level, d.unit}, some_index(d.random), at);
  if (d.random.one_in(3)) {
    const uint64_t kind = d.random.pick({1, 3});
    d.add(Op::memory, {{operand::m_kind, kind}, {operand::m_first, at}, {operand::m_last, at + 0xfff}});
  }
}

constexpr Construct kLegal[] = {
    {"N01", "two root entries share a context table", one_table_for_two_buses},
    {"N02", "all root entries share a context table", one_table_for_all_buses, /*costly=*/true},
    {"N03", "all contexts share a domain", one_domain_for_all, /*costly=*/true},
    {"N04", "one table under many domain-ids", one_table_under_many_ids},
    {"N05", "an absent root entry full of garbage", absent_root_full_of_garbage},
    {"N06", "an absent context with a plausible pointer", absent_context_with_a_pointer},
    {"N07", "an absent context that hides its faults", absent_context_that_hides_faults},
    {"N08", "a context with available bits", available_bits},
    {"N09", "ignored bits in every level", all_ignored_bits},
    {"N10", "bit 7 of a 4 KiB leaf", page_size_bit_at_the_bottom},
    {"N11", "no permission hides reserved bits", no_permission_hides_reserved_bits},
    {"N12", "a link to an empty table", link_to_an_empty_table},
    {"N13", "read-only above a writable leaf", read_only_above_writable},
    {"N14", "levels that allow nothing together", levels_that_allow_nothing_together},
    {"N15", "a write-only leaf", write_only_leaf},
    {"N16", "pages of all sizes side by side", all_sizes_side_by_side},
    {"N17", "three levels of 1 GiB leaves", three_levels_of_huge_leaves},
    {"N18", "two entries share a table", two_entries_share_a_table},
    {"N19", "every entry points at one child", every_entry_points_at_one_child, /*costly=*/true},
    {"N20", "the top entry points at its own table", points_at_itself},
    {"N21", "a level-2 entry points back at the top", points_back_up},
    {"N22", "one page at two levels", one_page_at_two_levels},
    {"N23", "a context table is a paging table, too", context_table_as_paging_table},
    {"N24", "the root table is a context table", root_table_as_context_table},
    {"N25", "a leaf maps a live paging table", leaf_maps_a_paging_table},
    {"N26", "leaves map root and context tables", leaf_maps_root_and_contexts},
    {"N27", "a leaf maps the memory of the copy", leaf_maps_crash_memory},
    {"N28", "a leaf to unpopulated memory", leaf_to_nothing},
    {"N29", "a leaf to the unit's own registers", leaf_to_own_registers},
    {"N30", "a leaf to another device's registers", leaf_to_other_registers},
    {"N31", "a 1 GiB leaf over the interrupt range", huge_leaf_over_interrupts},
    {"N32", "entries beyond the guest width", entries_beyond_the_guest_width},
    {"N33", "pass-through with a pointer", pass_through_with_a_pointer},
    {"N34", "all translation types in one table", all_translation_types},
    {"N35", "aliases behind a bridge", aliases_behind_a_bridge},
    {"N36", "the context of a device that is not there", context_of_an_absent_device},
    {"N37", "tables at the edges of RAM, in ACPI and reserved memory", tables_at_the_edges_of_ram},
};

}  // namespace

std::span<const Construct> legal_constructs() { return kLegal; }

}  // namespace vtd::harness
