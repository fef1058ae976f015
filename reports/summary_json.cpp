// SPDX-License-Identifier: Apache-2.0 OR MIT
// Both directions, side by side: what is written can be read again.

#include "reports/summary_json.h"

#include <algorithm>

#include "properties/judge.h"

namespace vtd::reports {
namespace {

Json finding_json(const Finding& f) {
  return {{"headline", f.headline},     {"cluster", f.cluster.id}, {"what", f.cluster.what}, {"call", f.cluster.call},
          {"place", f.cluster.place},   {"inputs", f.inputs},      {"artifact", f.artifact}, {"replay", f.replay},
          {"reproduced", f.reproduced}, {"message", f.message}};
}

Finding finding_from(const Source& s) {
  Finding f;
  f.headline = s.text("headline");
  f.artifact = s.text("artifact");
  f.message = s.text("message");
  f.replay = s.text("replay");
  f.inputs = s.count("inputs", 1);
  f.reproduced = s.flag("reproduced", true);
  f.cluster = cluster_of(f.headline, f.message);
  return f;
}

// In the order of the catalogue; names that it does not have any more come last.
std::vector<PropertyCount> properties_from(const Source& s) {
  const Source counts = s.object("properties");
  const std::vector<std::string> strangers = s.texts("not_of_this_target");
  const auto expected = [&](const std::string& name) {
    return std::find(strangers.begin(), strangers.end(), name) == strangers.end();
  };
  std::vector<PropertyCount> out;
  std::vector<std::string> known;
  for (const properties::PropertyInfo& p : properties::catalogue()) {
    known.emplace_back(p.name);
    if (counts.json().contains(p.name)) out.push_back({p.name, p.group, counts.count(p.name), expected(p.name)});
  }
  for (const auto& [name, value] : counts.json().items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      out.push_back({name, "of another version", counts.count(name), expected(name)});
  return out;
}

}  // namespace

Json to_json(const FuzzSummary& s) {
  Json verdicts = Json::object(), evaluations = Json::object(), strangers = Json::array(), findings = Json::array();
  for (const Count& v : s.verdicts) verdicts[v.name] = v.times;
  for (const PropertyCount& p : s.properties) {
    evaluations[p.name] = p.evaluations;
    if (!p.expected) strangers.push_back(p.name);
  }
  for (const Finding& f : s.findings) findings.push_back(finding_json(f));
  return {{"target", s.target},
          {"engine", s.engine},
          {"engine_is", s.engine_is},
          {"hunt", s.hunt},
          {"began", s.began},
          {"version", s.version},
          {"clean", s.clean()},
          {"seconds", s.seconds},
          {"jobs", s.jobs},
          {"interrupted", s.interrupted},
          {"over_because", s.over_because},
          {"finished", s.finished},
          {"executions", s.executions},
          {"cpu_seconds", s.cpu_seconds},
          {"coverage", s.coverage},
          {"features", s.features},
          {"corpus", s.corpus},
          {"seeds", s.seeds},
          {"seeds_left_out", s.seeds_left_out},
          {"verdicts", verdicts},
          {"properties", evaluations},
          {"not_of_this_target", strangers},
          {"never_evaluated", s.never_evaluated()},
          {"findings", findings},
          {"troubles", s.troubles}};
}

FuzzSummary summary_from(const Source& s) {
  FuzzSummary out;
  out.target = s.text("target");
  if (s.has("engine")) out.engine = s.text("engine");
  out.engine_is = s.text("engine_is");
  out.hunt = s.text("hunt");
  out.began = s.text("began");
  out.version = s.text("version");
  out.seconds = s.count("seconds");
  out.jobs = s.count("jobs");
  out.interrupted = s.flag("interrupted");
  out.over_because = s.text("over_because");
  out.finished = s.flag("finished", true);
  out.executions = s.count("executions");
  out.cpu_seconds = s.number("cpu_seconds");
  out.coverage = s.count("coverage");
  out.features = s.count("features");
  out.corpus = s.count("corpus");
  out.seeds = s.count("seeds");
  out.seeds_left_out = s.count("seeds_left_out");
  const Source verdicts = s.object("verdicts");
  for (const auto& [name, value] : verdicts.json().items()) out.verdicts.push_back({name, verdicts.count(name)});
  out.properties = properties_from(s);
  for (const Source& f : s.objects("findings")) out.findings.push_back(finding_from(f));
  out.troubles = s.texts("troubles");
  return out;
}

}  // namespace vtd::reports
