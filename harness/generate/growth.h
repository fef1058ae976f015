// SPDX-License-Identifier: Apache-2.0 OR MIT
// Tables where a drawing needs them: one of the wanted role that exists, or a new one with everything above it.
#pragma once

#include "harness/generate/draft.h"

namespace vtd::harness {

// The largest level of a table that the unit drawn for can begin a walk with, 3 to 5.
unsigned top_level(const Draft&);
// A table of this role (7 root, 6 context, 5 to 1; levels above the unit's are the highest it has), reachable.
model::Address some_table(Draft&, unsigned role);
model::Address new_table(Draft&, unsigned role);
// Any table of any role.
const DraftTable& any_table(Draft&);

// One entry of a table, by the role of the table.
void add_link(Draft&, const DraftTable& from, uint64_t index, model::Address to, uint64_t bits = 3);
// A level-1 entry, somewhere below a context.
void add_leaf(Draft&, model::Address to, uint64_t bits = 3);
// A leaf of level 2 or 3; only where the unit has the size does it map anything.
void add_huge_leaf(Draft&, unsigned level, model::Address to, uint64_t bits = 3);

struct ContextValues {
  model::Address table;
  uint64_t width = 2;  // AW code
  uint64_t domain = 1;
  uint64_t type = 0;
  uint64_t bits = 1;  // P, FPD, and what is reserved
  uint64_t high = 0;
  uint64_t count = 1;
};
// A context entry in some context table. The one `beside` another entry is in the same table.
void add_context(Draft&, const ContextValues&);
// A width code of the unit, and a table that its walks may begin with.
ContextValues valid_context(Draft&);

// Indexes and functions that often meet.
uint64_t some_index(RandomSource&);
uint64_t some_devfn(RandomSource&);

}  // namespace vtd::harness
