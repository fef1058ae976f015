// SPDX-License-Identifier: Apache-2.0 OR MIT
// OpenPBTStats: a line for each finding as a failed test case, and for each property one with what it counted. A fuzz
// target makes too many cases for a line each; `vtdfuzz check --openpbt` tells those of a corpus one by one.

#include <fmt/core.h>

#include "reports/json.h"
#include "reports/message_parts.h"
#include "reports/report.h"

namespace vtd::reports {
namespace {

Json failed_case(const Run& run, std::size_t i) {
  const FuzzSummary& s = *run.summary;
  const Finding& f = s.findings[i];
  const MessageParts parts = parts_of(f.message);
  return {{"type", "test_case"},
          {"run_start", run_start(s.began)},
          {"property", f.headline.starts_with("BROKEN ") ? f.headline.substr(7) : f.headline},
          {"status", "failed"},
          {"status_reason", f.cluster.what.empty() ? f.headline : f.cluster.what},
          {"representation", run.files[i].scenario.empty() ? parts.draft : run.files[i].scenario},
          {"arguments", Json::object()},
          {"how_generated", "by the fuzz target " + s.subject()},
          {"features", {{"cluster", f.cluster.id}, {"place", f.cluster.place}, {"inputs", f.inputs}}},
          {"coverage", nullptr},
          {"timing", Json::object()},
          {"metadata", {{"replay", f.replay}, {"reproduced", f.reproduced}}}};
}

Json counted(const FuzzSummary& s, const PropertyCount& p) {
  const bool missed = p.expected && p.evaluations == 0;
  return {{"type", missed ? "alert" : "info"},
          {"run_start", run_start(s.began)},
          {"property", p.name},
          {"title", missed ? "Never evaluated" : "Evaluations"},
          {"content", fmt::format("{} in {} executions of {}", p.evaluations, s.executions, s.subject())}};
}

}  // namespace

std::string openpbt(const Report& report) {
  std::string out;
  for (const Run* run : report.newest()) {
    for (std::size_t i = 0; i < run->summary->findings.size(); ++i) out += dumped(failed_case(*run, i), -1) + "\n";
    for (const PropertyCount& p : run->summary->properties)
      if (p.expected || p.evaluations != 0) out += dumped(counted(*run->summary, p), -1) + "\n";
  }
  return out;
}

}  // namespace vtd::reports
