// SPDX-License-Identifier: Apache-2.0 OR MIT
// One scenario in a process of its own: a sanitizer that stops the engine ends that process, not this one.
#pragma once

#include <string>

#include "harness/cli/session.h"

namespace vtd::harness::cli {

struct Isolated {
  Verdict verdict = Verdict::held;
  std::string headline;  // the property, or what stopped the engine
  std::string what;      // the condition
  std::string step;      // the operation under way
  std::string expected;  // what the scenario said must come, when that is what failed
  std::string place;     // where the engine was: file and line
  std::string message;   // everything, for a person
};

// Text takes time: place and message are only made when wanted.
enum class Telling : std::uint8_t { headline_only, everything };
Isolated run_isolated(const std::string& engine, const model::Scenario& scenario, const RunOptions& options,
                      const std::string& name, Telling telling);

}  // namespace vtd::harness::cli
