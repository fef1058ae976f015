// SPDX-License-Identifier: Apache-2.0 OR MIT
// Trials and their results, one line of JSON each, so that a run that was stopped goes on where it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace vtd::harness::mutants {

struct Trial {
  std::string program;  // of mutants: known, generated, oracle
  std::string mutant;   // id, or kControl
  unsigned number = 0;  // in this build
  std::string strategy;
  std::uint64_t seed = 0;
  double budget = 0;  // CPU-seconds
};

// Nothing is planted: what is noticed then is a false alarm, which would make every mutant look killed.
inline constexpr const char* kControl = "control";

struct Result {
  std::string state;  // killed, survived, trouble (the harness failed: that says nothing of a mutant)
  std::string by;     // the property, or: sanitizer, signal, hang
  std::uint64_t executions = 0;
  double cpu_seconds = 0;
};

// What a strategy's trials with a program depend on (prints.h), by program and strategy.
using Prints = std::map<std::pair<std::string, std::string>, std::string>;

class TrialLog {
 public:
  // `prints` as they are now: what another build did, or another corpus, says nothing of these.
  TrialLog(std::filesystem::path file, Prints prints);

  // nullptr when this trial was not made yet, or only with a smaller budget.
  const Result* find(const Trial& trial) const;
  void add(const Trial& trial, const Result& result);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::uint64_t>;
  static Key key_of(const Trial& trial) { return {trial.program, trial.mutant, trial.strategy, trial.seed}; }
  void read();

  std::filesystem::path file_;
  Prints prints_;
  std::map<Key, std::pair<double, Result>> done_;
  std::ofstream out_;
};

}  // namespace vtd::harness::mutants
