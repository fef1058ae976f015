// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks the second takeover against the first old tables, and which reserved regions were reported.
// Does not compare a second copy with the first tables once devices came in between: then they differ on purpose.
// S§6.6; S§8.4: a reserved region is identity-mapped, readable and writable.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Claim;
using model::ClaimKind;
using model::ReservedRegion;

class Unequal final : public Differences {
 public:
  Unequal(const Case& judged, unsigned unit) : case_(judged), unit_(unit) {}
  bool found(const Difference& d) override {
    case_.judge.broke({Property::copy_of_a_copy_is_equal, "the copy of the copy answers differently",
                       static_cast<std::uint8_t>(unit_), d.source, d.first, d.entry, d.before, d.after, 0, 0});
    return false;
  }

 private:
  const Case& case_;
  unsigned unit_;
};

enum class Mapping { identity, other, open };

// Hardware may walk through tables that the crash kernel cannot read, under shallow: then it cannot know.
bool met_unknown_table(const model::Outcome& outcome, const Places& places) {
  return std::any_of(outcome.path, outcome.path + outcome.depth, [&](const model::Outcome::Visited& met) {
    const model::Address page = model::page_of(met.entry);
    return !places.in_crash(page) && !places.can_be_copied(page);
  });
}

// A superpage, or pass-through, is one step. `open`: the specification does not say what such a request gives, or the
// crash kernel cannot know.
Mapping mapping_at(model::Address at, const ReservedRegion& region, const model::Hierarchy& tables,
                   const Places& places, model::Address& last) {
  model::Request request;
  request.source = region.source;
  request.iova = at;
  const model::Outcome outcome = walk(tables, request);
  if (outcome.kind == model::OutcomeKind::undefined || met_unknown_table(outcome, places)) return Mapping::open;
  if (outcome.kind != model::OutcomeKind::translated || outcome.address != at || outcome.permissions != 3)
    return Mapping::other;
  const unsigned bits = outcome.page_shift != 0 ? outcome.page_shift : tables.rules->host_address_width;
  last = at | ((model::Address{1} << bits) - 1);
  return Mapping::identity;
}

// A page may be larger than what the unit lets in (MGAW), so the end of the region is asked for, too.
Mapping mapping_of(const ReservedRegion& region, const model::Hierarchy& tables, const Places& places) {
  model::Address last = 0;
  for (model::Address at = model::page_of(region.first);; at = last + 1) {
    const Mapping mapping = mapping_at(at, region, tables, places, last);
    if (mapping != Mapping::identity) return mapping;
    if (last >= region.last) return mapping_at(region.last, region, tables, places, last);
  }
}

bool in_interrupt_range(const ReservedRegion& region) {
  return region.first <= model::kInterruptLast && region.last >= model::kInterruptFirst;
}

bool names(const Claim& claim, const ReservedRegion& region) {
  return claim.kind == ClaimKind::reserved_unmapped && claim.reason == model::Reason::region_unmapped &&
         claim.unit == region.unit && claim.source == region.source && claim.value == region.first;
}

}  // namespace

void judge_reserved_regions(const Case& c) {
  const std::span<const model::Hierarchy> now = c.active(model::View::cpu);
  const std::vector<Claim>& findings = c.evidence.claims->findings;
  const std::vector<ReservedRegion>& regions = c.evidence.machine->reserved;
  for (const ReservedRegion& region : regions) {
    if (region.unit >= c.units() || in_interrupt_range(region)) continue;
    const Mapping mapping = mapping_of(region, now[region.unit], c.scratch.places);
    if (mapping == Mapping::open) continue;
    // Two regions may begin at one address; one of them unmapped is reason enough for a report.
    const bool told =
        std::any_of(findings.begin(), findings.end(), [&](const Claim& claim) { return names(claim, region); });
    const bool other = std::any_of(regions.begin(), regions.end(), [&](const ReservedRegion& r) {
      return &r != &region && r.unit == region.unit && r.source == region.source && r.first == region.first;
    });
    const bool due = mapping == Mapping::other;
    c.check(Property::reserved_regions_are_reported, told == due || (told && other),
            {Property::kCount,
             due ? "a reserved region without identity mapping is not reported"
                 : "a reserved region is reported that is identity-mapped",
             region.unit, region.source, region.first, 0, due, told, 0, 0});
  }
  for (const Claim& claim : findings) {
    if (claim.kind != ClaimKind::reserved_unmapped) continue;
    const bool known =
        std::any_of(regions.begin(), regions.end(), [&](const ReservedRegion& r) { return names(claim, r); });
    c.check(Property::reserved_regions_are_reported, known,
            {Property::kCount, "a reserved region is reported that firmware did not name", claim.unit, claim.source,
             claim.value, 0, 0, claim.value, 0, 0});
  }
}

// What either crash kernel had to quarantine may be gone, whoever reported it: each takeover was judged for itself.
void judge_second_copy(const Case& c, std::span<const model::Hierarchy> first) {
  if (c.scratch.changed || c.evidence.generation == 0) return;
  // Under shallow page tables stay where they are, those that no crash kernel can read included: nobody can compare
  // these.
  const std::vector<model::Address>& unreadable = c.evidence.machine->unreadable;
  if (!c.deep() && !unreadable.empty()) return;
  // Nor can what the first one built in pages that the second one cannot read.
  const model::Memory& memory = c.evidence.machine->memory;
  const unsigned first_kernel = c.evidence.generation - 1;
  const auto hidden = [&](model::Address page) { return memory.is_touched(model::page_of(page), first_kernel); };
  if (std::any_of(unreadable.begin(), unreadable.end(), hidden)) return;
  c.scratch.places.leave_out(memory.crash(first_kernel));
  c.scratch.quarantines.allow_all();
  const std::span<const model::Hierarchy> now = c.active(model::View::cpu);
  const std::size_t units = std::min(first.size(), now.size());
  for (unsigned unit = 0; unit < units && c.judge.held(); ++unit) {
    c.judge.evaluated(Property::copy_of_a_copy_is_equal);
    c.scratch.equivalence.begin({&first[unit], &now[unit], unit, /*verbatim:*/ false}, c.scratch.places,
                                c.scratch.quarantines);
    Unequal unequal(c, unit);
    c.scratch.equivalence.hierarchies(unequal);
  }
}

}  // namespace vtd::properties
