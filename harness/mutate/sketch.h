// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scenario read back into a draft: which tables it has in which roles, which devices, and where there is room.
//
// Structure-aware moves need to know this of a scenario that anybody wrote. They go on where its author stopped, with
// the means of the generator.
#pragma once

#include "harness/generate/draft.h"

namespace vtd::harness {

// Fills `draft` with a copy of the scenario and what it consists of. Only the first entries of long runs are followed,
// and at most kSketchTables tables: moves need places to act on, not all of them.
inline constexpr std::size_t kSketchTables = 64;
void sketch(const model::Scenario& scenario, Draft& draft);

}  // namespace vtd::harness
