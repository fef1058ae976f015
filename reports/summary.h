// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a fuzzing run came to, and how it is told: as Markdown for a build's artifacts, as plain text for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/cluster.h"

namespace vtd::reports {

struct Count {
  std::string name;
  std::uint64_t times = 0;
};

struct Finding {
  std::string headline;  // the property, or what crashed
  std::string artifact;  // the input, the first of them
  std::string message;   // everything the target said about it
  std::string replay;    // one command
  std::uint64_t inputs = 1;
  bool reproduced = true;  // the target said the same once more
  Cluster cluster = {};    // what makes it another finding than the next
};

struct PropertyCount {
  std::string name, group;
  std::uint64_t evaluations = 0;
  bool expected = true;  // this target must evaluate it
};

struct FuzzSummary {
  std::string target;
  std::string engine = "ours", engine_is;  // the engine under test, and what that is
  std::string hunt;                        // its known findings that count as findings
  std::string began;                       // "2026-03-31T22:15:00Z"
  std::string version;                     // of the program and of the engine linked into it
  std::uint64_t seconds = 0, jobs = 0;
  std::uint64_t executions = 0;
  double cpu_seconds = 0;
  std::uint64_t coverage = 0, features = 0, corpus = 0;
  std::uint64_t seeds = 0, seeds_left_out = 0;
  bool interrupted = false;
  std::string over_because;                // why it ended before its time
  bool finished = true;                    // false: killed, these are the figures of its last sample
  std::vector<Count> verdicts;             // shares of all executions
  std::vector<PropertyCount> properties;   // in the order of the catalogue
  std::size_t features_reached = 0;        // of machines, tables and lives, in the share of runs that was looked at
  std::vector<std::string> never_reached;  // the other ones, for targets that should reach them all
  std::vector<Finding> findings;
  std::vector<std::string> troubles;  // what went wrong with the run itself

  std::string subject() const;  // the target; the engine when that is another one than ours, and what it hunts
  std::uint64_t evaluations() const;
  std::vector<std::string> never_evaluated() const;  // of the expected ones
  bool clean() const { return findings.empty() && troubles.empty() && executions != 0 && never_evaluated().empty(); }
};

std::string markdown(const FuzzSummary&);
std::string plain_text(const FuzzSummary&);

}  // namespace vtd::reports
