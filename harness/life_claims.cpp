// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the engine says about its takeover, asked through the interface and kept in the model's words.
#include <algorithm>

#include "harness/life.h"
#include "harness/stamped.h"

namespace vtd::harness {
namespace {

using model::ClaimKind;
using model::Reason;

constexpr uint32_t kDomainIdWords = 65536 / 64;

// By name: the two orders need not agree. False: a number the interface does not have.
bool convert(uint32_t number, ClaimKind& kind) {
  switch (number) {
    case VTD_QUARANTINED:
      kind = ClaimKind::quarantined;
      return true;
    case VTD_HAZARD:
      kind = ClaimKind::hazard;
      return true;
    case VTD_CONFLICT:
      kind = ClaimKind::conflict;
      return true;
    case VTD_RESERVED_UNMAPPED:
      kind = ClaimKind::reserved_unmapped;
      return true;
    default:
      return false;
  }
}

bool convert(uint32_t number, Reason& reason) {
  switch (number) {
    case VTD_HOLE:
      reason = Reason::hole;
      return true;
    case VTD_NOT_OLD_RAM:
      reason = Reason::not_old_ram;
      return true;
    case VTD_IN_CRASH_MEMORY:
      reason = Reason::in_crash_memory;
      return true;
    case VTD_IN_INTERRUPT_RANGE:
      reason = Reason::in_interrupt_range;
      return true;
    case VTD_UNREADABLE:
      reason = Reason::unreadable;
      return true;
    case VTD_COVERS_CRASH_MEMORY:
      reason = Reason::covers_crash_memory;
      return true;
    case VTD_COVERS_REGISTERS:
      reason = Reason::covers_registers;
      return true;
    case VTD_REACHES_EVERYTHING:
      reason = Reason::reaches_everything;
      return true;
    case VTD_BYPASSES_TABLES:
      reason = Reason::bypasses_tables;
      return true;
    case VTD_ID_TWO_TABLES:
      reason = Reason::id_two_tables;
      return true;
    case VTD_ID_TWO_WIDTHS:
      reason = Reason::id_two_widths;
      return true;
    case VTD_ID_RESERVED:
      reason = Reason::id_reserved;
      return true;
    case VTD_REGION_UNMAPPED:
      reason = Reason::region_unmapped;
      return true;
    default:
      return false;
  }
}

model::Strategy strategy_in(const vtd_report& report) {
  return report.strategy == VTD_SHALLOW ? model::Strategy::shallow : model::Strategy::deep;
}

bool convert(const vtd_finding& f, model::Claim& claim) {
  claim.unit = static_cast<uint8_t>(f.unit);
  claim.role = static_cast<uint8_t>(f.level);
  claim.source = f.source_id;
  claim.domain_id = f.domain_id;
  claim.entry = f.entry;
  claim.value = f.value;
  return convert(f.kind, claim.kind) && convert(f.reason, claim.reason) && f.unit < model::kMaxUnits &&
         f.level <= model::kRootRole;
}

}  // namespace

// A call that failed, or was repeated, leaves the report as it was. Pages that an earlier call could not give back
// may go.
void Life::must_be_the_same(const vtd_report& report) {
  judge.evaluated(Property::failure_frees_everything);
  const bool same =
      report.findings == claims.findings.size() && report.root_tables == claims.root_tables &&
      report.context_tables == claims.context_tables && strategy_in(report) == claims.strategy &&
      std::equal(std::begin(report.paging_tables), std::end(report.paging_tables), std::begin(claims.paging_tables));
  if (!same)
    broke(Property::failure_frees_everything, "a call that failed, or was repeated, has changed what is reported",
          claims.findings.size(), report.findings);
  if (report.pages_used > claims.pages_used)
    broke(Property::failure_frees_everything, "a call that failed, or was repeated, has kept pages", claims.pages_used,
          report.pages_used);
  earlier_.swap(claims.findings);
  collect_findings(report.findings);
  if (!over() && same && earlier_ != claims.findings)
    broke(Property::failure_frees_everything, "a call that failed, or was repeated, has changed a finding",
          earlier_.size(), claims.findings.size());
}

void Life::collect_report(bool units_too, Since since) {
  auto report = stamped<vtd_report>();
  int status = VTD_OK;
  ask([&] { status = engine_->report(boot_, &report); });
  if (over()) return;
  if (status != VTD_OK || !is_stamped(report))
    return broke(Property::frames_are_accounted, "report fails", VTD_OK, static_cast<uint64_t>(status));
  if (since == Since::nothing) must_be_the_same(report);
  if (report.root_tables != 0 && report.old_pages_read == 0)
    broke(Property::frames_are_accounted, "tables were copied, and no old page is told to have been read", 1, 0);
  claims.strategy = strategy_in(report);
  claims.pages_used = report.pages_used;
  claims.old_pages_read = report.old_pages_read;
  claims.root_tables = report.root_tables;
  claims.context_tables = report.context_tables;
  std::copy(std::begin(report.paging_tables), std::end(report.paging_tables), std::begin(claims.paging_tables));
  if (report.findings != claims.findings.size()) collect_findings(report.findings);
  if (units_too) collect_units();
}

void Life::collect_findings(uint32_t count) {
  claims.findings.clear();
  ask([&] {
    for (uint32_t i = 0; i < count; ++i) {
      auto finding = stamped<vtd_finding>();
      model::Claim claim{};
      if (engine_->finding(boot_, i, &finding) != VTD_OK || !is_stamped(finding) || !convert(finding, claim)) {
        return broke(Property::hazards_are_reported, "a finding that was counted cannot be read", count, i);
      }
      claims.findings.push_back(claim);
    }
  });
}

void Life::collect_units() {
  words_.resize(kDomainIdWords);
  for (uint32_t unit = 0; unit < claims.units.size(); ++unit) {
    model::UnitClaims& claimed = claims.units[unit];
    ask([&] {
      claimed.root = engine_->root(boot_, unit);
      claimed.domain_id_count = engine_->domain_ids(boot_, unit, words_.data(), kDomainIdWords);
    });
    const std::size_t words = std::min(kDomainIdWords, (claimed.domain_id_count + 63) / 64);
    claimed.domain_ids.assign(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(words));
  }
}

// What attach answers and context entries do not tell (those are compared in properties/devices.cpp). The device has
// joined the claims.
void Life::must_be_true(const vtd_domain& answer, uint32_t unit) {
  uint64_t mates = 0, half_left = 0;  // of those whose detach was not answered the engine knows whether they are
  for (const model::Attached& a : claims.attached) {
    if (a.domain != answer.handle) continue;
    ++mates;
    half_left += std::ranges::find(half_left_, DeviceName{a.unit, a.source}) != half_left_.end();
  }
  const auto is_so = [&](bool held, const char* what, uint64_t expected, uint64_t got) {
    check(Property::adopted_domain_equals_context, held, what, expected, got, static_cast<uint8_t>(unit));
  };
  is_so(is_stamped(answer), "the answer of attach has another version or size", sizeof answer, answer.size);
  is_so(answer.unit == unit, "the domain is told to be of another unit", unit, answer.unit);
  is_so(answer.devices <= mates && answer.devices + half_left >= mates,
        "another number of attached devices is told than there are", mates, answer.devices);
  is_so(answer.kind != VTD_IDENTITY || answer.table == 0, "a table is told of a domain that has none", 0, answer.table);
}

// Only of the domain that a call was about: what it did to others shows in their tables.
void Life::collect_ranges(uint32_t domain) {
  claims.ranges.clear();
  const auto told = [&](const model::Attached& device) {
    return device.domain == domain && device.kind != VTD_IDENTITY;
  };
  const bool alive = std::any_of(claims.attached.begin(), claims.attached.end(), told);
  claims.told_domain = alive ? domain : model::kNoDomain;
  if (!alive) return;
  ask([&] {
    model::Iova next = 0;
    for (std::size_t i = 0; i < model::kToldMost; ++i) {
      auto range = stamped<vtd_iova_range>();
      const int status = engine_->next_range(boot_, domain, next, &range);
      if (status == VTD_NOT_MAPPED) return;
      // For want of memory the engine may not know: then nothing is told.
      if (status == VTD_NO_MEMORY && observed.refused == 0) {
        return broke(Property::ranges_are_told_truly, "a range is not told, and no memory was refused", VTD_OK,
                     static_cast<uint64_t>(status));
      }
      if (status != VTD_OK) return static_cast<void>(claims.told_domain = model::kNoDomain);
      if (!is_stamped(range) || range.zero != 0 || range.last < next || range.last < range.first) {
        return broke(Property::ranges_are_told_truly,
                     "a range that ends before the IOVA it was asked for, or is not filled in right", next, range.last);
      }
      auto again = stamped<vtd_iova_range>();
      if (i == 0 && engine_->next_range(boot_, domain, range.last, &again) == VTD_OK &&
          (again.first != range.first || again.last != range.last)) {
        return broke(Property::ranges_are_told_truly, "the range that ends at an IOVA is told as another one",
                     range.first, again.first);
      }
      claims.ranges.push_back({domain, range.first, range.last, range.legacy != 0});
      if (range.last == ~uint64_t{0}) return;
      next = range.last + 1;
    }
  });
}

}  // namespace vtd::harness
