// SPDX-License-Identifier: Apache-2.0 OR MIT
// A finished run as a line of OpenPBTStats.

#include "harness/cli/check_cases.h"

#include <algorithm>

#include "harness/cli/figures.h"
#include "harness/cli/session.h"

namespace vtd::harness::cli {
namespace {

// What is neither held nor a failure was no test: the input was no machine, or it never ended.
const char* status_of(Verdict verdict) {
  if (verdict == Verdict::held) return "passed";
  return verdict == Verdict::rejected || verdict == Verdict::spent ? "gave_up" : "failed";
}

Json features_of(const Runner& runner) {
  std::uint64_t tables = 0, devices = 0, superpages = 0, mapped = 0;
  unsigned levels = 0;
  const std::vector<model::Survey> surveys = surveys_before(runner);
  for (const model::Survey& survey : surveys) {
    tables += survey.distinct_table_pages;
    devices += survey.devices.size();
    superpages += survey.superpages;
    for (const model::Space& space : survey.spaces) {
      levels = std::max(levels, space.levels);
      mapped += space.mapped_bytes;
    }
  }
  return {{"verdict", verdict_name(runner.result().verdict)},
          {"takeover", status_name(runner.result().status)},
          {"units", surveys.size()},
          {"devices", devices},
          {"table_pages", tables},
          {"levels", levels},
          {"superpages", superpages},
          {"mapped_bytes", mapped},
          {"findings", runner.claims().findings.size()}};
}

}  // namespace

std::string case_line(const CheckedCase& checked, const model::Scenario& scenario, const Runner& runner) {
  const Verdict verdict = runner.result().verdict;
  const Json line = {{"type", "test_case"},
                     {"run_start", checked.run_start},
                     {"property", "takeover"},
                     {"status", status_of(verdict)},
                     {"status_reason", checked.reason},
                     {"representation", model::print_text(scenario)},
                     {"arguments", {{"file", checked.file}}},
                     {"how_generated", "from the corpus"},
                     {"features", verdict == Verdict::rejected ? Json::object() : features_of(runner)},
                     {"coverage", nullptr},
                     {"timing", {{"execute", checked.seconds}}},
                     {"metadata", Json::object()}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vtd::harness::cli
