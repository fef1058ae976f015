// SPDX-License-Identifier: Apache-2.0 OR MIT
// Grows a hierarchy upwards from what is wanted: a table, the entry that leads to it, the table of that entry.
#include "harness/generate/growth.h"

#include <algorithm>

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
namespace operand = model::operand;

const model::Rules& rules(const Draft& draft) { return draft.units[draft.unit].rules; }

// One of the tables of this role, whichever unit reaches them: units may share tables.
bool known_table(Draft& draft, unsigned role, Address& at) {
  uint64_t seen = 0;
  for (const DraftTable& table : draft.tables) {
    if (table.role == role && draft.random.below(++seen) == 0) at = table.at;
  }
  return seen != 0;
}

// Does a width of the unit begin at this level?
bool begins_at(const Draft& draft, unsigned level) { return level >= 3 && rules(draft).levels(level - 2) == level; }

}  // namespace

unsigned top_level(const Draft& draft) {
  for (unsigned level = 5; level > 3; --level) {
    if (begins_at(draft, level)) return level;
  }
  return 3;
}

uint64_t some_index(RandomSource& random) { return random.pick({0, 0, 1, 2, 3, 511, random.below(512)}); }
uint64_t some_devfn(RandomSource& random) { return random.pick({0x10, 0x10, 0x11, 0x18, 0xfa, 0, 0xff}); }

const DraftTable& any_table(Draft& draft) {
  if (draft.tables.empty()) some_table(draft, model::kRootRole);
  return draft.tables[draft.random.below(draft.tables.size())];
}

Address some_table(Draft& draft, unsigned role) {
  if (role <= 5) role = std::min(role, top_level(draft));
  Address at = 0;
  return known_table(draft, role, at) ? at : new_table(draft, role);
}

Address new_table(Draft& draft, unsigned role) {
  RandomSource& random = draft.random;
  if (role == model::kRootRole) {
    draft.tables.push_back({model::page_of(draft.units[draft.unit].root), role, draft.unit});
    return draft.tables.back().at;
  }
  if (role <= 5) role = std::min(role, top_level(draft));
  const Address at = draft.new_table(role);
  if (role == model::kContextRole) {
    add_link(draft, {some_table(draft, model::kRootRole), model::kRootRole, draft.unit}, random.below(3), at, 1);
  } else if (role == top_level(draft) || (begins_at(draft, role) && random.one_in(4))) {
    add_context(draft, {at, role - 2, random.below(4) + (rules(draft).caching_mode ? 1 : 0)});
  } else {
    add_link(draft, {some_table(draft, role + 1), role + 1, draft.unit}, some_index(random), at);
  }
  return at;
}

void add_link(Draft& draft, const DraftTable& from, uint64_t index, Address to, uint64_t bits) {
  if (from.role == model::kRootRole) {
    draft.add(Op::root, {{operand::ro_at, from.at},
                         {operand::ro_bus, index},
                         {operand::ro_table, to},
                         {operand::ro_bits, bits & ~uint64_t{2}}});
  } else if (from.role == model::kContextRole) {
    draft.add(Op::context, {{operand::co_at, from.at},
                            {operand::co_devfn, index},
                            {operand::co_table, to},
                            {operand::co_width, top_level(draft) - 2},
                            {operand::co_domain, draft.random.below(4)},
                            {operand::co_bits, bits & ~uint64_t{2}}});
  } else {
    draft.add(Op::paging,
              {{operand::pa_at, from.at}, {operand::pa_index, index}, {operand::pa_to, to}, {operand::pa_bits, bits}});
  }
}

void add_leaf(Draft& draft, Address to, uint64_t bits) {
  add_link(draft, {some_table(draft, 1), 1, draft.unit}, some_index(draft.random), to, bits);
}

void add_huge_leaf(Draft& draft, unsigned level, Address to, uint64_t bits) {
  add_link(draft, {some_table(draft, level), level, draft.unit}, some_index(draft.random), to, bits | 1 << 7);
}

void add_context(Draft& draft, const ContextValues& values) {
  const Address at = some_table(draft, model::kContextRole);
  const uint64_t devfn = some_devfn(draft.random);
  draft.add(Op::context, {{operand::co_at, at},
                          {operand::co_devfn, devfn},
                          {operand::co_table, values.table},
                          {operand::co_count, values.count},
                          {operand::co_width, values.width},
                          {operand::co_domain, values.domain},
                          {operand::co_type, values.type},
                          {operand::co_bits, values.bits},
                          {operand::co_high, values.high}});
  draft.devices.push_back({draft.unit, model::source_id(0, static_cast<unsigned>(devfn))});
}

ContextValues valid_context(Draft& draft) {
  const unsigned top = top_level(draft);
  ContextValues values{some_table(draft, top), top - 2};
  values.domain = draft.random.below(4) + (rules(draft).caching_mode ? 1 : 0);
  return values;
}

}  // namespace vtd::harness
