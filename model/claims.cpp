// SPDX-License-Identifier: Apache-2.0 OR MIT
// Names of what an engine can claim, and the empty claim.
#include "model/claims.h"

#include <iterator>

namespace vtd::model {
namespace {

constexpr const char* kClaimNames[] = {"quarantined", "hazard", "conflict", "reserved region unmapped"};
constexpr const char* kReasonNames[] = {"hole",
                                        "not old RAM",
                                        "in crash memory",
                                        "in interrupt range",
                                        "unreadable",
                                        "covers crash memory",
                                        "covers registers",
                                        "reaches everything",
                                        "bypasses tables",
                                        "one id, two tables",
                                        "one id, two widths",
                                        "id is reserved",
                                        "region unmapped"};
static_assert(std::size(kClaimNames) == static_cast<std::size_t>(ClaimKind::reserved_unmapped) + 1);
static_assert(std::size(kReasonNames) == static_cast<std::size_t>(Reason::region_unmapped) + 1);

template <class Enum, std::size_t N>
const char* name_in(const char* const (&names)[N], Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : "unknown";
}

}  // namespace

const char* claim_name(ClaimKind kind) { return name_in(kClaimNames, kind); }
const char* reason_name(Reason reason) { return name_in(kReasonNames, reason); }

void Claims::clear() {
  asked = strategy = Strategy::deep;
  findings.clear();
  for (UnitClaims& unit : units) {
    unit.root = 0;
    unit.domain_ids.clear();
    unit.domain_id_count = 0;
  }
  attached.clear();
  given.clear();
  ranges.clear();
  told_domain = kNoDomain;
  offered.clear();
  pages_used = old_pages_read = root_tables = context_tables = 0;
  for (uint64_t& tables : paging_tables) tables = 0;
}

}  // namespace vtd::model
