// SPDX-License-Identifier: Apache-2.0 OR MIT
// How much work a scenario is, roughly, and a prior on it: most inputs are small, and a run of one that is so many
// times larger is made so many times less often. So large machines are met all the time and take a bounded share of it.
#pragma once

#include "harness/generate/random_source.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {

// Entries that the steps write into tables, pages that they map, and calls of the engine, each with its weight.
uint64_t load_of(const model::Scenario& scenario);

// A scenario up to this load stays as it is. One of n times the load stays with a probability of 1/n; otherwise runs of
// entries become short, and steps go until the load is usual.
inline constexpr uint64_t kUsualLoad = 64;
void lighten(model::Scenario& scenario, RandomSource& random);

}  // namespace vtd::harness
