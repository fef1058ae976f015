// SPDX-License-Identifier: Apache-2.0 OR MIT
// Random scenarios: valid by construction, with a counted share of wild values, six to eight tables as a rule.
//
// A starting point for fuzz engines, the benchmark and RapidCheck. What the generator draws is written down as steps,
// so a corpus made of them survives a change of the generator.
#pragma once

#include "harness/generate/random_source.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {

// The same state of the source gives the same scenario, on every machine.
model::Scenario generate(RandomSource&);

}  // namespace vtd::harness
