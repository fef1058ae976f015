// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that old memory, which devices may be writing, is read once and that reading it ends.
// That a copy is consistent although devices write meanwhile is checked by all other properties: they judge by memory
// as the engine read it last (harness/hostile_device.h). Sheet 9.3: work is bounded by distinct (page, role), not by
// paths.
#include "properties/groups.h"

namespace vtd::properties {

void judge_hostile(const Case& c) {
  const model::Observed& seen = *c.evidence.observed;
  if (seen.loads_watched) {
    c.check(Property::each_old_entry_is_fetched_once, seen.fetched_twice.times == 0,
            {Property::kCount, "an old entry was loaded twice", 0, kNoSource, 0, seen.fetched_twice.address, 1, 2, 0,
             seen.fetched_twice.event});
  }
  // Roots are read once a unit whether they can be kept or not. `auto` begins again as shallow when a deep copy turns
  // out not to fit, and then shows itself whether the tables that stay can be read.
  const bool may_begin_again = c.evidence.claims->asked == model::Strategy::automatic;
  const std::uint64_t once = (c.scratch.before.tables() + c.units()) * model::kPageBytes;
  const std::uint64_t most = may_begin_again ? 2 * once : once;
  // What was read before a device changed it cannot be counted any more.
  if (may_begin_again && !c.evidence.machine->device_writes.empty()) return;
  c.check(Property::work_is_bounded, c.scratch.old_bytes <= most,
          {Property::kCount, "a call read more old memory than the distinct (page, role) pairs hold", 0, kNoSource, 0,
           0, most, c.scratch.old_bytes, 0, 0});
}

}  // namespace vtd::properties
