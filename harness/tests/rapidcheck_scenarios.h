// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scenarios for RapidCheck: made by the project's generator, shrunk by steps and operands, printed as text.
#pragma once

#include <rapidcheck.h>

#include <cstdlib>
#include <memory>
#include <ostream>

#include "harness/generate/generate.h"
#include "harness/shrink.h"

namespace vtd::model {

inline void showValue(const Scenario& scenario, std::ostream& out) { out << '\n' << print_text(scenario); }

}  // namespace vtd::model

namespace vtd::harness {

// The same cases on every machine and every day; RC_PARAMS of the environment asks for others.
inline const bool kRapidCheckConfigured = setenv("RC_PARAMS", "seed=2012 max_success=500", /*overwrite=*/0) == 0;

// The candidates of Smaller as RapidCheck wants them, until the budget is used up: shrinking must not look like a
// deadlock.
class SmallerScenarios {
 public:
  SmallerScenarios(model::Scenario start, std::shared_ptr<int> budget)
      : smaller_(std::move(start)), budget_(std::move(budget)) {}
  rc::Maybe<model::Scenario> operator()() {
    model::Scenario candidate;
    if (*budget_ == 0 || !smaller_.next(candidate)) return rc::Nothing;
    --*budget_;
    return candidate;
  }

 private:
  Smaller smaller_;
  std::shared_ptr<int> budget_;
};

inline constexpr int kShrinksMost = 5000;

inline rc::Gen<model::Scenario> scenarios() {
  return [](const rc::Random& random, int) {
    RandomSource source(rc::Random(random).next());
    return rc::shrinkable::shrinkRecur(generate(source),
                                       [budget = std::make_shared<int>(kShrinksMost)](const model::Scenario& s) {
                                         return rc::makeSeq<SmallerScenarios>(s, budget);
                                       });
  };
}

}  // namespace vtd::harness
