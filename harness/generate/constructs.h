// SPDX-License-Identifier: Apache-2.0 OR MIT
// The named places that nasty and malformed constructions come from: one a row of the catalogue of hierarchies that
// corpus/seeds shows (N nasty but legal, M malformed), and a few that draw at random what no row says.
#pragma once

#include <span>

#include "harness/generate/draft.h"

namespace vtd::harness {

struct Construct {
  const char* row;   // "N01", "M27a"; of the random ones "word", "pointer" and so on
  const char* what;  // one sentence
  void (*draw)(Draft&);
  bool costly = false;  // fills whole tables: a run of it takes as long as many others, so it is drawn less often
};

std::span<const Construct> legal_constructs();
std::span<const Construct> malformed_constructs();
std::span<const Construct> wild_constructs();

// Where no table should be: page 0, crash memory, registers, interrupt range, holes, the edges of RAM and of the host
// width.
model::Address wild_address(RandomSource&);

}  // namespace vtd::harness
