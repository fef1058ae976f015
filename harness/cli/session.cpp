// SPDX-License-Identifier: Apache-2.0 OR MIT
// Engine and strategy by name, runs with the engine's excuses applied.

#include "harness/cli/session.h"

#include <fmt/core.h>

#include "harness/cli/crash_note.h"
#include "harness/input_error.h"
#include "model/scenario/build.h"

namespace vtd::harness::cli {
namespace {

const EngineEntry* engine_named(const std::string& name) {
  std::string error;
  const EngineEntry* entry = find_engine(name, error);
  if (entry == nullptr) throw InputError{error};
  return entry;
}

}  // namespace

void add_engine_options(CLI::App& command, EngineOptions& options, bool with_both) {
  command.add_option("--engine", options.engine, "An engine of `vtdfuzz engines`, or the path of a shared library")
      ->capture_default_str();
  using enum model::Strategy;
  std::vector<std::string> names;
  for (const model::Strategy s : {deep, shallow, automatic}) names.emplace_back(model::strategy_name(s));
  if (with_both) names.emplace_back("both");
  command.add_option("--strategy", options.strategy, "Instead of what the scenario says")->check(CLI::IsMember(names));
}

void add_hunt_option(CLI::App& command, std::string& hunt) {
  command.add_option(
      "--hunt", hunt,
      "Known findings of the engine that are findings again: all, or numbers of reports/findings (0001,0002)");
}

Session::Session(const std::string& engine_name, const std::string& hunt)
    : engine_name_(engine_name), hunt_(hunt), entry_(engine_named(engine_name)), engine_(entry_->get()) {
  if (const std::string why = why_not_hunted(*entry_, hunt_); !why.empty())
    throw InputError{fmt::format("--hunt {}: {}", hunt_, why)};
  excuse(*entry_, runner_.judge(), hunt_);
}

RunResult Session::run(const model::Scenario& scenario, const RunOptions& options) {
  return runner_.run(scenario, *engine_, options);
}

RunResult Session::run(const model::Scenario& scenario, const RunOptions& options, const std::string& name) {
  set_crash_note(
      name, replay_command(engine_name_, options.override_strategy ? model::strategy_name(options.strategy) : "", name,
                           hunt_));
  const RunResult result = run(scenario, options);
  set_crash_note({}, {});
  return result;
}

bool Session::offers(model::Strategy strategy) const {
  switch (strategy) {
    case model::Strategy::deep:
      return (engine_->features & VTD_FEATURE_DEEP) != 0;
    case model::Strategy::shallow:
      return (engine_->features & VTD_FEATURE_SHALLOW) != 0;
    case model::Strategy::automatic:
      return true;
  }
  return false;
}

RunOptions options_for(Extent extent, const std::string& strategy) {
  RunOptions options;
  options.extent = extent;
  options.override_strategy = !strategy.empty();
  if (options.override_strategy) options.strategy = model::strategy_named(strategy);
  return options;
}

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::held:
      return "held";
    case Verdict::rejected:
      return "rejected";
    case Verdict::broken:
      return "broken";
    case Verdict::engine_crash:
      return "engine_crash";
    case Verdict::model_error:
      return "model_error";
    case Verdict::harness_error:
      return "harness_error";
    case Verdict::spent:
      return "spent";
  }
  return "";
}

std::string replay_command(const std::string& engine, const std::string& strategy, const std::string& file,
                           const std::string& hunt) {
  std::string command = "vtdfuzz check";
  if (engine != "ours") command += " --engine " + engine;
  if (!strategy.empty()) command += " --strategy " + strategy;
  if (!hunt.empty()) command += " --hunt " + hunt;
  return command + " " + file;
}

RunResult take_over(Session& session, const model::Scenario& scenario, const EngineOptions& options,
                    const std::string& name) {
  const RunResult result = session.run(scenario, options_for(Extent::takeover_only, options.strategy), name);
  if (result.verdict == Verdict::rejected) throw InputError{not_a_machine(name, result, scenario)};
  return result;
}

model::Step expectation_of(const model::Scenario& scenario, const properties::Failure& failure) {
  const bool expected = failure.property == properties::Property::the_expected_outcome_happens;
  return expected && failure.step < scenario.steps.size() ? scenario.steps[failure.step] : model::Step{};
}

std::string not_a_machine(const std::string& name, const RunResult& result, const model::Scenario& scenario) {
  std::string text =
      fmt::format("{}: not a machine: {}", name, result.why != nullptr ? result.why : "it cannot be built");
  model::Machine machine;
  const model::BuildError error = model::build(scenario, machine);
  if (error && error.step < scenario.steps.size())
    text += fmt::format(": {}", model::print_step(scenario.steps[error.step]));
  return text;
}

}  // namespace vtd::harness::cli
