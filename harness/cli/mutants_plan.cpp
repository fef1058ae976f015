// SPDX-License-Identifier: Apache-2.0 OR MIT
// Known mistakes are what strategies are compared by. Of generated ones the corpus kills most, at a fraction of the
// cost, and `ours` has what it leaves. The oracle's are tried with the corpus, which knows what must come of it.
#include "harness/cli/mutants_plan.h"

#include <algorithm>

namespace vtd::harness::cli {
namespace {

using mutants::Index;
using mutants::Planted;
using mutants::Trial;
using reports::MutantEffort;

bool left_by_the_corpus(Trial trial, const mutants::TrialLog& log) {
  trial.strategy = "corpus";
  trial.seed = 1;
  const mutants::Result* const result = log.find(trial);
  return result == nullptr || result->state != "killed";
}

}  // namespace

bool MutantsOptions::asks_for(const std::string& strategy) const {
  return std::find(strategies.begin(), strategies.end(), strategy) != strategies.end();
}

bool only_what_is_left(const MutantsOptions& o, const std::string& kind) {
  return o.sample || (kind == "generated" && o.asks_for("corpus"));
}

bool is_chosen(const MutantsOptions& o, const Planted& mutant) {
  if (mutant.number % o.every != 0) return false;
  return o.only.empty() || std::find(o.only.begin(), o.only.end(), mutant.id) != o.only.end();
}

MutantEffort effort_of(const MutantsOptions& o, const std::string& kind, const std::string& strategy) {
  if (strategy == "corpus") return {o.sample || o.asks_for("corpus") || kind == "oracle" ? 1U : 0U, o.budget};
  if (kind == "oracle" || (!o.sample && !o.asks_for(strategy))) return {};
  if (strategy == "ours") {
    if (only_what_is_left(o, kind)) return {1, std::min(o.budget, kLeftBudget)};
    return {o.seeds, o.budget};
  }
  if (o.sample || kind != "known") return {};
  return {o.other_seeds, o.other_budget};
}

std::vector<Trial> controls_of(const std::vector<Trial>& trials) {
  std::vector<Trial> controls;
  for (const Trial& trial : trials) {
    if (std::any_of(controls.begin(), controls.end(), [&](const Trial& c) { return c.program == trial.program; }))
      continue;
    controls.push_back({trial.program, mutants::kControl, 0, trial.strategy, trial.seed, trial.budget});
  }
  return controls;
}

std::vector<Trial> planned(const MutantsOptions& o, const std::vector<Index>& indices, const std::string& strategy,
                           const mutants::TrialLog& log) {
  std::vector<Trial> trials;
  std::uint64_t most = 0;
  for (const Index& index : indices) most = std::max(most, effort_of(o, index.kind, strategy).seeds);
  for (std::uint64_t seed = 1; seed <= most; ++seed) {
    for (const Index& index : indices) {
      const MutantEffort effort = effort_of(o, index.kind, strategy);
      if (seed > effort.seeds) continue;
      for (const Planted& mutant : index.mutants) {
        if (!mutant.equivalent.empty() || !is_chosen(o, mutant)) continue;
        const Trial trial{index.kind, mutant.id, mutant.number, strategy, seed, effort.budget};
        if (strategy == "ours" && only_what_is_left(o, index.kind) && !left_by_the_corpus(trial, log)) continue;
        trials.push_back(trial);
      }
    }
  }
  return trials;
}

}  // namespace vtd::harness::cli
