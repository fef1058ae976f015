// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz show`: the hierarchy of a machine as a tree, with the takeover's findings marked, and as a picture.

#include "harness/cli/show.h"

#include <fmt/core.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/figures.h"
#include "harness/cli/load.h"
#include "harness/cli/session.h"

namespace vtd::harness::cli {
namespace {

struct ShowArguments {
  std::string file, svg;
  EngineOptions engine;
  std::size_t ranges = 4;
  bool after = false, json = false;
};

std::vector<ShownUnit> units_of(Session& session, bool after) {
  const Runner& runner = session.runner();
  std::vector<ShownUnit> units;
  for (const model::Hierarchy& before : runner.before()) {
    ShownUnit unit;
    unit.number = static_cast<unsigned>(units.size());
    unit.hierarchy = after ? runner.hardware().hierarchy(unit.number, model::View::cpu) : before;
    unit.survey = model::survey(unit.hierarchy);
    for (const model::Claim& claim : runner.claims().findings)
      if (claim.unit == unit.number && !after) unit.findings.push_back(claim);
    units.push_back(std::move(unit));
  }
  return units;
}

int run(const ShowArguments& o) {
  const Loaded loaded = load(o.file);
  Session session(o.engine.engine);
  const RunResult result = take_over(session, loaded.scenario, o.engine, o.file);
  if (o.after && result.status != 0)
    throw InputError{fmt::format("{}: {}: there are no new tables", o.file, refusal_text(result))};
  const std::vector<ShownUnit> units = units_of(session, o.after);
  if (!o.svg.empty()) write_file(o.svg, picture(units, o.file + (o.after ? ", after the takeover" : "")));
  if (o.json) {
    Json list = Json::array();
    for (const ShownUnit& unit : units) list.push_back(tree_json(unit, o.ranges));
    Json json = {{"file", o.file},
                 {"after", o.after},
                 {"refused", result.status == 0 ? Json() : Json(status_name(result.status))},
                 {"units", list}};
    if (!o.svg.empty()) json["svg"] = o.svg;
    print_json(json);
    return 0;
  }
  if (!o.svg.empty()) return 0;
  fmt::print("{}{}\n", o.file, o.after ? ", after the takeover" : "");
  if (result.status != 0) fmt::print("{}\n", refusal_text(result));
  for (const ShownUnit& unit : units) fmt::print("{}", tree_text(unit, o.ranges));
  return 0;
}

}  // namespace

void add_show(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("show", "The hierarchy of a machine as a tree or a picture");
  auto o = std::make_shared<ShowArguments>();
  command->add_option("FILE", o->file, "The scenario")->required();
  command->add_option("--svg", o->svg, "Write a picture here instead");
  command->add_option("--ranges", o->ranges, "How many mapped ranges of an address space are listed")
      ->check(any_count())
      ->capture_default_str();
  command->add_flag("--after", o->after, "The new tables instead of the old ones");
  add_engine_options(*command, o->engine, /*with_both=*/false);
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Examples:\n  vtdfuzz show corpus/real/cm48.vtd\n  vtdfuzz show --svg cm48.svg corpus/real/cm48.vtd\n"
      "  vtdfuzz show --after --ranges 1000 corpus/seeds/N01-*.vtd");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
