// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz properties` and `vtdfuzz engines`: what is judged, and who can be judged.

#include <fmt/core.h>

#include <memory>
#include <string_view>

#include "harness/cli/command.h"
#include "harness/cli/output.h"
#include "harness/engines.h"
#include "properties/judge.h"

namespace vtd::harness::cli {
namespace {

using properties::PropertyInfo;

void properties_as_json() {
  Json list = Json::array();
  for (const PropertyInfo& p : properties::catalogue())
    list.push_back({{"name", p.name},
                    {"group", p.group},
                    {"section", p.section},
                    {"meaning", p.meaning},
                    {"needs_stores", p.needs_stores}});
  print_json({{"properties", list}});
}

void properties_as_text() {
  std::string_view group;
  for (const PropertyInfo& p : properties::catalogue()) {
    if (group != p.group) fmt::print("{}{}\n", group.empty() ? "" : "\n", p.group);
    group = p.group;
    fmt::print("  {:<46} {}{}\n      {}\n", p.name, p.section, p.needs_stores ? "  (observed builds)" : "", p.meaning);
  }
}

struct Feature {
  std::uint32_t bit;
  const char* name;
};
constexpr Feature kFeatures[] = {{VTD_FEATURE_ADOPTS, "adopts"},
                                 {VTD_FEATURE_DEEP, "deep"},
                                 {VTD_FEATURE_SHALLOW, "shallow"},
                                 {VTD_FEATURE_MANY_UNITS, "many_units"}};

// What is built apart and not there has a row of the table all the same.
std::uint32_t features_of(const EngineEntry& e, std::string& missing) {
  const EngineEntry* const entry = find_engine(e.name, missing);
  return entry == nullptr ? 0 : entry->get()->features;
}

Json engine_as_json(const EngineEntry& e) {
  std::string missing;
  const std::uint32_t bits = features_of(e, missing);
  Json features = Json::array(), excuses = Json::array();
  for (const Feature& feature : kFeatures)
    if ((bits & feature.bit) != 0) features.push_back(feature.name);
  for (const Excuse& excuse : e.excuses)
    excuses.push_back({{"property", properties::info(excuse.property).name},
                       {"what", excuse.what == nullptr ? "" : excuse.what},
                       {"reason", excuse.reason},
                       {"finding", excuse.finding == nullptr ? "" : excuse.finding}});
  return {{"name", e.name},         {"description", e.description}, {"built", missing.empty()},
          {"observed", e.observed}, {"features", features},         {"excuses", excuses}};
}

void excuse_as_text(const Excuse& e) {
  const std::string condition = e.what == nullptr ? "" : fmt::format(" ({})", e.what);
  const std::string where = e.finding == nullptr ? "" : fmt::format("; reports/findings/{}", e.finding);
  fmt::print("           {}: {}{}: {}{}\n", e.finding == nullptr ? "excused" : "known",
             properties::info(e.property).name, condition, e.reason, where);
}

void engine_as_text(const EngineEntry& e) {
  std::string features, missing;
  const std::uint32_t bits = features_of(e, missing);
  for (const Feature& feature : kFeatures)
    if ((bits & feature.bit) != 0) features += std::string(features.empty() ? "" : ", ") + feature.name;
  fmt::print("{:<10} {}\n", e.name, e.description);
  if (missing.empty())
    fmt::print("           features: {}{}\n", features, e.observed ? "; observed store by store" : "");
  else
    fmt::print("           {}\n", missing);
  for (const Excuse& excuse : e.excuses) excuse_as_text(excuse);
}

void list_engines(bool json) {
  Json list = Json::array();
  for (const EngineEntry& e : engines()) {
    if (json)
      list.push_back(engine_as_json(e));
    else
      engine_as_text(e);
  }
  if (json)
    print_json({{"engines", list}});
  else
    fmt::print(
        "\nAny other: --engine ./libmine.so, a shared library that exports vtd_engine_get (engine/takeover.h).\n");
}

}  // namespace

void add_properties(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("properties", "List the properties with their specification sections");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object on standard output");
  command->footer("Example: vtdfuzz properties");
  command->callback([json] { *json ? properties_as_json() : properties_as_text(); });
}

void add_engines(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("engines", "List the engines of this build, and what they do not promise");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object on standard output");
  command->footer("Example: vtdfuzz engines --json");
  command->callback([json] { list_engines(*json); });
}

}  // namespace vtd::harness::cli
