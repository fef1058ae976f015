// SPDX-License-Identifier: Apache-2.0 OR MIT
// Canaries: mistakes in the engine that stand beside the mutants of the oracle. An oracle that is right sees each of
// them in some scenario of the corpus, through the property that the mutant's file names; a mutated one that no longer
// does has lost that property.
#pragma once

#include <string>
#include <vector>

#include "harness/mutants/index.h"
#include "harness/mutants/worker/trial.h"

namespace vtd::harness::mutants {

class Canaries {
 public:
  // Those of an index that say which property must see them. Finds the scenario that shows each one, in processes of
  // their own, for a canary may do anything. Throws InputError when the corpus does not show one.
  Canaries(const std::string& index, const std::vector<model::Scenario>& corpus);

  // What the oracle, as it is now, does not see any more in the same scenario, through the same property: one canary;
  // empty: it sees all.
  std::string unseen(Subject& subject, const std::vector<model::Scenario>& corpus) const;

 private:
  struct Sighting {
    std::size_t scenario = 0;
    unsigned way = 0;
    bool found = false;
  };
  static Sighting look_for(const Planted& canary, const std::vector<model::Scenario>& corpus);

  std::vector<Planted> canaries_;
  std::vector<Sighting> sightings_;  // one of each
};

}  // namespace vtd::harness::mutants
