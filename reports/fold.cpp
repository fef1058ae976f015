// SPDX-License-Identifier: Apache-2.0 OR MIT
// Adds runs up.

#include "reports/fold.h"

#include <algorithm>
#include <utility>

namespace vtd::reports {
namespace {

void add_counts(std::vector<Count>& sum, const std::vector<Count>& counts) {
  for (const Count& c : counts) {
    const auto known = std::find_if(sum.begin(), sum.end(), [&](const Count& s) { return s.name == c.name; });
    if (known == sum.end())
      sum.push_back(c);
    else
      known->times += c.times;
  }
}

void add_properties(std::vector<PropertyCount>& sum, const std::vector<PropertyCount>& counts) {
  for (const PropertyCount& c : counts) {
    const auto known = std::find_if(sum.begin(), sum.end(), [&](const PropertyCount& s) { return s.name == c.name; });
    if (known == sum.end())
      sum.push_back(c);
    else
      known->evaluations += c.evaluations;
  }
}

void add_findings(Run& into, const Run& run) {
  std::vector<Finding>& findings = into.summary->findings;
  for (std::size_t i = 0; i < run.summary->findings.size(); ++i) {
    const Finding& f = run.summary->findings[i];
    const auto known =
        std::find_if(findings.begin(), findings.end(), [&](const Finding& s) { return s.cluster == f.cluster; });
    if (known == findings.end()) {
      findings.push_back(f);
      into.files.push_back(run.files[i]);
    } else {
      known->inputs += f.inputs;
      known->reproduced = known->reproduced && f.reproduced;
    }
  }
}

void add_features(std::optional<std::vector<Feature>>& sum, std::optional<std::vector<Feature>>& features) {
  if (!sum) return sum.swap(features);
  for (const Feature& f : features.value_or(std::vector<Feature>())) {
    const auto known = std::find_if(sum->begin(), sum->end(),
                                    [&](const Feature& s) { return s.group == f.group && s.name == f.name; });
    if (known == sum->end()) {
      sum->push_back(f);
    } else {
      known->produced += f.produced;
      known->reached += f.reached;
    }
  }
  features.reset();
}

// Seconds, executions and findings of a run are counted from its beginning.
void add_growth(std::vector<Sample>& growth, const std::vector<Sample>& samples) {
  const Sample before = growth.empty() ? Sample{} : growth.back();
  for (Sample s : samples) {
    s.second += before.second;
    s.executions += before.executions;
    s.findings += before.findings;
    growth.push_back(s);
  }
}

void add(Run& into, const Run& run) {
  FuzzSummary& sum = *into.summary;
  const FuzzSummary& s = *run.summary;
  sum.version = s.version;
  sum.seconds += s.seconds;
  sum.cpu_seconds += s.cpu_seconds;
  sum.executions += s.executions;
  sum.jobs = std::max(sum.jobs, s.jobs);
  sum.coverage = std::max(sum.coverage, s.coverage);
  sum.features = std::max(sum.features, s.features);
  sum.corpus = s.corpus;
  sum.interrupted = sum.interrupted || s.interrupted;
  if (!s.over_because.empty()) sum.over_because = s.over_because;
  sum.finished = sum.finished && s.finished;
  sum.troubles.insert(sum.troubles.end(), s.troubles.begin(), s.troubles.end());
  add_counts(sum.verdicts, s.verdicts);
  add_properties(sum.properties, s.properties);
  add_findings(into, run);
  add_growth(into.growth, run.growth);
}

}  // namespace

std::vector<Run> folded(std::vector<Run> runs) {
  std::vector<Run> out;
  for (Run& run : runs) {
    const auto same = std::find_if(out.begin(), out.end(), [&](const Run& o) {
      return run.summary && o.summary && o.session == run.session && o.summary->subject() == run.summary->subject();
    });
    if (same == out.end()) {
      out.push_back(std::move(run));
      continue;
    }
    add(*same, run);
    add_features(same->reach, run.reach);
    // What was measured beside it stays, with a run of its own.
    run.summary.reset();
    run.files.clear();
    run.growth.clear();
    if (run.reach || run.mutants || run.oracles || run.coverage) out.push_back(std::move(run));
  }
  return out;
}

}  // namespace vtd::reports
