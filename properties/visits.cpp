// SPDX-License-Identifier: Apache-2.0 OR MIT
// Who came, who went, and what became of the legacy mappings of each adopted domain.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {

using model::Attached;
using model::Given;

namespace {

constexpr std::uint8_t kAdopted = 0;

bool has_domain(const std::vector<Attached>& devices, std::uint32_t domain) {
  return std::any_of(devices.begin(), devices.end(), [domain](const Attached& a) { return a.domain == domain; });
}

Visits::Legacy domain_of(const Case& c, const Attached& device) {
  const Case::Found old = Case::context(c.evidence.before[device.unit], device.source);
  return legacy_of(device.unit, old.value, read_context(c.rules(device.unit), old.value));
}

// Every source-id whose old context entry carries the domain, and that has not been detached: one that is not handed
// over keeps the legacy mappings alive.
bool all_handed_over(const Case& c, const Visits::Legacy& domain) {
  const UnitSurvey& old = c.scratch.before.unit(domain.unit);
  const Visits& visits = c.scratch.visits;
  for (const ContextSeen& context : old.contexts) {
    if (context.step.verdict != model::Verdict128::follow ||
        legacy_of(domain.unit, context.value, context.step) != domain)
      continue;
    for (const BusSeen& bus : old.buses) {
      if (bus.table != model::page_of(context.entry)) continue;
      const model::SourceId source = model::source_id(bus.number, model::devfn_of(context.source));
      const Attached* const here = find_attached(c.evidence.claims->attached, domain.unit, source);
      const bool over =
          here != nullptr ? here->kind != kAdopted || here->handed_over : visits.was_here(domain.unit, source);
      if (!over) return false;
    }
  }
  return true;
}

}  // namespace

const Attached* find_attached(const std::vector<Attached>& devices, unsigned unit, model::SourceId source) {
  const auto found = std::find_if(devices.begin(), devices.end(),
                                  [&](const Attached& a) { return a.unit == unit && a.source == source; });
  return found == devices.end() ? nullptr : &*found;
}

void Visits::clear() {
  gone.clear();
  attached.clear();
  given.clear();
  left.clear();
  handed_over.clear();
  handing_over.clear();
}

bool Visits::was_here(unsigned unit, model::SourceId source) const {
  return std::any_of(gone.begin(), gone.end(), [&](const Device& d) { return d.unit == unit && d.source == source; });
}

Visits::Legacy legacy_of(unsigned unit, const model::Entry128& context, const model::ContextStep& step) {
  return {unit, width_code(context), domain_id(context), step.next};
}

void note_departures(const Case& c) {
  Visits& visits = c.scratch.visits;
  const std::vector<Attached>& now = c.evidence.claims->attached;
  visits.handing_over.clear();
  for (const Attached& device : now) {
    const Attached* const then = find_attached(visits.attached, device.unit, device.source);
    const bool over = device.handed_over && (then == nullptr || !then->handed_over);
    if (over && device.kind == kAdopted) visits.handing_over.push_back(domain_of(c, device));
  }
  for (const Attached& device : visits.attached) {
    if (find_attached(now, device.unit, device.source) != nullptr) continue;
    if (!visits.was_here(device.unit, device.source)) visits.gone.push_back({device.unit, device.source});
    if (device.kind != kAdopted || has_domain(now, device.domain)) continue;
    for (const Given& given : visits.given) {
      if (given.domain == device.domain) visits.left.push_back({domain_of(c, device), given});
    }
  }
}

void remember_visits(const Case& c) {
  c.scratch.visits.attached = c.evidence.claims->attached;
  c.scratch.visits.given = c.evidence.claims->given;
}

const Attached* adopter_of(const Case& c, const Visits::Legacy& domain) {
  for (const Attached& device : c.evidence.claims->attached) {
    if (device.kind == kAdopted && device.unit == domain.unit && domain_of(c, device) == domain) return &device;
  }
  return nullptr;
}

// hand_over takes the legacy mappings away. When the last one that held them was detached instead, they may stay.
LegacyFate fate_of(const Case& c, const Visits::Legacy& domain) {
  std::vector<Visits::Legacy>& over = c.scratch.visits.handed_over;
  if (std::find(over.begin(), over.end(), domain) != over.end()) return LegacyFate::gone;
  if (adopter_of(c, domain) == nullptr || !all_handed_over(c, domain)) return LegacyFate::lives;
  const std::vector<Visits::Legacy>& now = c.scratch.visits.handing_over;
  if (std::find(now.begin(), now.end(), domain) == now.end()) return LegacyFate::may_be_gone;
  over.push_back(domain);
  return LegacyFate::gone;
}

}  // namespace vtd::properties
