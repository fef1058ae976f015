// SPDX-License-Identifier: Apache-2.0 OR MIT
// Our paging tables: who leads to them, cloning before a change, giving them back, and which entries `map` made.
//
// A table with more than one parent is shared and never written. What map() made lies in tables with one parent on
// every level above: cloning the path comes first, and nothing makes a table shared again.
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

std::uint64_t parents_of(const Boot& boot, Word table);
inline bool is_shared(const Boot& boot, Word table) { return parents_of(boot, table) > 1; }
// One parent more; the caller has made room in facts.
void add_parent(Boot& boot, Word table);

// One parent less; the last one takes the table and all it leads to with it. Hardware must have forgotten it.
void release_table(Boot& boot, Word table, unsigned level);

// A private copy of a table for one of its parents, with a page and room that were set aside. It is written back, and
// translates as the original does, which loses that parent when hardware has forgotten the way: see let_go().
Word clone_table(Boot& boot, Word table, unsigned level);
// Facts that cloning adds: its children get one parent more each.
std::uint64_t facts_of_clone(const Boot& boot, Word table, unsigned level);

// A table that hardware may still remember, because it did not answer: kept until give_back_limbo() at the end. A
// shared one stays shared: its other parents may be of other units, and neither change nor free it.
void keep_in_limbo(Boot& boot, Word table, unsigned level);
void give_back_limbo(Boot& boot);
// release_table() when hardware has forgotten the way here (VTD_OK), keep_in_limbo() when it did not answer.
void let_go(Boot& boot, Word table, unsigned level, int forgotten);

// --- entries made by map ----------------------------------------------------------------------------------------
// nullptr when the table has none.
MadeEntries* made_entries(const Boot& boot, Word table);
// The caller has made room: one fact, and one element of Boot::made.
MadeEntries& note_made_entries(Boot& boot, Word table);

}  // namespace vtd::engine
