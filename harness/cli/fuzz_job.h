// SPDX-License-Identifier: Apache-2.0 OR MIT
// One fuzz target at work as a child process: started, listened to, stopped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace vtd::harness::cli {

// What libFuzzer says of itself in its status lines.
struct JobProgress {
  std::uint64_t executions = 0, coverage = 0, features = 0, corpus = 0;
};

class FuzzJob {
 public:
  // Starts `program`; `stats` is the file in which the target keeps its counters. `holds` its input in another one,
  // unless that lies safe already. Throws InputError when it cannot.
  FuzzJob(const std::filesystem::path& program, const std::vector<std::string>& arguments,
          const std::filesystem::path& stats, bool holds = true);
  ~FuzzJob();  // kills what still runs
  FuzzJob(const FuzzJob&) = delete;
  FuzzJob& operator=(const FuzzJob&) = delete;

  int descriptor() const { return pipe_; }
  bool running() const { return child_ > 0; }
  void listen();  // reads what there is; at the end of its output, waits for the child
  void signal(int number) const;

  const JobProgress& progress() const { return progress_; }
  const std::string& artifact() const { return artifact_; }  // the input it stopped at, if it wrote one
  const std::string& output() const { return output_; }      // everything that is not a status line, the first MiB
  int status() const { return status_; }                     // as of waitpid
  const std::filesystem::path& stats() const { return stats_; }
  std::filesystem::path in_flight() const { return stats_.string() + ".in_flight"; }  // the input being run

 private:
  void take_line(const std::string& line);

  pid_t child_ = -1;
  int pipe_ = -1, status_ = 0;
  JobProgress progress_;
  std::string pending_, output_, artifact_;
  std::filesystem::path stats_;
};

// Until it ends by itself, or for so many seconds: then it is killed.
void wait_for(FuzzJob& job, double seconds_most = std::numeric_limits<double>::infinity());
// Parses "#1024 NEW cov: 12 ft: 34 corp: 5/67b ..."; false when the line is something else.
bool parse_status_line(const std::string& line, JobProgress& progress);
// Of a target's output the line that says what happened.
std::string headline_of(const std::string& output);

}  // namespace vtd::harness::cli
