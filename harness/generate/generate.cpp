// SPDX-License-Identifier: Apache-2.0 OR MIT
// The order in which a scenario is drawn. Wild values come from one place, wild.cpp, in one of three scenarios.
#include "harness/generate/generate.h"

#include "harness/generate/draft.h"

namespace vtd::harness {

model::Scenario generate(RandomSource& random) {
  Draft draft(random);
  draw_platform(draft);
  draw_tables(draft);
  if (random.one_in(3)) draw_wild_values(draft);
  draw_life(draft);
  return draft.scenario;
}

}  // namespace vtd::harness
