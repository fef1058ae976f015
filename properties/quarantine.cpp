// SPDX-License-Identifier: Apache-2.0 OR MIT
// Claims of quarantine, sorted so that a walk finds them quickly.
#include "properties/quarantine.h"

#include <algorithm>

namespace vtd::properties {

void Quarantines::read(const model::Claims& claims) {
  all_ = false;
  keys_.clear();
  for (const model::Claim& claim : claims.findings) {
    if (claim.kind == model::ClaimKind::quarantined) keys_.push_back(key(claim.entry, claim.role, claim.unit));
  }
  std::sort(keys_.begin(), keys_.end());
}

void Quarantines::allow_all() {
  all_ = true;
  keys_.clear();
}

bool Quarantines::names(model::Address entry, unsigned role, unsigned unit) const {
  return all_ || std::binary_search(keys_.begin(), keys_.end(), key(entry, role, unit));
}

}  // namespace vtd::properties
