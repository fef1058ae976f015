// SPDX-License-Identifier: Apache-2.0 OR MIT
// One trial: one mutant, one strategy, one seed, until something notices or the budget of processor time is spent.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/engines.h"
#include "harness/runner.h"

namespace vtd::harness::mutants {

struct Request {
  unsigned mutant = 0;
  std::string strategy;
  std::uint64_t seed = 0;
  double budget = 0;  // CPU-seconds
  std::string keep;   // where to write the scenario that killed; empty: nowhere
};

enum class State : std::uint32_t { running, killed, survived, trouble };

// What a trial leaves behind, in memory shared with the process that waits for it: it may end at any moment.
struct Record {
  std::atomic<State> state;
  std::atomic<std::uint64_t> executions;
  std::atomic<double> cpu_seconds;  // until the kill
  char by[80];                      // the property, or how the engine ended
};

// The engine, run with one scenario after the other.
class Subject {
 public:
  Subject(Record& record, const Request& request);

  // Ends the process when the scenario gave the mutant away, or the budget is spent.
  void run(const model::Scenario& scenario);
  // As it is written, then deep, then shallow.
  static constexpr unsigned kWays = 3;
  void run_in_all_ways(const model::Scenario& scenario);
  [[noreturn]] void survived() { finish(State::survived, ""); }
  [[noreturn]] void killed(const std::string& by) { finish(State::killed, by.c_str()); }
  // Runs a scenario in one of the ways. Is this property the first that breaks?
  bool breaks(const model::Scenario& scenario, unsigned way, const std::string& property);

 private:
  [[noreturn]] void finish(State state, const char* by);
  void judge(const RunResult& result, const model::Scenario& scenario);
  void stop_at_trouble(const RunResult& result);

  Record& record_;
  double budget_;
  std::string keep_;
  const EngineEntry& entry_;
  Runner runner_;
  RunOptions options_;
};

// CPU-seconds of this process.
double cpu_seconds();

// Which mutants vtd_mutant_is answers for; 0: none. A canary is a mistake in the engine that a mutated oracle must see.
void choose_mutant(unsigned number);
void choose_canary(unsigned number);

class Canaries;

// The checked-in scenarios, the smallest first. Throws InputError.
std::vector<model::Scenario> read_corpus(const std::string& folder);

// Makes inputs for the subject and never returns. Throws InputError for a strategy that does not exist.
// `canaries`: mistakes that the oracle must see in the corpus; nullptr: none are planted.
[[noreturn]] void run_strategy(const Request& request, Subject& subject, const std::vector<model::Scenario>& corpus,
                               const Canaries* canaries);

}  // namespace vtd::harness::mutants
