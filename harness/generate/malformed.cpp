// SPDX-License-Identifier: Apache-2.0 OR MIT
// Malformed hierarchies, one function a row (M01 to M38; M39 is of scalable mode, M40 is played by the host).
#include <algorithm>
#include <bit>

#include "harness/generate/constructs.h"
#include "harness/generate/growth.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
namespace operand = model::operand;

constexpr unsigned kRoot = model::kRootRole, kContext = model::kContextRole;
constexpr uint64_t kBoth = 3, kPageSize = 1 << 7;
constexpr Address kHole = 0x200000000, kRegisters = 0xfed90000;

const model::Rules& rules(const Draft& d) { return d.units[d.unit].rules; }
Address above_the_host_width(Draft& d) {
  const unsigned width = rules(d).host_address_width;
  return width >= 52 ? Address{1} << 52 : Address{1} << (width + d.random.below(52 - width));
}

// The unit as it is, but for what `values` say.
void change_unit(Draft& d, std::initializer_list<model::OperandValue> values) {
  const auto is = [&](const model::Step& s) { return s.op == Op::unit && s.operand[operand::u_index] == d.unit; };
  const auto found = std::find_if(d.scenario.steps.begin(), d.scenario.steps.end(), is);
  model::Step step = model::make_step(Op::unit, {{operand::u_index, d.unit}});
  if (found != d.scenario.steps.end()) step = *found;
  for (const model::OperandValue& v : values) step.operand[v.position] = v.value;
  d.scenario.steps.push_back(model::normalise(step));
}
void use_preset(Draft& d, const char* name) {
  const auto presets = model::presets();
  const auto is = [name](const model::Preset& p) { return std::string_view(p.name) == name; };
  const model::Preset& preset = *std::find_if(presets.begin(), presets.end(), is);
  change_unit(d, {{operand::u_capability, preset.capability}, {operand::u_extended, preset.extended}});
  model::UnitState state;
  state.capability = preset.capability;
  state.extended_capability = preset.extended;
  d.units[d.unit].rules = model::Rules::of(state, rules(d).host_address_width);
}

void root_entry(Draft& d, Address table, uint64_t bits = 1, uint64_t high = 0) {
  d.add(Op::root, {{operand::ro_at, some_table(d, kRoot)},
                   {operand::ro_bus, d.random.below(3)},
                   {operand::ro_table, table},
                   {operand::ro_bits, bits},
                   {operand::ro_high, high}});
}
// Each with a device whose context entry has FPD=1 beside it, now and then: then the fault is a silent one.
void context_entry(Draft& d, ContextValues values) {
  if (d.random.one_in(3)) values.bits |= 2;
  add_context(d, values);
}
ContextValues with_table(Draft& d, Address table) {
  ContextValues values = valid_context(d);
  values.table = table;
  return values;
}
ContextValues with_type(Draft& d, uint64_t type) {
  ContextValues values = valid_context(d);
  values.type = type;
  return values;
}
ContextValues with_width(Draft& d, uint64_t width) {
  ContextValues values = valid_context(d);
  values.width = width;
  return values;
}
// An entry of any table that holds links, with these bits besides its permissions.
void link_with(Draft& d, unsigned least, uint64_t bits) {
  const unsigned top = top_level(d), level = least + static_cast<unsigned>(d.random.below(top - least + 1));
  add_link(d, {some_table(d, level), level, d.unit}, some_index(d.random), some_table(d, level - 1), kBoth | bits);
}
void link_to(Draft& d, Address to) {
  const auto level = 2 + static_cast<unsigned>(d.random.below(top_level(d) - 1));
  add_link(d, {some_table(d, level), level, d.unit}, some_index(d.random), to);
}

void root_table_in_a_hole(Draft& d) { change_unit(d, {{operand::u_root, kHole}}); }
void root_reserved_bits(Draft& d) { root_entry(d, some_table(d, kContext), 1 | uint64_t{2} << d.random.below(11)); }
void root_high_qword(Draft& d) { root_entry(d, some_table(d, kContext), 1, uint64_t{1} << d.random.below(64)); }
void context_table_above_the_host(Draft& d) { root_entry(d, above_the_host_width(d)); }
void context_table_in_a_hole(Draft& d) { root_entry(d, kHole); }
void context_table_at_zero(Draft& d) { root_entry(d, 0); }
void context_table_in_registers(Draft& d) { root_entry(d, kRegisters); }
void context_reserved_low(Draft& d) {
  ContextValues values = valid_context(d);
  values.bits = 1 | uint64_t{1} << (4 + d.random.below(8));
  context_entry(d, values);
}
void context_reserved_high(Draft& d) {
  ContextValues values = valid_context(d);
  values.high = uint64_t{1} << (d.random.one_in(2) ? 7 : 24 + d.random.below(40));
  context_entry(d, values);
}
void domain_id_above_the_unit(Draft& d) {
  if (rules(d).domain_id_bits >= 16) use_preset(d, d.random.one_in(2) ? "client" : "few_ids");
  ContextValues values = valid_context(d);
  values.domain = uint64_t{1} << (rules(d).domain_id_bits + d.random.below(16 - rules(d).domain_id_bits));
  context_entry(d, values);
}
void paging_table_above_the_host(Draft& d) { context_entry(d, with_table(d, above_the_host_width(d))); }
void pass_through_above_the_host(Draft& d) {
  ContextValues values = with_table(d, above_the_host_width(d));
  values.type = 2;
  context_entry(d, values);
}
void width_code_zero(Draft& d) { context_entry(d, with_width(d, 0)); }
void unsupported_large_width(Draft& d) {
  context_entry(d, with_width(d, d.random.one_in(2) || rules(d).levels(3) != 0 ? 4 + d.random.below(4) : 3));
}
void unsupported_small_width(Draft& d) {
  if (rules(d).levels(1) != 0) use_preset(d, "server");
  context_entry(d, with_width(d, 1));
}
void reserved_type(Draft& d) { context_entry(d, with_type(d, 3)); }
void type_the_unit_lacks(Draft& d) {
  if (rules(d).device_tlb && rules(d).pass_through) use_preset(d, d.random.one_in(2) ? "client" : "qemu48_no_pass");
  context_entry(d, with_type(d, rules(d).device_tlb ? 2 : 1));
}
void pass_through_with_a_small_width(Draft& d) {
  if (rules(d).levels(1) == 0 || rules(d).levels(2) == 0 || !rules(d).pass_through) use_preset(d, "qemu48");
  ContextValues values = with_type(d, 2);
  values.width = 1;
  context_entry(d, values);
}
void paging_table_at_zero(Draft& d) { context_entry(d, with_table(d, 0)); }
void paging_table_in_a_hole(Draft& d) { context_entry(d, with_table(d, kHole)); }
void paging_table_in_registers(Draft& d) {
  context_entry(d, with_table(d, d.random.one_in(2) ? kRegisters : model::kInterruptFirst));
}
void page_size_bit_at_the_top(Draft& d) {
  if (top_level(d) < 4) use_preset(d, "server");
  link_with(d, 4, kPageSize);
}
void snoop_bit_in_a_link(Draft& d) { link_with(d, 2, 1 << 11); }
void bit_62(Draft& d) {
  if (d.random.one_in(2)) return link_with(d, 2, uint64_t{1} << 62);
  add_leaf(d, 0x2000000, kBoth | uint64_t{1} << 62);
}
void address_above_the_host(Draft& d) {
  if (rules(d).host_address_width >= 52) return bit_62(d);  // no such bit is left
  const Address to = above_the_host_width(d);
  if (d.random.one_in(2)) return link_to(d, to);
  add_leaf(d, to);
}
void misaligned_superpage(Draft& d) {
  const auto level = 2 + static_cast<unsigned>(d.random.below(2));
  add_huge_leaf(d, level, model::kPageBytes << d.random.below(level == 2 ? 9 : 18));
}
void superpage_the_unit_lacks(Draft& d) {
  if (rules(d).huge_2m && rules(d).huge_1g) use_preset(d, "small_pages");
  add_huge_leaf(d, 2 + static_cast<unsigned>(d.random.below(2)), 0x40000000);
}
void snoop_bit_without_support(Draft& d) {
  if (rules(d).snoop_control) use_preset(d, "no_snoop_control");
  add_leaf(d, 0x2000000, kBoth | 1 << 11);
}
void link_to_a_hole(Draft& d) { link_to(d, kHole); }
void all_ones(Draft& d) {
  const DraftTable table = any_table(d);
  d.add(Op::word, {{operand::w_at, table.at + 8 * some_index(d.random)}, {operand::w_value, ~uint64_t{0}}});
}
void leaf_in_the_interrupt_range(Draft& d) {
  add_leaf(d, model::kInterruptFirst + d.random.below(256) * model::kPageBytes);
}
void four_levels_labelled_three(Draft& d) {
  if (rules(d).levels(1) == 0 || rules(d).levels(2) == 0) use_preset(d, "qemu48");
  ContextValues values = with_table(d, some_table(d, 4));
  values.width = 1;
  context_entry(d, values);
}
void three_levels_labelled_four(Draft& d) {
  if (rules(d).levels(1) == 0 || rules(d).levels(2) == 0) use_preset(d, "qemu48");
  ContextValues values = with_table(d, some_table(d, 3));
  values.width = 2;
  context_entry(d, values);
}
void one_id_two(Draft& d, bool widths) {
  if (widths && (rules(d).levels(1) == 0 || rules(d).levels(2) == 0)) use_preset(d, "qemu48");
  ContextValues values = valid_context(d);
  const Address at = some_table(d, kContext);
  const Address other = widths ? values.table : new_table(d, top_level(d));
  for (uint64_t i = 0; i < 2; ++i) {
    d.add(Op::context, {{operand::co_at, at},
                        {operand::co_devfn, 0x10 + i},
                        {operand::co_table, i == 0 ? values.table : other},
                        {operand::co_width, widths && i == 1 ? 1 : values.width},
                        {operand::co_domain, values.domain}});
  }
}
void one_id_two_tables(Draft& d) { one_id_two(d, /*widths=*/false); }
void one_id_two_widths(Draft& d) { one_id_two(d, /*widths=*/true); }
void id_zero_with_caching_mode(Draft& d) {
  if (!rules(d).caching_mode) use_preset(d, d.random.one_in(2) ? "qemu48_caching" : "few_ids_caching");
  ContextValues values = valid_context(d);
  values.domain = 0;
  context_entry(d, values);
}
void wrong_table_mode(Draft& d) {
  constexpr uint64_t kAbortMode = uint64_t{1} << 52;  // ECAP.ADMS: then mode 11b is a legal one (S§11.4.3)
  const auto extended = model::operation(Op::unit).operands[operand::u_extended].fallback;
  if (d.random.one_in(4))
    return change_unit(d, {{operand::u_extended, extended | kAbortMode},
                           {operand::u_root, model::page_of(d.units[d.unit].root) | 3 << 10}});
  change_unit(d, {{operand::u_root, model::page_of(d.units[d.unit].root) | (1 + d.random.below(3)) << 10}});
}

constexpr Construct kMalformed[] = {
    {"M01", "the root table in a hole", root_table_in_a_hole},
    {"M02", "a root entry with reserved bits", root_reserved_bits},
    {"M03", "a root entry with a high qword", root_high_qword},
    {"M04", "a context table above the host width", context_table_above_the_host},
    {"M05", "a context table in a hole", context_table_in_a_hole},
    {"M06", "a context table at page 0", context_table_at_zero},
    {"M07", "a context table in registers", context_table_in_registers},
    {"M08", "a context with reserved low bits", context_reserved_low},
    {"M09", "a context with reserved high bits", context_reserved_high},
    {"M10", "a domain-id above the unit's width", domain_id_above_the_unit},
    {"M11", "a paging table above the host width", paging_table_above_the_host},
    {"M12", "pass-through with a pointer above the host width", pass_through_above_the_host},
    {"M13", "a context with width code 0", width_code_zero},
    {"M14", "more levels than the unit has", unsupported_large_width},
    {"M15", "fewer levels than the unit has", unsupported_small_width},
    {"M16", "the reserved translation type", reserved_type},
    {"M17", "a type that the unit does not have", type_the_unit_lacks},
    {"M18", "pass-through with a small width", pass_through_with_a_small_width},
    {"M19", "a paging table at page 0", paging_table_at_zero},
    {"M20", "a paging table in a hole", paging_table_in_a_hole},
    {"M21", "a paging table in registers", paging_table_in_registers},
    {"M22", "the page-size bit in the top levels", page_size_bit_at_the_top},
    {"M23", "the snoop bit in a link", snoop_bit_in_a_link},
    {"M24", "bit 62", bit_62},
    {"M25", "an address above the host width", address_above_the_host},
    {"M26", "a misaligned superpage", misaligned_superpage},
    {"M27", "a superpage that the unit does not have", superpage_the_unit_lacks},
    {"M28", "the snoop bit without snoop control", snoop_bit_without_support},
    {"M29", "a link to a hole", link_to_a_hole},
    {"M30", "an entry of all ones", all_ones},
    {"M31", "a leaf in the interrupt range", leaf_in_the_interrupt_range},
    {"M33", "four levels labelled three", four_levels_labelled_three},
    {"M34", "three levels labelled four", three_levels_labelled_four},
    {"M35", "one domain-id, two tables", one_id_two_tables},
    {"M36", "one domain-id, two widths", one_id_two_widths},
    {"M37", "domain-id 0 with caching mode", id_zero_with_caching_mode},
    {"M38", "a table mode that the unit does not have", wrong_table_mode},
};

}  // namespace

std::span<const Construct> malformed_constructs() { return kMalformed; }

}  // namespace vtd::harness
