// SPDX-License-Identifier: Apache-2.0 OR MIT
// Random scenarios for the tests of the language: every operation, operands at edges and anywhere, from a fixed seed.
#pragma once

#include <random>

#include "model/scenario/scenario.h"

namespace vtd::model {

inline uint64_t random_operand(std::mt19937_64& random, const Operand& operand) {
  switch (random() % 6) {
    case 0:
      return 0;
    case 1:
      return operand.fallback;
    case 2:
      return operand.limit;
    case 3:
      return kPoolBase + random() % (kPoolFrames * kPageBytes);
    case 4:
      return uint64_t{1} << random() % 64;
    default:
      return random() >> random() % 64;
  }
}

// One in three operands is its fallback, so that texts leave some out.
inline Scenario random_scenario(std::mt19937_64& random) {
  Scenario scenario;
  for (auto steps = random() % 24; steps > 0; --steps) {
    Step step;
    step.op = static_cast<Op>(random() % kOps);
    std::size_t i = 0;
    for (const Operand& operand : operation(step.op).operands) step.operand[i++] = random_operand(random, operand);
    scenario.steps.push_back(normalise(step));
  }
  return scenario;
}

}  // namespace vtd::model
