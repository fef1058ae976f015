// SPDX-License-Identifier: Apache-2.0 OR MIT
// The scenarios of `vtdfuzz check` as test cases for tools that look at distributions (OpenPBTStats: Tyche,
// Hypothesis).
#pragma once

#include <cstdint>
#include <string>

#include "harness/runner.h"

namespace vtd::harness::cli {

struct CheckedCase {
  std::string file, reason;  // reason: why it did not hold
  double seconds = 0;
  std::int64_t run_start = 0;  // seconds since 1970
};

// One line of JSON: the scenario as text, what became of it, and what its machine is like.
std::string case_line(const CheckedCase& checked, const model::Scenario& scenario, const Runner& runner);

}  // namespace vtd::harness::cli
