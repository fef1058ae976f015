// SPDX-License-Identifier: Apache-2.0 OR MIT
// How often each feature was produced, and how often it reached a property. Looked at in a share of all runs.
#pragma once

#include <array>

#include "harness/reach/features.h"
#include "harness/runner.h"

namespace vtd::harness {

struct ReachCounts {
  std::uint64_t runs = 0;  // looked at
  std::array<std::uint64_t, kFeatures> produced{}, reached{};
};

// One run in so many is looked at, chosen by its number, so that the inputs do not choose themselves.
inline constexpr unsigned kLookEvery = 32;

// After a run. A feature is produced when the machine has it. It reaches a property when the takeover went through, or
// when it is of those that make an engine refuse and the refusal was judged.
void count_reach(const Runner& runner, const model::Scenario& scenario, ReachCounts& counts);

}  // namespace vtd::harness
