// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the mutant benchmark came to: which planted mistakes were found, how fast, by what, and which were not.
//
// A trial that ended with its budget is censored, not "killed after 60 s": times are Kaplan-Meier estimates, means are
// restricted to the budget.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vtd::reports {

struct MutantTrial {
  bool killed = false;
  double cpu_seconds = 0;  // until the kill, or all of the budget
  std::uint64_t executions = 0;
  std::string by;
};

struct Survival {
  std::optional<double> median;  // nothing: more than half survived
  double restricted_mean = 0;
};
// Of times until the kill, those of survivors censored; the mean is restricted to the horizon.
Survival survival_of(const std::vector<MutantTrial>& trials, double horizon);

struct MutantRow {
  std::string id, kind, name, file, oper, what, seen, right, wrong;
  unsigned line = 0;
  std::string equivalent;  // the argument; empty: it can be told from the original
  std::string open;        // of a survivor: what it would take
  std::map<std::string, std::vector<MutantTrial>> strategies;

  bool killed_always(const std::string& strategy) const;
  bool killed_at_all() const;
};

// How often each mutant of a kind was tried with a strategy, and how long.
struct MutantEffort {
  std::uint64_t seeds = 0;
  double budget = 0;  // CPU-seconds
};

struct MutantTable {
  std::string command;
  double budget = 0;
  std::uint64_t seeds = 0;
  double cpu_seconds = 0;               // of all trials
  std::vector<std::string> strategies;  // in the order they are shown
  std::vector<MutantRow> rows;
  std::vector<MutantRow> cannot_exist;                                  // `what` says why
  std::map<std::pair<std::string, std::string>, MutantEffort> efforts;  // of a kind with a strategy

  double budget_of(const std::string& kind, const std::string& strategy) const;
};

std::string mutants_markdown(const MutantTable& table);

}  // namespace vtd::reports
