// SPDX-License-Identifier: Apache-2.0 OR MIT
// The steps of a run as text: what the scenario asked, and indented under it what the engine did, with its source
// lines.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "model/machine.h"
#include "model/scenario/scenario.h"
#include "model/trace.h"

namespace vtd::harness {

std::string hexadecimal(std::uint64_t value);
std::string source_name(std::uint32_t source);  // 00:1f.2
// File and line of a return address in an engine; its number where no sanitizer is linked that knows.
std::string source_line(std::uintptr_t where);
// `at`: the position in the trace after which something broke; its line is marked. 0: at the end, by no event in
// particular. Stores elsewhere than in `tables` are left out, unless `tables` is empty. Long stretches away from `at`
// are cut.
std::string steps_text(const model::Scenario& scenario, const model::Machine& machine, const model::Trace& trace,
                       std::uint32_t at, const std::set<model::Address>& tables);

}  // namespace vtd::harness
