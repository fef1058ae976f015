// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz translate`: one DMA through the old tables and through the new ones, with the entries it meets.

#include <fmt/core.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/figures.h"
#include "harness/cli/load.h"
#include "harness/cli/session.h"
#include "model/walk.h"

namespace vtd::harness::cli {
namespace {

using model::Outcome;
using model::OutcomeKind;

struct TranslateArguments {
  std::string file, source, iova, access = "read", type = "untranslated", unit = "0";
  EngineOptions engine;
  bool json = false;
};

// The arguments are the operands of a `dma` step: the scenario language says what they may be.
model::Step dma_step(const TranslateArguments& o) {
  const std::string line =
      fmt::format("dma source={} unit={} iova={} access={} type={}", o.source, o.unit, o.iova, o.access, o.type);
  model::Scenario parsed;
  const model::TextError error = model::parse_text(fmt::format("vtd {}\n{}\n", model::kTextVersion, line), parsed);
  if (error) throw InputError{fmt::format("translate: {}", error.message)};
  if (parsed.steps.size() != 1) throw InputError{fmt::format("translate: expected one request, got \"{}\"", line)};
  return parsed.steps.front();
}

model::Request request_of(const model::Step& dma) {
  return {static_cast<model::SourceId>(dma.operand[model::operand::d_source]), dma.operand[model::operand::d_iova],
          static_cast<model::Access>(1u << dma.operand[model::operand::d_access]),
          static_cast<model::RequestType>(dma.operand[model::operand::d_type])};
}

std::string page_size(unsigned shift) {
  return shift == 0 ? "no page" : size_of_bytes(std::uint64_t{1} << shift) + " page";
}

std::string told(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::translated:
      return outcome.page_shift == 0
                 ? fmt::format("{} {}, pass-through", hex(outcome.address), permissions_name(outcome.permissions))
                 : fmt::format("{} {}, {}{}", hex(outcome.address), permissions_name(outcome.permissions),
                               page_size(outcome.page_shift), outcome.snoop ? ", snooped" : "");
    case OutcomeKind::fault:
      return fmt::format("fault {:#x}: {}{}", static_cast<unsigned>(outcome.fault), model::fault_name(outcome.fault),
                         outcome.recorded ? "" : " (not recorded: FPD)");
    case OutcomeKind::undefined:
      return "undefined: a table lies where the specification leaves the outcome open";
  }
  return "";
}

Json as_json(const Outcome& outcome) {
  constexpr std::array<const char*, 3> kKinds = {"translated", "fault", "undefined"};
  Json json = {{"outcome", kKinds.at(static_cast<std::size_t>(outcome.kind))}};
  if (outcome.kind == OutcomeKind::translated) {
    json.update({{"address", hex(outcome.address)},
                 {"permissions", permissions_name(outcome.permissions)},
                 {"page_bytes", outcome.page_shift == 0 ? Json() : Json(std::uint64_t{1} << outcome.page_shift)},
                 {"snoop", outcome.snoop}});
  } else if (outcome.kind == OutcomeKind::fault) {
    Json allowed = Json::array();
    for (unsigned reason = 0; reason < 16; ++reason)
      if ((outcome.allowed_faults >> reason & 1) != 0) allowed.push_back(reason);
    json.update({{"fault", static_cast<unsigned>(outcome.fault)},
                 {"name", model::fault_name(outcome.fault)},
                 {"recorded", outcome.recorded},
                 {"also_allowed", allowed}});
  }
  Json path = Json::array();
  for (unsigned i = 0; i < outcome.depth; ++i)
    path.push_back({{"level", role_key(outcome.path[i].role)},
                    {"entry", hex(outcome.path[i].entry)},
                    {"value", hex(outcome.path[i].value)}});
  json["path"] = path;
  return json;
}

void print(const char* when, const Outcome& outcome) {
  fmt::print("{:<7} {}\n", when, told(outcome));
  for (unsigned i = 0; i < outcome.depth; ++i)
    fmt::print("          {:<8} entry {:<#14x} {:#018x}\n", role_name(outcome.path[i].role), outcome.path[i].entry,
               outcome.path[i].value);
}

int run(const TranslateArguments& o) {
  const model::Step dma = dma_step(o);
  const model::Request request = request_of(dma);
  const Loaded loaded = load(o.file);
  Session session(o.engine.engine);
  const RunResult result = take_over(session, loaded.scenario, o.engine, o.file);
  const auto unit = static_cast<unsigned>(dma.operand[model::operand::d_unit]);
  const auto& before = session.runner().before();
  if (unit >= before.size())
    throw InputError{fmt::format("--unit {}: {} has {}", unit, o.file, count_of(before.size(), "unit"))};
  const Outcome old_outcome = model::walk(before[unit], request);
  if (result.status != 0) {
    if (o.json)
      print_json({{"file", o.file},
                  {"before", as_json(old_outcome)},
                  {"after", nullptr},
                  {"refused", status_name(result.status)}});
    else
      print("before", old_outcome);
    throw InputError{fmt::format("{}: {}: there is no translation after the takeover", o.file, refusal_text(result))};
  }
  const Outcome new_outcome = model::walk(session.runner().hardware().hierarchy(unit, model::View::cpu), request);
  if (o.json) {
    print_json({{"file", o.file},
                {"device", source_name(request.source)},
                {"unit", unit},
                {"iova", hex(request.iova)},
                {"access", o.access},
                {"type", o.type},
                {"before", as_json(old_outcome)},
                {"after", as_json(new_outcome)},
                {"verdict", verdict_name(result.verdict)}});
  } else {
    fmt::print("{} {} {} ({})\n", source_name(request.source), o.access, hex(request.iova), o.type);
    print("before", old_outcome);
    print("after", new_outcome);
  }
  return static_cast<int>(result.verdict);
}

}  // namespace

void add_translate(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand(
      "translate", "One DMA before and after the takeover: its address and permissions, or its fault");
  auto o = std::make_shared<TranslateArguments>();
  command->add_option("FILE", o->file, "The scenario")->required();
  command->add_option("--source", o->source, "The device, as bb:dd.f")->required();
  command->add_option("--iova", o->iova, "The address on the bus")->required();
  command->add_option("--access", o->access, "read, write or zero_length_read")->capture_default_str();
  command->add_option("--type", o->type, "untranslated, translation_request or translated")->capture_default_str();
  command->add_option("--unit", o->unit, "The remapping unit")->capture_default_str();
  add_engine_options(*command, o->engine, /*with_both=*/false);
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Example: vtdfuzz translate corpus/real/strict48.vtd --source 00:03.0 --iova 0xfffff000 --access write");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
