// SPDX-License-Identifier: Apache-2.0 OR MIT
// What `vtdfuzz mutants` tries: which mutants, with which strategy, how often and how long.
#pragma once

#include <string>
#include <vector>

#include "harness/mutants/index.h"
#include "harness/mutants/trial_log.h"
#include "reports/mutants.h"

namespace vtd::harness::cli {

inline constexpr const char* kStrategies[] = {"corpus", "ours", "bytes", "rapidcheck"};

struct MutantsOptions {
  std::vector<std::string> kinds = {"known", "generated", "oracle"}, only,
                           strategies = {"corpus", "ours", "bytes", "rapidcheck"};
  std::uint64_t seeds = 30, other_seeds = 10, jobs = 1;
  unsigned every = 1;
  double budget = 60, other_budget = 5;  // CPU-seconds
  bool sample = false, json = false;
  std::string output;

  bool asks_for(const std::string& strategy) const;
};

inline constexpr double kLeftBudget = 20;  // CPU-seconds of `ours` for a mutant that the corpus left

// What a mutant of this kind is worth to a strategy; no seeds: it is not tried.
reports::MutantEffort effort_of(const MutantsOptions& options, const std::string& kind, const std::string& strategy);
// Is `ours` tried on what the corpus leaves alone?
bool only_what_is_left(const MutantsOptions& options, const std::string& kind);

// Is it among those that were chosen with --only and --every?
bool is_chosen(const MutantsOptions& options, const mutants::Planted& mutant);

// One for each program of these trials, with nothing planted.
std::vector<mutants::Trial> controls_of(const std::vector<mutants::Trial>& trials);

// The trials of one strategy, seed by seed, so that what was done when a run is stopped says something of all mutants.
std::vector<mutants::Trial> planned(const MutantsOptions& options, const std::vector<mutants::Index>& indices,
                                    const std::string& strategy, const mutants::TrialLog& log);

}  // namespace vtd::harness::cli
