// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks which domain-ids are reserved, given out and returned, from an independent scan of the context tables.
// Does not check that one id names one table (conflicts.cpp).
// S§6.2: paging-structure caches are tagged with the domain-id alone. S§11.4.2: ND. S§6.1: id 0 under caching mode.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Attached;
using model::DomainId;
using model::Verdict128;

constexpr std::uint8_t kNewDomain = 1;

bool has(const std::vector<std::uint64_t>& bitmap, unsigned id) {
  return id / 64 < bitmap.size() && (bitmap[id / 64] >> id % 64 & 1) != 0;
}
void set(std::vector<std::uint64_t>& bitmap, unsigned id) {
  if (id / 64 < bitmap.size()) bitmap[id / 64] |= std::uint64_t{1} << id % 64;
}

const std::vector<std::uint64_t>& told(const Case& c, unsigned unit) {
  return c.evidence.claims->units[unit].domain_ids;
}

// A present entry without reserved bits is used by hardware, or was until its quarantine: its id is taken.
bool carries_id(const ContextSeen& context) {
  return context.step.verdict != Verdict128::absent && context.step.verdict != Verdict128::reserved;
}

void judge_reserved(const Case& c, unsigned unit, const UnitSurvey& survey) {
  for (const ContextSeen& context : survey.contexts) {
    if (!carries_id(context)) continue;
    const DomainId id = domain_id(context.value);
    c.check(Property::legacy_ids_are_reserved, has(told(c, unit), id),
            {Property::kCount, "the id of a context entry may be given to a new domain",
             static_cast<std::uint8_t>(unit), context.source, 0, context.entry, id, 0, 0, 0});
  }
}

void judge_unit(const Case& c, unsigned unit) {
  const auto number = static_cast<std::uint8_t>(unit);
  const model::Rules& rules = c.rules(unit);
  c.check(Property::id_fits_the_unit, c.evidence.claims->units[unit].domain_id_count == rules.domain_id_count(),
          {Property::kCount, "the engine counts another number of ids than the unit has", number, kNoSource, 0, 0,
           rules.domain_id_count(), c.evidence.claims->units[unit].domain_id_count, 0, 0});
  if (!rules.caching_mode) return;
  c.check(Property::caching_mode_reserves_id_zero, has(told(c, unit), 0),
          {Property::kCount, "id 0 may be given to a new domain in caching mode", number, kNoSource, 0, 0, 1, 0, 0, 0});
}

// Does an entry of the old kernel that the crash kernel has not replaced still claim its id? A context table that
// several buses share has one entry for several devices, each of which comes and goes for itself.
bool still_claims(const Case& c, unsigned unit, const ContextSeen& context) {
  if (!carries_id(context)) return false;
  const std::vector<BusSeen>& buses = c.scratch.before.unit(unit).buses;
  return std::any_of(buses.begin(), buses.end(), [&](const BusSeen& bus) {
    if (bus.table != model::page_of(context.entry)) return false;
    const model::SourceId source = model::source_id(bus.number, model::devfn_of(context.source));
    const Attached* const here = find_attached(c.evidence.claims->attached, unit, source);
    return here != nullptr ? here->kind != kNewDomain : !c.scratch.visits.was_here(unit, source);
  });
}

void judge_new_id(const Case& c, const Attached& device) {
  bool collides = false;
  std::uint32_t with = kNoSource;
  for (const ContextSeen& context : c.scratch.after.unit(device.unit).contexts) {
    if (!carries_id(context) || domain_id(context.value) != device.domain_id) continue;
    const Attached* const other = find_attached(c.evidence.claims->attached, device.unit, context.source);
    if (other != nullptr && other->domain == device.domain) continue;
    collides = true;
    with = context.source;
  }
  for (const ContextSeen& context : c.scratch.before.unit(device.unit).contexts) {
    if (domain_id(context.value) != device.domain_id || !still_claims(c, device.unit, context)) continue;
    collides = true;
    with = context.source;
  }
  if (device.domain_id == 0 && c.rules(device.unit).caching_mode) collides = true;
  c.check(Property::new_ids_never_collide, !collides,
          {Property::kCount, "a new domain has an id that another context entry carries", device.unit, device.source, 0,
           with, 0, device.domain_id, 0, 0});
}

// Ids that come back: not the engine's own, not carried now, not claimed by what is left of the old kernel.
void judge_returned(const Case& c, unsigned unit) {
  const Visits& visits = c.scratch.visits;
  const bool left =
      std::any_of(visits.gone.begin(), visits.gone.end(), [unit](const Visits::Device& d) { return d.unit == unit; });
  // What a stuck unit may still remember is not given out again.
  if (!left || c.evidence.hardware->ignores(unit) != 0) return;
  std::vector<std::uint64_t>& may_stay = c.scratch.may_stay;
  may_stay.assign(visits.own_ids[unit].begin(), visits.own_ids[unit].end());
  may_stay.resize(told(c, unit).size());
  for (const ContextSeen& context : c.scratch.after.unit(unit).contexts) set(may_stay, domain_id(context.value));
  for (const ContextSeen& context : c.scratch.before.unit(unit).contexts) {
    if (still_claims(c, unit, context)) set(may_stay, domain_id(context.value));
  }
  for (std::size_t word = 0; word < may_stay.size(); ++word) {
    const std::uint64_t kept = told(c, unit)[word] & ~may_stay[word];
    c.check(Property::ids_return_after_the_last_user, kept == 0,
            {Property::kCount, "an id that no context entry carries stays reserved", static_cast<std::uint8_t>(unit),
             kNoSource, 0, 0, 0, word * 64 + static_cast<unsigned>(std::countr_zero(kept)), 0, 0});
  }
}

}  // namespace

void judge_domain_ids(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    judge_unit(c, unit);
    judge_reserved(c, unit, c.scratch.before.unit(unit));
  }
}

void remember_own_ids(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    std::vector<std::uint64_t>& own = c.scratch.visits.own_ids[unit];
    own.assign(told(c, unit).begin(), told(c, unit).end());
    for (const ContextSeen& context : c.scratch.before.unit(unit).contexts) {
      const DomainId id = domain_id(context.value);
      const bool always = id == 0 && c.rules(unit).caching_mode;
      if (carries_id(context) && !always && id / 64 < own.size()) own[id / 64] &= ~(std::uint64_t{1} << id % 64);
    }
  }
}

void judge_domain_ids_after_call(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    judge_unit(c, unit);
    judge_reserved(c, unit, c.scratch.after.unit(unit));
    judge_returned(c, unit);
  }
  for (const Attached& device : c.evidence.claims->attached) {
    c.check(Property::id_fits_the_unit, device.domain_id < c.rules(device.unit).domain_id_count(),
            {Property::kCount, "a domain has an id that the unit does not have", device.unit, device.source, 0, 0,
             c.rules(device.unit).domain_id_count() - 1, device.domain_id, 0, 0});
    if (device.kind == kNewDomain) judge_new_id(c, device);
  }
}

}  // namespace vtd::properties
