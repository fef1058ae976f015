// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a crash kernel knows at boot, told to an engine in the words of takeover.h.
#pragma once

#include <vector>

#include "engine/takeover.h"
#include "model/claims.h"
#include "model/machine.h"

namespace vtd::harness {

class PlatformDescription {
 public:
  // What the kernel of this generation finds. Valid until the next call; allocates nothing once warm.
  const vtd_platform& describe(const model::Machine& machine, unsigned generation, model::Strategy strategy);

 private:
  std::vector<vtd_range> ranges_;
  std::vector<vtd_reserved_region> regions_;
  vtd_range crash_{};
  vtd_platform platform_{};
};

}  // namespace vtd::harness
