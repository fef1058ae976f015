// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a run may have measured besides fuzzing: generator reach, mutants, oracles, coverage of the engine, growth.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/json.h"
#include "reports/summary.h"

namespace vtd::reports {

// growth.jsonl: the run as it went.
struct Sample {
  double second = 0, rate = 0;
  std::uint64_t executions = 0, coverage = 0, features = 0, corpus = 0, findings = 0;
};
std::vector<Sample> growth_from(const Json& lines, const std::string& where);
Json to_json(const Sample&);

// reach.json: how often a feature of machines was generated, and how often one of them came as far as a property.
struct Feature {
  std::string group, name, what, reason;  // what it is; why it cannot be reached, when somebody said so
  std::uint64_t produced = 0, reached = 0;
};
std::vector<Feature> reach_from(const Source&);

// mutants.json: mistakes planted in the engine or in the oracle, and how soon each was noticed.
struct Kills {
  std::string strategy;
  std::uint64_t killed = 0, of = 0;                       // trials
  std::optional<double> cpu_median, cpu_mean_restricted;  // seconds; no median when half of the trials were censored
  std::optional<double> executions_median;
  std::vector<Count> by;  // properties
};
struct Mutant {
  std::string id, kind, name, file, operation, status, reason;
  std::uint64_t line = 0;
  std::vector<Kills> strategies;
};
struct Mutants {
  Json budget;  // as the benchmark said it
  std::vector<Mutant> all;
};
Mutants mutants_from(const Source&);

// oracles.json: second opinions on the same question.
struct Deviation {
  std::string name, reference;
  std::uint64_t times = 0;
};
struct Oracle {
  std::string name, what;
  std::uint64_t probes = 0, differences = 0, unexplained = 0;
  std::vector<Deviation> explained;
};
std::vector<Oracle> oracles_from(const Source&);

// coverage.json: `llvm-cov export`, with or without -summary-only.
struct Covered {
  std::uint64_t count = 0, covered = 0;
};
struct CoveredFile {
  std::string name;
  Covered lines, functions, branches;
  std::string page;  // annotated source, below the folder of annotated sources
};
struct Coverage {
  std::vector<CoveredFile> files;
  CoveredFile total;
};
// `annotated`: the folder that `llvm-cov show -format=html` wrote, or none.
Coverage coverage_from(const Source&, const std::filesystem::path& annotated);

}  // namespace vtd::reports
