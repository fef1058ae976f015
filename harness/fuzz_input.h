// SPDX-License-Identifier: Apache-2.0 OR MIT
// The inputs of fuzz targets: bytes to a scenario. Needs the scenario language and nothing else.
#pragma once

#include <cstdint>
#include <span>

#include "model/scenario/scenario.h"

namespace vtd::harness {

// The scenario of an input: a binary file with its header, or the bare encoding that fuzz engines mutate. Without
// its expectations.
void scenario_of(std::span<const std::uint8_t> bytes, model::Scenario& scenario);
// What a mutated input expects nobody meant: `dma` and `expect` steps are for scenarios that a person wrote.
void drop_expectations(model::Scenario& scenario);

}  // namespace vtd::harness
