// SPDX-License-Identifier: Apache-2.0 OR MIT
// The steps of a run as text: what the scenario asked, and indented under it what the engine did, with its source lines.
#pragma once

#include <cstdint>
#include <string>

#include "model/scenario/scenario.h"
#include "model/trace.h"

namespace vtd::harness {

std::string hexadecimal(std::uint64_t value);
// `at` is the position in the trace that broke: its line is marked. Long stretches elsewhere are cut.
std::string steps_text(const model::Scenario& scenario, const model::Trace& trace, std::uint32_t at);

}  // namespace vtd::harness
