// SPDX-License-Identifier: Apache-2.0 OR MIT
// The summary of a fuzzing run as JSON: what `vtdfuzz fuzz --json` prints, and run.json in the folder of a run.
#pragma once

#include "reports/json.h"
#include "reports/summary.h"

namespace vtd::reports {

Json to_json(const FuzzSummary&);
FuzzSummary summary_from(const Source&);  // throws BadRun

}  // namespace vtd::reports
