// SPDX-License-Identifier: Apache-2.0 OR MIT
// An engine chosen on the command line, and a runner that knows what this engine does not promise.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "harness/engines.h"
#include "harness/runner.h"

namespace vtd::harness::cli {

// --engine and --strategy, as several commands have them, and --hunt, as three have.
struct EngineOptions {
  std::string engine = "ours";
  std::string strategy;  // empty: what the scenario says
  std::string hunt;      // known findings that are findings again: "all", or numbers
};
void add_engine_options(CLI::App& command, EngineOptions& options, bool with_both);
void add_hunt_option(CLI::App& command, std::string& hunt);

class Session {
 public:
  // Throws InputError for an engine that does not exist or cannot be loaded.
  explicit Session(const std::string& engine_name, const std::string& hunt = {});

  RunResult run(const model::Scenario&, const RunOptions&);
  // `name` is what a person called the scenario: a crash is reported under it.
  RunResult run(const model::Scenario&, const RunOptions&, const std::string& name);

  const EngineEntry& entry() const { return *entry_; }
  const vtd_engine& engine() const { return *engine_; }
  Runner& runner() { return runner_; }
  // Does the engine claim this strategy?
  bool offers(model::Strategy strategy) const;

 private:
  std::string engine_name_, hunt_;
  const EngineEntry* entry_;
  const vtd_engine* engine_;
  Runner runner_;
};

// Options of a run under a strategy by name: "deep", "shallow", "auto", or empty for the scenario's own.
RunOptions options_for(Extent extent, const std::string& strategy);
const char* verdict_name(Verdict verdict);
// The command that runs a scenario once more as it was run.
std::string replay_command(const std::string& engine, const std::string& strategy, const std::string& file,
                           const std::string& hunt = {});

// The step that said what must come, when that is what failed; otherwise a step like any other.
model::Step expectation_of(const model::Scenario&, const properties::Failure&);

// "NAME: not a machine: why: the step", of a scenario that was rejected.
std::string not_a_machine(const std::string& name, const RunResult&, const model::Scenario&);

// Takes the first takeover of a scenario and leaves the new tables standing. Throws InputError when it is no machine.
RunResult take_over(Session& session, const model::Scenario& scenario, const EngineOptions& options,
                    const std::string& name);

}  // namespace vtd::harness::cli
