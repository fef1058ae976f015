// SPDX-License-Identifier: Apache-2.0 OR MIT
// The list of findings.
#include "engine/copy.h"

namespace vtd::engine {

bool add_finding(Boot& boot, const vtd_finding& finding) {
  vtd_finding* place = boot.findings.append(boot.host);
  if (place == nullptr) return false;
  *place = finding;
  place->abi = VTD_ABI;
  place->size = sizeof *place;
  return true;
}

}  // namespace vtd::engine
