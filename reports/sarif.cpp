// SPDX-License-Identifier: Apache-2.0 OR MIT
// SARIF 2.1.0: a rule a property, a result a finding, at the place in the engine that the message marks.

#include <charconv>
#include <set>

#include "properties/judge.h"
#include "reports/json.h"
#include "reports/message_parts.h"
#include "reports/report.h"

namespace vtd::reports {
namespace {

constexpr const char* kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

std::string rule_of(const Finding& f) {
  return f.headline.starts_with("BROKEN ") ? f.headline.substr(7) : "engine_crash";
}

// Only rules that a result names: a reader of alerts wants no catalogue.
Json rules_json(const Report& report) {
  std::set<std::string> used;
  for (const Run* run : report.newest())
    for (const Finding& f : run->summary->findings) used.insert(rule_of(f));
  Json rules = Json::array();
  for (const properties::PropertyInfo& p : properties::catalogue())
    if (used.erase(p.name) != 0)
      rules.push_back({{"id", p.name},
                       {"shortDescription", {{"text", p.meaning}}},
                       {"help", {{"text", std::string("Required by ") + p.section + "."}}},
                       {"properties", {{"tags", {p.group}}}}});
  for (const std::string& name : used)
    rules.push_back({{"id", name}, {"shortDescription", {{"text", "The engine ends in an orderly way."}}}});
  return rules;
}

// "engine/context.cpp:110"; a finding without a place belongs to the engine as a whole.
Json location_json(const std::string& place) {
  const std::size_t colon = place.rfind(':');
  Json physical = {{"artifactLocation",
                    {{"uri", colon == std::string::npos ? "engine/takeover.cpp" : place.substr(0, colon)},
                     {"uriBaseId", "SRCROOT"}}}};
  std::uint64_t line = 0;
  if (colon != std::string::npos) std::from_chars(place.data() + colon + 1, place.data() + place.size(), line);
  physical["region"] = {{"startLine", line == 0 ? 1 : line}};
  return {{"physicalLocation", physical}};
}

Json result_json(const Finding& f, const std::string& target) {
  const MessageParts parts = parts_of(f.message);
  std::string text = f.headline + (f.cluster.what.empty() ? "" : ": " + f.cluster.what) + ".\n";
  for (const auto& [name, value] : parts.facts)
    if (name == "where" || name == "expected" || name == "got") text += name + ": " + value + "\n";
  text += "Replay: " + f.replay;
  return {{"ruleId", rule_of(f)},
          {"level", "error"},
          {"message", {{"text", text}}},
          {"locations", Json::array({location_json(f.cluster.place)})},
          {"partialFingerprints", {{"cluster/v1", f.cluster.id}}},
          {"occurrenceCount", f.inputs},
          {"properties", {{"target", target}, {"reproduced", f.reproduced}, {"scenario", parts.draft}}}};
}

}  // namespace

std::string sarif(const Report& report) {
  Json results = Json::array();
  for (const Run* run : report.newest())
    for (const Finding& f : run->summary->findings) results.push_back(result_json(f, run->summary->subject()));
  const Json driver = {{"name", "vtdfuzz"}, {"semanticVersion", VTD_VERSION}, {"rules", rules_json(report)}};
  const Json run = {{"tool", {{"driver", driver}}},
                    {"originalUriBaseIds", {{"SRCROOT", {{"description", {{"text", "The root of the repository."}}}}}}},
                    {"results", results}};
  return dumped({{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}}, 2) + "\n";
}

}  // namespace vtd::reports
