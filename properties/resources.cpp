// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that pages are accounted for, that failures give back what they took and leave hardware alone, and that a
// shared old table has one copy. Does not check the engine's own objects: they are pages like the others.
// engine/takeover.h: new memory comes from alloc; on failure every page has been given back.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

void same(const Case& c, Property property, std::uint64_t expected, std::uint64_t got, const char* what) {
  c.check(property, expected == got, {Property::kCount, what, 0, kNoSource, 0, 0, expected, got, 0, 0});
}

void nothing_freed_wrongly(const Case& c) {
  const model::Observed::Offence& bad = c.evidence.observed->bad_free;
  c.check(Property::frames_are_accounted, bad.times == 0,
          {Property::kCount, "something was given back that was never given, or twice", 0, kNoSource, 0, bad.address, 0,
           bad.times, 0, bad.event});
}

void judge_hardware_after_failed_commit(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    const auto number = static_cast<std::uint8_t>(unit);
    const bool was_on = (c.evidence.status_before[unit] >> 31 & 1) != 0;
    c.check(Property::failure_leaves_hardware_alone, !was_on || c.evidence.hardware->translating(unit),
            {Property::kCount, "translation is off after a failed commit", number, kNoSource, 0, 0, 1, 0, 0, 0});
    const std::uint64_t active = c.evidence.hardware->active_root(unit), old = c.evidence.before[unit].root;
    const bool complete =
        active == old || model::page_of(active) == model::page_of(c.evidence.claims->units[unit].root);
    c.check(Property::failure_leaves_hardware_alone, complete,
            {Property::kCount, "the root in use after a failed commit is neither the old one nor the new one", number,
             kNoSource, 0, active, old, active, 0, 0});
  }
}

}  // namespace

void judge_frames(const Case& c) {
  nothing_freed_wrongly(c);
  same(c, Property::frames_are_accounted, c.evidence.observed->pages_in_use, c.evidence.claims->pages_used,
       "the report counts other pages than are in use");
  const std::uint64_t tables = c.scratch.after.tables(), in_use = c.evidence.observed->pages_in_use;
  c.check(Property::frames_are_accounted, tables <= in_use,
          {Property::kCount, "hardware reaches more tables than there are pages in use", 0, kNoSource, 0, 0, in_use,
           tables, 0, 0});
}

void judge_frames_after_shutdown(const Case& c) {
  nothing_freed_wrongly(c);
  same(c, Property::frames_are_accounted, 0, c.evidence.observed->pages_in_use, "pages are missing after shutdown");
  same(c, Property::frames_are_accounted, 0, c.evidence.observed->old_mapped,
       "old memory is still mapped after shutdown");
}

void judge_failure(const Case& c) {
  const model::Observed& seen = *c.evidence.observed;
  if (seen.register_writes_this_call == 0) {
    same(c, Property::failure_frees_everything, seen.pages_in_use_at_call, seen.pages_in_use,
         "a refused call kept pages");
    same(c, Property::failure_frees_everything, 0, seen.old_mapped, "a refused call kept old memory mapped");
  }
  const auto& units = c.evidence.claims->units;
  const bool copied = std::any_of(units.begin(), units.end(), [](const model::UnitClaims& u) { return u.root != 0; });
  if (!copied) {
    same(c, Property::failure_leaves_hardware_alone, 0, seen.register_writes_this_call,
         "boot or copy wrote a register");
  } else {
    judge_hardware_after_failed_commit(c);
  }
}

void judge_sharing(const Case& c) {
  const Survey& before = c.scratch.before;
  const Survey& after = c.scratch.after;
  const model::Claims& claims = *c.evidence.claims;
  const auto rule = [&](std::uint64_t expected, std::uint64_t made, std::uint64_t told) {
    same(c, Property::sharing_is_kept, expected, made,
         "another number of new tables than of distinct old (page, role)");
    same(c, Property::sharing_is_kept, expected, told, "the report counts another number of tables than there are");
  };
  rule(before.root_tables(), after.root_tables(), claims.root_tables);
  rule(before.context_tables(), after.context_tables(), claims.context_tables);
  if (!c.deep()) return;
  for (unsigned level = 1; level <= 5; ++level)
    rule(before.paging_tables(level), after.paging_tables(level), claims.paging_tables[level]);
}

}  // namespace vtd::properties
