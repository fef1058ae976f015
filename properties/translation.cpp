// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that the new hierarchies answer every request as the old ones did, bit for bit right after the copy, in the
// CPU's view and in that of units that do not snoop; and that what was quarantined had to be.
// Does not check what caches answer meanwhile (switch.cpp), nor what map and attach change later (adoption.cpp).
// S§6.6: the hierarchy set by SRTP must give identical remapping results.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

Property property_of(What what) {
  switch (what) {
    case What::lost:
    case What::changed:
      return Property::translations_are_preserved;
    case What::gained:
      return Property::blocked_stays_blocked;
    case What::reason:
      return Property::fault_reason_is_kept;
    case What::bits:
      break;
  }
  return Property::ignored_and_fpd_bits_survive;
}

const char* text_of(What what) {
  switch (what) {
    case What::lost:
      return "the old tables translate here, the new ones do not";
    case What::changed:
      return "old and new tables lead to different addresses, or with another snoop bit";
    case What::gained:
      return "the old tables block here, the new ones reach memory";
    case What::reason:
      return "both block here, but for another reason, or recorded differently";
    case What::bits:
      break;
  }
  return "the entry is not a verbatim copy";
}

// One difference is enough, unless it is excused.
class FirstDifference final : public Differences {
 public:
  FirstDifference(const Case& judged, unsigned unit, bool device_view)
      : case_(judged), unit_(unit), device_view_(device_view) {}

  bool found(const Difference& d) override {
    const Property property = device_view_ ? Property::device_view_translates_too : property_of(d.what);
    case_.judge.broke({property, text_of(d.what), static_cast<std::uint8_t>(unit_), d.source, d.first, d.entry,
                       d.before, d.after, 0, 0});
    return case_.judge.held();  // what is excused hides nothing else
  }

 private:
  const Case& case_;
  unsigned unit_;
  bool device_view_;
};

void compare(const Case& c, unsigned unit, const model::Hierarchy& now, bool verbatim, bool device_view) {
  c.scratch.equivalence.begin({&c.evidence.before[unit], &now, unit, verbatim}, c.scratch.places,
                              c.scratch.quarantines);
  FirstDifference first(c, unit, device_view);
  c.scratch.equivalence.hierarchies(first);
}

bool is_link(const Case& c, const model::Claim& claim, const std::uint64_t* words, model::Address& target) {
  const model::Rules& rules = c.rules(claim.unit);
  const std::size_t index = claim.entry % model::kPageBytes / 8;
  if (claim.role == model::kRootRole || claim.role == model::kContextRole) {
    if (index % 2 != 0) return false;
    const model::Entry128 entry = model::entry128(words, static_cast<unsigned>(index / 2));
    if (claim.role == model::kRootRole) {
      const model::RootStep step = read_root(rules, entry);
      target = step.next;
      return step.verdict == model::Verdict128::follow;
    }
    const model::ContextStep step = read_context(rules, entry);
    target = step.next;
    return step.verdict == model::Verdict128::follow;
  }
  target = words[index] & rules.address_mask;
  return read_paging(rules, words[index], claim.role) == model::PagingVerdict::link;
}

Case::Found named_context(const Case& c, const model::Claim& claim) {
  return Case::context(c.evidence.before[claim.unit], static_cast<model::SourceId>(claim.source));
}

// Is it a device whose requests come by the entry? Of a paging entry only that the device has tables is looked at.
bool concerns(const Case& c, const model::Claim& claim) {
  if (claim.role == model::kContextRole) return c.names_its_entry(claim);
  if (claim.source > 0xffff) return false;
  if (claim.role == model::kRootRole)
    return claim.entry % model::kPageBytes / sizeof(model::Entry128) ==
           model::bus_of(static_cast<model::SourceId>(claim.source));
  const model::ContextStep step = read_context(c.rules(claim.unit), named_context(c, claim).value);
  return step.verdict == model::Verdict128::follow && step.levels >= claim.role;
}

const char* without_cause(const Case& c, const model::Claim& claim) {
  const Places& places = c.scratch.places;
  if (claim.unit >= c.units() || claim.role == 0 || claim.role > model::kRootRole || claim.entry % 8 != 0)
    return "no entry is named";
  const model::Address page = model::page_of(claim.entry);
  if (!c.scratch.before.is_table(page, claim.role, claim.unit))
    return "the entry named is in no old table of that role";
  const std::uint64_t* words = c.old_page(claim.unit, page);
  model::Address target = 0;
  if (claim.value != words[claim.entry % model::kPageBytes / 8]) return "the value told is not the old entry";
  if (!is_link(c, claim, words, target)) return "the entry named does not lead to a table";
  if (places.can_be_copied(target)) return "the entry named leads to readable old RAM";
  if (places.why_not(target) != claim.reason) return "another reason is the true one";
  if (!concerns(c, claim)) return "the device named does not come by the entry";
  const std::uint64_t id = claim.role == model::kContextRole ? domain_id(named_context(c, claim).value) : 0;
  return claim.domain_id == id ? nullptr : "another domain-id is told than the entry has";
}

}  // namespace

void judge_translation(const Case& c, std::span<const model::Hierarchy> now, bool verbatim) {
  for (unsigned unit = 0; unit < c.units() && c.judge.held(); ++unit) {
    const UnitSurvey& old = c.scratch.before.unit(unit);
    if (!old.root_found) continue;
    const auto translates = [](const ContextSeen& s) { return s.step.verdict >= model::Verdict128::follow; };
    c.judge.evaluated(Property::translations_are_preserved,
                      static_cast<std::uint64_t>(std::count_if(old.contexts.begin(), old.contexts.end(), translates)));
    c.judge.evaluated(Property::blocked_stays_blocked);
    c.judge.evaluated(Property::fault_reason_is_kept);
    if (verbatim) c.judge.evaluated(Property::ignored_and_fpd_bits_survive);
    compare(c, unit, now[unit], verbatim, /*device_view:*/ false);
  }
}

void judge_device_view(const Case& c) {
  if (!c.evidence.machine->memory.two_views()) return;
  const std::span<const model::Hierarchy> now = c.active(model::View::device);
  for (unsigned unit = 0; unit < c.units() && c.judge.held(); ++unit) {
    if (c.rules(unit).coherent || !c.scratch.before.unit(unit).root_found) continue;
    c.judge.evaluated(Property::device_view_translates_too);
    compare(c, unit, now[unit], /*verbatim:*/ false, /*device_view:*/ true);
  }
}

void judge_quarantines(const Case& c) {
  for (const model::Claim& claim : c.evidence.claims->findings) {
    if (claim.kind != model::ClaimKind::quarantined) continue;
    const char* const what = without_cause(c, claim);
    c.check(Property::quarantine_has_a_cause, what == nullptr,
            {Property::kCount, what, claim.unit, claim.source, 0, claim.entry, 0, claim.value, 0, 0});
  }
}

}  // namespace vtd::properties
