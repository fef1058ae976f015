// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs and verdicts of a trial.
#include "harness/mutants/worker/trial.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

#include "harness/input_error.h"

namespace vtd::harness::mutants {
namespace {

constexpr std::uint64_t kTwiceEvery = 64;    // one run in so many is repeated: same_input_same_run
constexpr std::uint64_t kLeavesMost = 2048;  // of one `map` step, as in the fuzz targets

const EngineEntry& ours() {
  std::string error;
  const EngineEntry* const entry = find_engine("ours", error);
  if (entry == nullptr) throw InputError{error};
  return *entry;
}

// As it is written, then deep, then shallow.
RunOptions options_of(unsigned way) {
  RunOptions options;
  options.override_strategy = way != 0;
  options.strategy = way == 2 ? model::Strategy::shallow : model::Strategy::deep;
  return options;
}

}  // namespace

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

Subject::Subject(Record& record, const Request& request)
    : record_(record), budget_(request.budget), keep_(request.keep), entry_(ours()) {
  options_.leaves_most = kLeavesMost;
  excuse(entry_, runner_.judge());
}

void Subject::run(const model::Scenario& scenario) {
  options_.twice = record_.executions % kTwiceEvery == 0;
  ++record_.executions;
  judge(runner_.run(scenario, *entry_.get(), options_), scenario);
  if (cpu_seconds() >= budget_) survived();
}

void Subject::run_in_all_ways(const model::Scenario& scenario) {
  for (unsigned way = 0; way < kWays; ++way) {
    options_ = options_of(way);
    run(scenario);
  }
}

bool Subject::breaks(const model::Scenario& scenario, unsigned way, const std::string& property) {
  ++record_.executions;
  RunOptions options = options_of(way);
  options.twice = property == properties::info(properties::Property::same_input_same_run).name;
  const RunResult result = runner_.run(scenario, *entry_.get(), options);
  stop_at_trouble(result);
  return result.verdict == Verdict::broken && properties::info(runner_.judge().first().property).name == property;
}

void Subject::judge(const RunResult& result, const model::Scenario& scenario) {
  if (result.verdict == Verdict::broken && !keep_.empty()) std::ofstream(keep_) << model::print_text(scenario);
  switch (result.verdict) {
    case Verdict::held:
    case Verdict::rejected:
    case Verdict::spent:
      return;
    case Verdict::broken:
      finish(State::killed, properties::info(runner_.judge().first().property).name);
    case Verdict::engine_crash:
      finish(State::killed, result.why != nullptr ? result.why : "the engine gave up");
    case Verdict::model_error:
    case Verdict::harness_error:
      return stop_at_trouble(result);
  }
}

// A run that came to nothing says nothing of a mutant, neither that it was seen nor that it was not.
void Subject::stop_at_trouble(const RunResult& result) {
  if (result.verdict == Verdict::model_error || result.verdict == Verdict::harness_error)
    finish(State::trouble, result.why != nullptr ? result.why : "no reason was given");
}

void Subject::finish(State state, const char* by) {
  record_.cpu_seconds = cpu_seconds();
  std::strncpy(record_.by, by, sizeof record_.by - 1);
  record_.state = state;
  _exit(0);
}

}  // namespace vtd::harness::mutants
