// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks what attach answered: a device with a valid copied context entry adopts its domain, pass-through stays, and
// every other device gets a new domain.
// Does not check what the device reaches (adoption.cpp).
// engine/README.md, adoption.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Attached;
using model::Verdict128;

constexpr std::uint8_t kAdopted = 0, kNewDomain = 1, kIdentity = 2;

// A context table that cannot be copied is quarantined as a whole, with every entry in it.
std::uint8_t kind_due(const Case& c, const Attached& device, const Case::Found& found) {
  if (c.scratch.visits.was_here(device.unit, device.source)) return kNewDomain;
  if (!c.scratch.places.can_be_copied(model::page_of(found.entry))) return kNewDomain;
  const model::ContextStep old = read_context(c.rules(device.unit), found.value);
  if (old.verdict == Verdict128::pass_through) return kIdentity;
  return old.verdict == Verdict128::follow && c.scratch.places.can_be_copied(old.next) ? kAdopted : kNewDomain;
}

void judge_device(const Case& c, const Attached& device, const model::Hierarchy& now) {
  const auto check = [&](bool held, const char* what, std::uint64_t expected, std::uint64_t got) {
    return c.check(Property::adopted_domain_equals_context, held,
                   {Property::kCount, what, device.unit, device.source, 0, 0, expected, got, 0, 0});
  };
  const model::Rules& rules = c.rules(device.unit);
  const Case::Found old = Case::context(c.evidence.before[device.unit], device.source);
  const model::Entry128 entry = Case::context(now, device.source).value;
  const model::ContextStep step = read_context(rules, entry);
  const std::uint8_t due = kind_due(c, device, old);
  if (!check(device.kind == due, "the domain is of another kind than the context entry asks for", due, device.kind))
    return;
  if (due != kNewDomain) {
    check(device.domain_id == domain_id(old.value), "the domain has another id than the context entry",
          domain_id(old.value), device.domain_id);
    check(device.width == width_code(old.value), "the domain has another width than the context entry",
          width_code(old.value), device.width);
  } else {
    check(rules.levels(device.width) != 0, "a new domain has a width the unit does not support", rules.supported_widths,
          device.width);
  }
  const Verdict128 verdict = due == kIdentity ? Verdict128::pass_through : Verdict128::follow;
  if (!check(step.verdict == verdict, "the context entry in use does not carry the domain", 1, 0)) return;
  check(device.domain_id == domain_id(entry) && device.width == width_code(entry),
        "the context entry in use has another id or width than was told", entry.high, device.domain_id);
  if (due != kIdentity)
    check(device.table == step.next, "the context entry in use leads to another table than was told", step.next,
          device.table);
}

}  // namespace

void judge_devices(const Case& c) {
  const std::span<const model::Hierarchy> now = c.active(model::View::cpu);
  for (const Attached& device : c.evidence.claims->attached) {
    if (device.unit >= c.units() || find_attached(c.scratch.visits.attached, device.unit, device.source) != nullptr)
      continue;
    judge_device(c, device, now[device.unit]);
  }
}

}  // namespace vtd::properties
