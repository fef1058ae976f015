// SPDX-License-Identifier: Apache-2.0 OR MIT
// Keys of Boot::facts and of indexes. Each kind has a number in the top bits; no key is zero.
#pragma once

#include "engine/layout.h"

namespace vtd::engine::key {

inline constexpr unsigned kKindShift = 60;
constexpr Word of(Word kind, Word rest) { return kind << kKindShift | rest; }
constexpr Word frame(Word page) { return page >> kPageShift; }

// The copy of an old page in a role. Root and context tables have one for each unit; page tables one for all.
constexpr Word copy(Word old_page, unsigned role, unsigned unit) {
  return of(1, Word{unit} << 48 | Word{role} << 44 | frame(old_page));
}
// So many neighbouring pages, in an index of their own.
constexpr Word block(Word number) { return of(1, number); }
// How many entries lead to a table, when more than one does; the upper half counts those that only hardware remembers.
constexpr Word parents(Word page) { return of(2, frame(page)); }
// MadeEntries of a table: index plus one.
constexpr Word made(Word page) { return of(3, frame(page)); }
// Domains that use an id of a unit: all of them, and in the upper half those with old tables.
constexpr Word id(unsigned unit, Word domain_id) { return of(4, Word{unit} << 16 | domain_id); }
// The domain of an attached device: handle, and above it these.
constexpr Word device(unsigned unit, Word source) { return of(5, Word{unit} << 16 | source); }
inline constexpr Word kHandedOver = Word{1} << 32;
inline constexpr Word kGone = Word{1} << 33;  // unplugged, though for want of memory it is attached still
// The domain that a quarantined context entry of the old tables carried, for all buses that lead to it: handle.
constexpr Word quarantined(unsigned unit, Word old_entry) { return of(6, Word{unit} << 48 | old_entry >> 4); }
// A device that has left such a domain; the other buses have not.
constexpr Word left(unsigned unit, Word source) { return of(5, Word{1} << 32 | Word{unit} << 16 | source); }
// The old page of a copied context table.
constexpr Word origin(Word context_table) { return of(7, frame(context_table)); }
// A domain by what its context entries say: handle.
constexpr Word domain(unsigned unit, Word domain_id, Word width, Word table) {
  return Word{1} << 63 | Word{unit} << 58 | domain_id << 42 | (width & 3) << 40 | frame(table);
}
// Stand for a table where there is none; no table lies at the end of 52 address bits.
inline constexpr Word kNoTableIdentity = bits(51, 12), kNoTableInvalid = bits(51, 13);

}  // namespace vtd::engine::key
