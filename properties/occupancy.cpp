// SPDX-License-Identifier: Apache-2.0 OR MIT
// A table is empty, full, or mixed; decided once for each (page, level).
#include "properties/occupancy.h"

#include <algorithm>

#include "properties/scan.h"

namespace vtd::properties {

using model::Address;
using model::Iova;
using model::PagingVerdict;

void Occupancy::begin(const model::Hierarchy& tables, const Places& places) {
  tables_ = &tables;
  places_ = &places;
  states_.clear();
}

bool Occupancy::all(const model::ContextStep& domain, Iova first, Iova last, State wanted) {
  if (domain.verdict != model::Verdict128::follow) return wanted == kEmpty;
  const unsigned bits = tables_->rules->input_bits(domain.levels);
  const Iova most = bits >= 64 ? ~Iova{0} : (Iova{1} << bits) - 1;
  if (first > most) return wanted == kEmpty;
  if (last > most && wanted == kFull) return false;
  return may_be_at(domain.next) ? all_in(domain.next, domain.levels, 3, first, std::min(last, most), wanted)
                                : wanted == kEmpty;
}

// Old tables end where crash memory begins, for the crash kernel has overwritten what was there.
bool Occupancy::may_be_at(Address table) const {
  const bool is_new = tables_->old_for_generation >= model::Memory::kGenerations;
  return (is_new && places_->in_crash(table)) || places_->can_be_copied(table);
}

// A link is followed where a table of the old or the new kernel may be.
bool Occupancy::followed(std::uint64_t entry, unsigned level, Address& next) const {
  if (read_paging(*tables_->rules, entry, level) != PagingVerdict::link) return false;
  next = entry & tables_->rules->address_mask;
  return may_be_at(next);
}

// first and last are offsets into what the table maps.
bool Occupancy::all_in(Address page, unsigned level, std::uint64_t permissions, Iova first, Iova last, State wanted) {
  const unsigned shift = model::shift_of(level);
  const Iova span = Iova{1} << shift;
  const std::uint64_t* entries = tables_->machine->memory.page(page, tables_->view);
  const auto begin = static_cast<unsigned>(first >> shift), end = static_cast<unsigned>(last >> shift) + 1;
  bool all = true;
  const auto look = [&](unsigned index) {
    const Iova base = Iova{index} << shift;
    const Iova from = std::max(first, base) - base, to = std::min(last, base + (span - 1)) - base;
    Address next = 0;
    const bool whole = (from == 0 && to == span - 1) || !followed(entries[index], level, next);
    all = whole ? state_of_entry(entries[index], level, permissions) == wanted
                : all_in(next, level - 1, permissions & entries[index], from, to, wanted);
    return all;
  };
  if (wanted == kEmpty) {
    each_present(entries, end, [&](unsigned index) { return index < begin || look(index); });  // the others are empty
  } else {
    for (unsigned index = begin; index < end && look(index);) ++index;
  }
  return all;
}

Occupancy::State Occupancy::state_of_entry(std::uint64_t entry, unsigned level, std::uint64_t permissions) {
  if ((permissions & entry & 3) == 0) return kEmpty;
  Address next = 0;
  if (followed(entry, level, next)) return state_of(next, level - 1, permissions & entry & 3);
  return read_paging(*tables_->rules, entry, level) == PagingVerdict::leaf ? kFull : kEmpty;
}

Occupancy::State Occupancy::state_of(Address page, unsigned level, std::uint64_t permissions) {
  const std::uint64_t key = page | level | permissions << 3;
  if (const std::uint8_t known = states_.find(key); known != 0) return static_cast<State>(known);
  const std::uint64_t* entries = tables_->machine->memory.page(page, tables_->view);
  unsigned found = 0, present = 0;
  each_present(entries, model::kEntriesPerPage, [&](unsigned index) {
    ++present;
    found |= state_of_entry(entries[index], level, permissions);
    return found != kMixed;
  });
  if (present < model::kEntriesPerPage && found != kMixed) found |= kEmpty;
  states_.put(key, 0, static_cast<std::uint8_t>(found));
  return static_cast<State>(found);
}

}  // namespace vtd::properties
