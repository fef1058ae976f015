// SPDX-License-Identifier: Apache-2.0 OR MIT
// Builds the page's data. What was not measured is null.

#include "reports/page_data.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "properties/judge.h"
#include "reports/message_parts.h"
#include "reports/words.h"

namespace vtd::reports {
namespace {

const properties::PropertyInfo* property_named(std::string_view name) {
  for (const properties::PropertyInfo& p : properties::catalogue())
    if (name == p.name) return &p;
  return nullptr;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }
template <class Number>
Json number_or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

Json conclusions_json(const Report& report) {
  Json list = Json::array();
  for (const Conclusion& c : conclusions(report))
    list.push_back({{"level", level_name(c.level)}, {"text", c.text}, {"section", c.section}});
  return list;
}

// --- findings ---------------------------------------------------------------------------------------------------
Json finding_json(const Run& run, std::size_t i) {
  const Finding& f = run.summary->findings[i];
  const MessageParts parts = parts_of(f.message);
  Json facts = Json::array(), pictures = Json::array();
  for (const auto& [name, value] : parts.facts) facts.push_back({{"name", name}, {"value", value}});
  for (const std::string& picture : run.files[i].pictures) pictures.push_back(picture);
  return {{"headline", f.headline},
          {"cluster", f.cluster.id},
          {"what", f.cluster.what},
          {"call", text_or_null(f.cluster.call)},
          {"place", text_or_null(f.cluster.place)},
          {"target", run.summary->subject()},
          {"engine", run.summary->engine},
          {"hunt", text_or_null(run.summary->hunt)},
          {"inputs", f.inputs},
          {"artifact", f.artifact},
          {"reproduced", f.reproduced},
          {"replay", f.replay},
          {"facts", facts},
          {"trace", text_or_null(parts.trace)},
          {"scenario", text_or_null(run.files[i].scenario)},
          {"draft", text_or_null(parts.draft)},
          {"rest", text_or_null(parts.rest)},
          {"pictures", pictures}};
}

Json findings_json(const Report& report) {
  Json list = Json::array();
  for (const Run* run : report.newest())
    for (std::size_t i = 0; i < run->summary->findings.size(); ++i) list.push_back(finding_json(*run, i));
  return list;
}

// Clusters that only earlier runs found, with the last run that did.
Json gone_json(const Report& report) {
  std::map<std::string, Json> by_cluster;
  for (const Run& run : report.runs())
    if (run.summary)
      for (const Finding& f : run.summary->findings)
        by_cluster[f.cluster.id] = {{"headline", f.headline},
                                    {"cluster", f.cluster.id},
                                    {"place", text_or_null(f.cluster.place)},
                                    {"target", run.summary->subject()},
                                    {"last", run.name}};
  for (const Run* run : report.newest())
    for (const Finding& f : run->summary->findings) by_cluster.erase(f.cluster.id);
  Json list = Json::array();
  for (const auto& [id, json] : by_cluster) list.push_back(json);
  return list;
}

// --- runs -------------------------------------------------------------------------------------------------------
Json properties_json(const FuzzSummary& s) {
  Json list = Json::array();
  for (const PropertyCount& p : s.properties) {
    const properties::PropertyInfo* info = property_named(p.name);
    list.push_back({{"name", p.name},
                    {"group", p.group},
                    {"section", info == nullptr ? Json() : Json(info->section)},
                    {"meaning", info == nullptr ? Json() : Json(info->meaning)},
                    {"evaluations", p.evaluations},
                    {"expected", p.expected}});
  }
  return list;
}

Json growth_json(const Run& run) {
  Json list = Json::array();
  for (const Sample& s : run.growth) list.push_back(to_json(s));
  return list;
}

Json figures_json(const Run& run) {
  const FuzzSummary& s = *run.summary;
  return {{"run", run.name},
          {"began", text_or_null(s.began)},
          {"version", text_or_null(s.version)},
          {"seconds", s.seconds},
          {"cpu_seconds", s.cpu_seconds},
          {"jobs", s.jobs},
          {"interrupted", s.interrupted},
          {"finished", s.finished},
          {"executions", s.executions},
          {"per_second", per_second(s.executions, static_cast<double>(s.seconds))},
          {"per_cpu_second", s.cpu_seconds > 0 ? Json(per_second(s.executions, s.cpu_seconds)) : Json()},
          {"coverage", s.coverage},
          {"features", s.features},
          {"corpus", s.corpus},
          {"seeds", s.seeds},
          {"evaluations", s.evaluations()},
          {"findings", s.findings.size()},
          {"clean", s.clean()}};
}

Json targets_json(const Report& report) {
  Json list = Json::array();
  for (const Run* run : report.newest()) {
    Json verdicts = Json::array(), history = Json::array();
    for (const Count& v : run->summary->verdicts) verdicts.push_back({{"name", v.name}, {"times", v.times}});
    for (const Run* earlier : report.history(run->summary->subject())) history.push_back(figures_json(*earlier));
    list.push_back({{"target", run->summary->subject()},
                    {"engine", run->summary->engine},
                    {"engine_is", text_or_null(run->summary->engine_is)},
                    {"hunt", text_or_null(run->summary->hunt)},
                    {"figures", figures_json(*run)},
                    {"troubles", run->summary->troubles},
                    {"verdicts", verdicts},
                    {"properties", properties_json(*run->summary)},
                    {"growth", growth_json(*run)},
                    {"history", history}});
  }
  return list;
}

// --- measurements -----------------------------------------------------------------------------------------------
std::string named(const Report& report, const Run& run) {
  return report.is_of_newest_session(run) ? run.name : run.session_name + "/" + run.name;
}

Json reach_json(const Report& report) {
  const auto [run, reach] = report.newest_with(&Run::reach);
  if (run == nullptr) return {};
  Json features = Json::array();
  for (const Feature& f : *reach)
    features.push_back({{"group", f.group},
                        {"name", f.name},
                        {"what", text_or_null(f.what)},
                        {"produced", f.produced},
                        {"reached", f.reached},
                        {"reason", text_or_null(f.reason)}});
  return {{"run", named(report, *run)}, {"features", features}};
}

Json strategies_json(const Mutant& m) {
  Json list = Json::array();
  for (const Kills& k : m.strategies) {
    Json by = Json::array();
    for (const Count& c : k.by) by.push_back({{"property", c.name}, {"times", c.times}});
    list.push_back({{"strategy", k.strategy},
                    {"killed", k.killed},
                    {"of", k.of},
                    {"cpu_median", number_or_null(k.cpu_median)},
                    {"cpu_mean_restricted", number_or_null(k.cpu_mean_restricted)},
                    {"executions_median", number_or_null(k.executions_median)},
                    {"by", by}});
  }
  return list;
}

Json mutants_json(const Report& report) {
  const auto [run, mutants] = report.newest_with(&Run::mutants);
  if (run == nullptr) return {};
  Json list = Json::array();
  for (const Mutant& m : mutants->all)
    list.push_back({{"id", m.id},
                    {"kind", m.kind},
                    {"name", m.name},
                    {"file", m.file},
                    {"line", m.line == 0 ? Json() : Json(m.line)},
                    {"operator", m.operation},
                    {"status", m.status},
                    {"reason", text_or_null(m.reason)},
                    {"strategies", strategies_json(m)}});
  return {{"run", named(report, *run)}, {"budget", mutants->budget}, {"mutants", list}};
}

Json oracles_json(const Report& report) {
  const auto [run, oracles] = report.newest_with(&Run::oracles);
  if (run == nullptr) return {};
  Json list = Json::array();
  for (const Oracle& o : *oracles) {
    Json explained = Json::array();
    for (const Deviation& d : o.explained)
      explained.push_back({{"deviation", d.name}, {"reference", d.reference}, {"times", d.times}});
    list.push_back({{"name", o.name},
                    {"what", o.what},
                    {"probes", o.probes},
                    {"differences", o.differences},
                    {"unexplained", o.unexplained},
                    {"explained", explained}});
  }
  return {{"run", named(report, *run)}, {"oracles", list}};
}

Json covered_json(const Covered& c) { return {{"count", c.count}, {"covered", c.covered}}; }

Json covered_file_json(const CoveredFile& f) {
  return {{"name", f.name},
          {"lines", covered_json(f.lines)},
          {"functions", covered_json(f.functions)},
          {"branches", covered_json(f.branches)},
          {"page", text_or_null(f.page)}};
}

Json coverage_json(const Report& report) {
  const auto [run, coverage] = report.newest_with(&Run::coverage);
  if (run == nullptr) return {};
  Json files = Json::array();
  for (const CoveredFile& f : coverage->files) files.push_back(covered_file_json(f));
  return {{"run", named(report, *run)}, {"total", covered_file_json(coverage->total)}, {"files", files}};
}

}  // namespace

Json page_data(const Report& report) {
  Json runs = Json::array();
  for (const Run& run : report.runs()) runs.push_back(run.name);
  return {{"runs", runs},
          {"conclusions", conclusions_json(report)},
          {"findings", findings_json(report)},
          {"gone", gone_json(report)},
          {"targets", targets_json(report)},
          {"reach", reach_json(report)},
          {"coverage", coverage_json(report)},
          {"mutants", mutants_json(report)},
          {"oracles", oracles_json(report)}};
}

}  // namespace vtd::reports
