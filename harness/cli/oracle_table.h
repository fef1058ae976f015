// SPDX-License-Identifier: Apache-2.0 OR MIT
// What an oracle found, as a table for reports/oracles.md.
#pragma once

#include <string>

#include "harness/cli/output.h"

namespace vtd::harness::cli {

// Of an object of oracles.json.
std::string oracle_markdown(const Json& oracle);

}  // namespace vtd::harness::cli
