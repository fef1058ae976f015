// SPDX-License-Identifier: Apache-2.0 OR MIT
// Counts what was looked at.
#include "harness/reach/reach.h"

#include "harness/reach/look.h"

namespace vtd::harness {
namespace {

// What a refused takeover is judged by: everything but the tables, and of these the root.
bool judged_by_refusal(const FeatureInfo& info) {
  const std::string_view group = info.group;
  if (group == "units" || group == "memory" || group == "host" || group == "strategies") return true;
  return info.feature == Feature::M01 || info.feature == Feature::M38 || info.feature == Feature::reason_8 ||
         info.feature == Feature::reason_30 || info.feature == Feature::reason_33;
}

}  // namespace

void count_reach(const Runner& runner, const model::Scenario& scenario, ReachCounts& counts) {
  const RunResult& result = runner.result();
  if (result.verdict != Verdict::held) return;
  FeatureSet found;
  TableFeatures(found).look(runner.before());
  look_at_machine(runner.machine(), found);
  look_at_run(scenario, runner.before(), runner.facts(), runner.trace(), found);
  ++counts.runs;
  for (const FeatureInfo& info : features()) {
    const auto i = static_cast<std::size_t>(info.feature);
    if (!found[i]) continue;
    ++counts.produced[i];
    if (result.status == VTD_OK || judged_by_refusal(info)) ++counts.reached[i];
  }
}

}  // namespace vtd::harness
