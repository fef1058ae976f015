// SPDX-License-Identifier: Apache-2.0 OR MIT
// The order in which a scenario is drawn. Malformed values come from named places only (constructs.h), in one of three
// scenarios.
#include "harness/generate/generate.h"

#include "harness/generate/constructs.h"

namespace vtd::harness {
namespace {

constexpr unsigned kCostlyEvery = 4;

void draw_any(Draft& draft, std::span<const Construct> places) {
  draft.unit = static_cast<unsigned>(draft.random.below(draft.units.size()));
  const Construct* place = &places[draft.random.below(places.size())];
  while (place->costly && !draft.random.one_in(kCostlyEvery)) place = &places[draft.random.below(places.size())];
  place->draw(draft);
}

}  // namespace

void draw_legal(Draft& draft) { draw_any(draft, legal_constructs()); }

void draw_malformed(Draft& draft) {
  draw_any(draft, draft.random.one_in(2) ? malformed_constructs() : wild_constructs());
}

model::Scenario generate(RandomSource& random) {
  Draft draft(random);
  draw_platform(draft);
  draw_tables(draft);
  if (random.one_in(3)) draw_legal(draft);
  if (random.one_in(3)) {
    for (uint64_t n = 1 + random.below(3); n > 0; --n) draw_malformed(draft);
  }
  draw_life(draft);
  return draft.scenario;
}

}  // namespace vtd::harness
