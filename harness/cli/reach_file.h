// SPDX-License-Identifier: Apache-2.0 OR MIT
// reach.json: which features of machines, hierarchies and lives a run produced, and which reached a property.
#pragma once

#include "harness/cli/output.h"
#include "harness/reach/reach.h"

namespace vtd::harness::cli {

Json reach_json(const ReachCounts& counts);
// Throws InputError when the file is missing or something else.
Json read_reach(const std::filesystem::path& file);

}  // namespace vtd::harness::cli
