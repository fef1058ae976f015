// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that one domain-id names one second-stage table and one width on its unit, and that what the old kernel did
// against this is reported, and nothing else is.
// Does not count how often a conflict is reported.
// S§6.2: a walk may go on from any cached entry with its domain-id, whoever filled it.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Claim;
using model::ClaimKind;
using model::DomainId;
using model::Reason;
using Use = Scratch::Use;

struct Conflict {
  DomainId id;
  bool tables, widths;
};

// Calls f with every id of the survey that has more than one table or width.
template <class F>
void each_conflict(const Case& c, const UnitSurvey& survey, bool legacy, F&& f) {
  std::vector<Use>& uses = c.scratch.uses;
  uses.clear();
  for (const ContextSeen& context : survey.contexts) {
    const bool walked = context.step.verdict == model::Verdict128::follow && (!legacy || context.followed);
    if (walked)
      uses.push_back(
          {domain_id(context.value), static_cast<std::uint8_t>(width_code(context.value)), context.step.next});
  }
  std::sort(uses.begin(), uses.end());
  for (auto first = uses.begin(); first != uses.end();) {
    const auto last = std::find_if(first, uses.end(), [&](const Use& use) { return use.id != first->id; });
    const auto tables = std::any_of(first, last, [&](const Use& use) { return use.table != first->table; });
    const auto widths = std::any_of(first, last, [&](const Use& use) { return use.width != first->width; });
    f(Conflict{first->id, tables, widths});
    first = last;
  }
}

bool reported(const Case& c, unsigned unit, DomainId id, Reason reason) {
  const auto& findings = c.evidence.claims->findings;
  return std::any_of(findings.begin(), findings.end(), [&](const Claim& claim) {
    return claim.kind == ClaimKind::conflict && claim.unit == unit && claim.domain_id == id && claim.reason == reason;
  });
}

Failure failure(const char* what, unsigned unit, std::uint64_t id) {
  return {Property::kCount, what, static_cast<std::uint8_t>(unit), kNoSource, 0, 0, 0, id, 0, 0};
}

bool uses_id_zero(const UnitSurvey& survey) {
  return std::any_of(survey.contexts.begin(), survey.contexts.end(), [](const ContextSeen& context) {
    return context.step.verdict != model::Verdict128::reserved && domain_id(context.value) == 0;
  });
}

bool names_an_entry(const Case& c, const Claim& claim, const UnitSurvey& survey) {
  return c.names_its_entry(claim) && std::any_of(survey.contexts.begin(), survey.contexts.end(), [&](const auto& seen) {
           return seen.entry == claim.entry && seen.value.low == claim.value &&
                  domain_id(seen.value) == claim.domain_id;
         });
}

bool has_cause(const Case& c, const Claim& claim) {
  if (claim.unit >= c.units()) return false;
  const UnitSurvey& survey = c.scratch.before.unit(claim.unit);
  if (!names_an_entry(c, claim, survey)) return false;
  if (claim.reason == Reason::id_reserved)
    return claim.domain_id == 0 && c.rules(claim.unit).caching_mode && uses_id_zero(survey);
  bool found = false;
  each_conflict(c, survey, /*legacy:*/ true, [&](const Conflict& conflict) {
    if (conflict.id != claim.domain_id) return;
    found = (claim.reason == Reason::id_two_tables && conflict.tables) ||
            (claim.reason == Reason::id_two_widths && conflict.widths);
  });
  return found;
}

}  // namespace

void judge_conflicts(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    const UnitSurvey& survey = c.scratch.before.unit(unit);
    each_conflict(c, survey, /*legacy:*/ true, [&](const Conflict& conflict) {
      c.check(Property::one_id_one_table, !conflict.tables || reported(c, unit, conflict.id, Reason::id_two_tables),
              failure("an id with two tables is not reported", unit, conflict.id));
      c.check(Property::one_id_one_table,
              !conflict.widths || conflict.tables || reported(c, unit, conflict.id, Reason::id_two_widths),
              failure("an id with two widths is not reported", unit, conflict.id));
    });
    const bool walked_zero =
        std::any_of(survey.contexts.begin(), survey.contexts.end(),
                    [](const ContextSeen& context) { return context.followed && domain_id(context.value) == 0; });
    if (!c.rules(unit).caching_mode || !walked_zero) continue;
    c.check(Property::caching_mode_reserves_id_zero, reported(c, unit, 0, Reason::id_reserved),
            failure("the use of id 0 in caching mode is not reported", unit, 0));
  }
  for (const Claim& claim : c.evidence.claims->findings) {
    if (claim.kind != ClaimKind::conflict) continue;
    const Property property =
        claim.reason == Reason::id_reserved ? Property::caching_mode_reserves_id_zero : Property::one_id_one_table;
    c.check(property, has_cause(c, claim),
            failure("a conflict is reported that is none, or with another entry", claim.unit, claim.domain_id));
  }
}

void judge_new_conflicts(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    each_conflict(c, c.scratch.after.unit(unit), /*legacy:*/ false, [&](const Conflict& conflict) {
      const bool known = reported(c, unit, conflict.id, Reason::id_two_tables) ||
                         reported(c, unit, conflict.id, Reason::id_two_widths);
      c.check(Property::one_id_one_table, known || (!conflict.tables && !conflict.widths),
              failure("an id has come to name two tables or widths", unit, conflict.id));
    });
  }
}

}  // namespace vtd::properties
