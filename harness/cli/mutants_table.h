// SPDX-License-Identifier: Apache-2.0 OR MIT
// The trials of `vtdfuzz mutants` put together, for a person and as JSON.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/output.h"
#include "harness/mutants/index.h"
#include "harness/mutants/trial_log.h"
#include "reports/mutants.h"

namespace vtd::harness::cli {

struct MutantsOptions {
  std::vector<std::string> kinds = {"known"}, only, strategies = {"corpus", "ours"};
  std::uint64_t seeds = 30, jobs = 1;
  unsigned every = 1;
  double budget = 60;
  bool sample = false, json = false;
  std::string output;
};

reports::MutantTable mutant_table(const MutantsOptions& options, const std::vector<mutants::Index>& indices,
                                  const mutants::TrialLog& log);
Json mutant_json(const reports::MutantTable& table);

}  // namespace vtd::harness::cli
