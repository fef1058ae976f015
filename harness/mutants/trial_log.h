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
  std::string mutant;   // id
  unsigned number = 0;  // in this build
  std::string strategy;
  std::uint64_t seed = 0;
  double budget = 0;  // CPU-seconds
};

struct Result {
  std::string state;  // killed, survived, trouble
  std::string by;     // the property, or: sanitizer, signal, hang
  std::uint64_t executions = 0;
  double cpu_seconds = 0;
};

class TrialLog {
 public:
  // `prints` are those of the programs as they are now: what an older build did says nothing of this one.
  TrialLog(std::filesystem::path file, std::map<std::string, std::string> prints);

  // nullptr when this trial was not made yet, or only with a smaller budget.
  const Result* find(const Trial& trial) const;
  void add(const Trial& trial, const Result& result);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::uint64_t>;
  static Key key_of(const Trial& trial) { return {trial.program, trial.mutant, trial.strategy, trial.seed}; }
  void read();

  std::filesystem::path file_;
  std::map<std::string, std::string> prints_;
  std::map<Key, std::pair<double, Result>> done_;
  std::ofstream out_;
};

// Of a file's contents.
std::string fingerprint(const std::filesystem::path& file);

}  // namespace vtd::harness::mutants
