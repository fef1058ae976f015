// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading and writing the log of trials.
#include "harness/mutants/trial_log.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "harness/input_error.h"

namespace vtd::harness::mutants {

using Json = nlohmann::ordered_json;

TrialLog::TrialLog(std::filesystem::path file, Prints prints) : file_(std::move(file)), prints_(std::move(prints)) {
  read();
  out_.open(file_, std::ios::app);
  if (!out_) throw InputError{fmt::format("{}: cannot be written", file_.string())};
}

// The last line of a run that was killed may be half a line: it is passed over, and made again.
void TrialLog::read() {
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded() || !json.contains("build")) continue;
    const Trial trial{json.at("program"),  json.at("mutant"), 0,
                      json.at("strategy"), json.at("seed"),   json.at("budget")};
    const auto print = prints_.find({trial.program, trial.strategy});
    if (print == prints_.end() || print->second != json.at("build").get<std::string>()) continue;
    done_[key_of(trial)] = {trial.budget,
                            {json.at("state"), json.at("by"), json.at("executions"), json.at("cpu_seconds")}};
  }
}

const Result* TrialLog::find(const Trial& trial) const {
  const auto found = done_.find(key_of(trial));
  if (found == done_.end()) return nullptr;
  const auto& [budget, result] = found->second;
  const bool enough = budget >= trial.budget || (result.state == "killed" && result.cpu_seconds <= trial.budget);
  return enough ? &result : nullptr;
}

void TrialLog::add(const Trial& trial, const Result& result) {
  done_[key_of(trial)] = {trial.budget, result};
  const Json json = {{"program", trial.program},
                     {"mutant", trial.mutant},
                     {"strategy", trial.strategy},
                     {"seed", trial.seed},
                     {"budget", trial.budget},
                     {"state", result.state},
                     {"by", result.by},
                     {"executions", result.executions},
                     {"cpu_seconds", result.cpu_seconds},
                     {"build", prints_.at({trial.program, trial.strategy})}};
  out_ << json.dump() << std::endl;
}

}  // namespace vtd::harness::mutants
