// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks where the new tables lie and where their links lead, and which memory the engine read and wrote.
// Does not check that a page of the reservation is allocated (the hardware's rules see a freed one, resources.cpp
// counts), nor what leaves map: those are translations. Under shallow, old page tables are not looked into.
// engine/takeover.h: memory belongs to the host; engine/README.md: what becomes of a link.
#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Observed;

void judge_stray(const Case& c, const Stray& stray) {
  const bool context_table = stray.role == model::kRootRole;
  const bool stays = stray.role == model::kContextRole && !c.deep();
  if (stays && c.scratch.places.can_be_copied(stray.target)) return;
  const Property property = context_table || stays ? Property::every_new_table_lies_in_crash_memory
                                                   : Property::no_copied_pointer_leads_to_old_tables;
  const char* const what = context_table ? "a context table lies outside the crash reservation"
                           : stays       ? "a page table lies neither in crash memory nor in readable old RAM"
                                         : "a link of the copy leads out of the crash reservation";
  c.judge.broke({property, what, static_cast<std::uint8_t>(stray.unit), stray.source, 0, stray.entry,
                 c.scratch.places.in_crash(stray.target), stray.target, 0, 0});
}

void offence(const Case& c, Property property, const Observed::Offence& seen, const char* what) {
  c.check(property, seen.times == 0,
          {Property::kCount, what, 0, kNoSource, 0, seen.address, 0, seen.times, 0, seen.event});
}

}  // namespace

// Of the root tables the engine's own word counts: whether hardware uses them is the switch's affair.
void judge_bounds(const Case& c) {
  const Survey& after = c.scratch.after;
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    const std::uint64_t named = c.evidence.claims->units[unit].root;
    c.check(Property::every_new_table_lies_in_crash_memory, c.scratch.places.in_crash(model::page_of(named)),
            {Property::kCount, "the root table lies outside the crash reservation", static_cast<std::uint8_t>(unit),
             kNoSource, 0, model::page_of(named), c.evidence.machine->memory.crash(c.evidence.generation).first, named,
             0, 0});
  }
  std::uint64_t page_tables = 0;
  for (unsigned level = 1; level <= 5; ++level) page_tables += after.paging_tables(level);
  if (page_tables != 0 || after.stray_count() != 0) c.judge.evaluated(Property::no_copied_pointer_leads_to_old_tables);
  for (const Stray& stray : after.strays()) judge_stray(c, stray);
}

void judge_accesses(const Case& c) {
  const Observed& seen = *c.evidence.observed;
  offence(c, Property::only_old_ram_is_read, seen.not_old_ram, "something that is not old RAM was asked for");
  offence(c, Property::old_memory_is_untouched, seen.old_changed, "a page of old memory changed");
  if (seen.loads_watched)
    offence(c, Property::only_old_ram_is_read, seen.wild_load, "old memory was read without being mapped");
  offence(c, Property::nothing_else_is_written, seen.wild_flush, "a write-back leaves the page it begins in");
  if (!seen.stores_watched) return;
  const bool in_reservation = c.scratch.places.in_crash(seen.wild_store.address);
  const Observed::Offence none;
  offence(c, Property::nothing_else_is_written, in_reservation ? seen.wild_store : none,
          "a page of the reservation that was not given was written");
  offence(c, Property::old_memory_is_untouched, in_reservation ? none : seen.wild_store, "old memory was written");
}

}  // namespace vtd::properties
