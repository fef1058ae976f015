// SPDX-License-Identifier: Apache-2.0 OR MIT
// Moves on the hierarchy: trees become DAGs and cycles, pages get second roles.
#include <algorithm>

#include "harness/generate/growth.h"
#include "harness/mutate/moves.h"

namespace vtd::harness::move {
namespace {

constexpr uint64_t kReadWrite = 3;

// A table whose entries are links: of a role above 1.
DraftTable linking_table(Draft& d) {
  const unsigned role = 2 + static_cast<unsigned>(d.random.below(top_level(d) + 1));  // 2 to top, and one more
  const unsigned wanted = role > top_level(d) ? model::kContextRole + static_cast<unsigned>(d.random.below(2)) : role;
  return {some_table(d, wanted), wanted, d.unit};
}

uint64_t index_in(Draft& d, unsigned role) {
  if (role == model::kRootRole) return d.random.below(4);
  return role == model::kContextRole ? some_devfn(d.random) : some_index(d.random);
}

unsigned role_below(const Draft& d, unsigned role) {
  return role == model::kRootRole ? model::kContextRole : role == model::kContextRole ? top_level(d) : role - 1;
}

}  // namespace

bool grow(Draft& d, Other) {
  const unsigned role = 1 + static_cast<unsigned>(d.random.below(model::kContextRole));
  const model::Address at = new_table(d, role);
  if (role == 1) add_link(d, {at, 1, d.unit}, some_index(d.random), d.random.below(0x40000) << 12);
  return true;
}

bool share(Draft& d, Other) {
  const DraftTable parent = linking_table(d);
  add_link(d, parent, index_in(d, parent.role), some_table(d, role_below(d, parent.role)));
  return true;
}

// Tables are parsed by role, so a cycle ends at level 1 (sheet N20, N21).
bool cycle(Draft& d, Other) {
  const unsigned top = top_level(d);
  const unsigned low = 2 + static_cast<unsigned>(d.random.below(top - 1));
  const unsigned high = low + static_cast<unsigned>(d.random.below(top - low + 1));
  const model::Address above = some_table(d, high);
  add_link(d, {some_table(d, low), low, d.unit}, some_index(d.random), above);
  return true;
}

bool second_role(Draft& d, Other) {
  const DraftTable page = any_table(d);
  DraftTable parent = linking_table(d);
  // The role below that of the page is another one, whatever the page is: 1 has no links, so its page goes below 3.
  if (page.role == role_below(d, parent.role)) {
    const unsigned role = page.role >= 2 && page.role <= top_level(d) ? page.role : 3;
    parent = {some_table(d, role), role, d.unit};
  }
  add_link(d, parent, index_in(d, parent.role), page.at);
  return true;
}

// What it maps may be tables, crash memory or registers: legal, and dangerous.
bool leaf(Draft& d, Other) {
  const model::Address to = d.random.one_in(3)
                                ? any_table(d).at
                                : d.random.pick({0x2000000, 0x30000000, 0x300ff000, 0xfed90000, 0xfee00000, 0x13ffff000,
                                                 d.random.below(0x40000) << 12});
  const uint64_t bits = d.random.one_in(4) ? 1 + d.random.below(3) : kReadWrite;
  const model::Rules& rules = d.units[d.unit].rules;
  const bool huge_2m = rules.huge_2m && d.random.one_in(4), huge_1g = rules.huge_1g && d.random.one_in(6);
  if (huge_1g) {
    add_huge_leaf(d, 3, to & ~uint64_t{0x3fffffff}, bits);
  } else if (huge_2m) {
    add_huge_leaf(d, 2, to & ~uint64_t{0x1fffff}, bits);
  } else {
    add_leaf(d, to, bits);
  }
  return true;
}

bool legal(Draft& d, Other) { return draw_legal(d), true; }
bool malform(Draft& d, Other) { return draw_malformed(d), true; }

}  // namespace vtd::harness::move
