// SPDX-License-Identifier: Apache-2.0 OR MIT
// The trials of `vtdfuzz mutants` put together, for a person and as JSON.
#pragma once

#include <vector>

#include "harness/cli/mutants_plan.h"
#include "harness/cli/output.h"

namespace vtd::harness::cli {

reports::MutantTable mutant_table(const MutantsOptions& options, const std::vector<mutants::Index>& indices,
                                  const mutants::TrialLog& log);
Json mutant_json(const reports::MutantTable& table);

}  // namespace vtd::harness::cli
