// SPDX-License-Identifier: Apache-2.0 OR MIT
// A fuzzing run: several jobs of one target on a shared corpus, for a time, restarted after a finding.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/cli/fuzz_job.h"
#include "harness/stats.h"
#include "reports/cluster.h"

namespace vtd::harness::cli {

struct CampaignOptions {
  std::filesystem::path program, corpus, seeds, artifacts, work,
      found;  // found: where targets write, before it is sure
  std::uint64_t seconds = 60, jobs = 1, seed = 1;
};

// Inputs that found the same thing.
struct ClusterCount {
  std::string headline, place;
  std::size_t inputs = 0;
};

// The run so far.
struct CampaignStatus {
  double seconds = 0, left = 0;
  JobProgress progress;  // executions of all jobs; coverage, features and corpus of the best
  StatsPage stats;       // of all jobs together
  std::size_t findings = 0;
  std::vector<ClusterCount> clusters;
};

struct CampaignFinding {
  std::filesystem::path artifact;
  std::string output;   // of the target
  bool killed = false;  // the target did not stop by itself: the input need not have to do with it
  std::string headline;
  reports::Cluster cluster;
};

class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options);

  // Until the time is over or `stop` is set; `tell` is called a few times a second.
  void run(const volatile std::sig_atomic_t& stop, const std::function<void(const CampaignStatus&)>& tell);

  CampaignStatus status() const;
  const std::vector<CampaignFinding>& findings() const { return findings_; }
  const std::vector<std::string>& troubles() const { return troubles_; }
  const std::string& over_because() const { return over_because_; }  // when no job was left before the time was over
  bool unwritten() const { return unwritten_; }                      // a finding could not be put in its place

 private:
  using Clock = std::chrono::steady_clock;
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  double left() const { return static_cast<double>(options_.seconds) - elapsed(); }
  bool any_running() const;
  void start_job();
  void listen(int milliseconds);
  void ended(const FuzzJob& job);
  std::string keep(const FuzzJob& job);
  bool enough() const;
  std::string why_over() const;
  void forget_seed(const std::string& input) const;
  std::vector<ClusterCount> clusters() const;
  void stop_all();

  CampaignOptions options_;
  Clock::time_point began_ = Clock::now();
  std::vector<std::unique_ptr<FuzzJob>> launches_;  // ended ones too: their counters belong to the run
  std::vector<CampaignFinding> findings_;
  std::set<std::string> inputs_;  // of the findings
  std::vector<std::string> troubles_;
  std::string over_because_;
  std::string not_again_;  // why the last job that ended was not started again
  bool stopping_ = false, unwritten_ = false;
};

// Headline and cluster, of what the target said.
void name_finding(CampaignFinding& finding);

// Runs the target on one input and answers what it said. `crashed` is true when it did not end well.
std::string replay(const std::filesystem::path& program, const std::filesystem::path& input,
                   const std::filesystem::path& stats, bool& crashed);

}  // namespace vtd::harness::cli
