// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs that belong together, seen as one: the slices of a night, the shards of several machines.
#pragma once

#include <vector>

#include "reports/run.h"

namespace vtd::reports {

// The runs of one target in one session become one run: counts, those of reach too, are added, findings are one a
// cluster, growth goes on where the run before ended. Expects and keeps the order: oldest first.
std::vector<Run> folded(std::vector<Run> runs);

}  // namespace vtd::reports
