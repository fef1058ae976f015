// SPDX-License-Identifier: Apache-2.0 OR MIT
// Starting, watching and stopping the jobs of a fuzzing run.

#include "harness/cli/fuzz_campaign.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "harness/cli/fuzz_seeds.h"
#include "harness/cli/load.h"
#include "harness/cli/work_folder.h"
#include "harness/in_flight.h"
#include "harness/input_error.h"

namespace vtd::harness::cli {
namespace {

constexpr double kGrace = 10;  // seconds for a job to end by itself
constexpr double kReplaySeconds = 60;
constexpr std::size_t kFindingsMost = 20;  // after that the run ends: more of the same would help nobody

std::vector<std::string> arguments_of(const CampaignOptions& o, std::size_t launch, double seconds) {
  return {fmt::format("-max_total_time={}", std::max(1L, std::lround(seconds))),
          fmt::format("-seed={}", o.seed + launch), fmt::format("-artifact_prefix={}/", o.found.string()),
          fmt::format("-max_len={}", kMostInputBytes),
          "-entropic_scale_per_exec_time=1",  // the captured machines are large: they are mutated less often than small
                                              // ones
          "-reload=1", "-timeout=20", "-rss_limit_mb=4096", "-report_slow_units=1000", "-print_final_stats=1",
          o.corpus.string(), o.seeds.string()};
}

void add(StatsPage& sum, const StatsPage& page) {
  sum.executions += page.executions;
  for (std::size_t i = 0; i < sum.verdicts.size(); ++i) sum.verdicts[i] += page.verdicts[i];
  for (std::size_t i = 0; i < sum.evaluations.size(); ++i) sum.evaluations[i] += page.evaluations[i];
  sum.reach.runs += page.reach.runs;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    sum.reach.produced[i] += page.reach.produced[i];
    sum.reach.reached[i] += page.reach.reached[i];
  }
}

std::string ending(int status) {
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit code {}", WEXITSTATUS(status));
}

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Campaign::Campaign(const CampaignOptions& options) : options_(options) {
  for (std::uint64_t i = 0; i < options_.jobs; ++i) start_job();
}

void Campaign::start_job() {
  const std::size_t launch = launches_.size();
  launches_.push_back(std::make_unique<FuzzJob>(options_.program, arguments_of(options_, launch, left()),
                                                options_.work / fmt::format("stats-{}", launch)));
}

bool Campaign::any_running() const {
  return std::any_of(launches_.begin(), launches_.end(), [](const auto& job) { return job->running(); });
}

void Campaign::run(const volatile std::sig_atomic_t& stop, const std::function<void(const CampaignStatus&)>& tell) {
  while (any_running()) {
    listen(250);
    tell(status());
    if (stop != 0 || left() < -kGrace) {
      stop_all();
      return;
    }
  }
  over_because_ = why_over();
}

// Asked politely first: libFuzzer ends in order at SIGINT.
void Campaign::stop_all() {
  stopping_ = true;
  const double asked = elapsed();
  for (const auto& job : launches_) job->signal(SIGINT);
  while (any_running() && elapsed() - asked < kGrace) listen(100);
  for (const auto& job : launches_) job->signal(SIGKILL);
  while (any_running()) listen(100);
}

void Campaign::listen(int milliseconds) {
  std::vector<pollfd> waiting;
  std::vector<FuzzJob*> jobs;
  for (const auto& job : launches_) {
    if (!job->running()) continue;
    waiting.push_back({job->descriptor(), POLLIN, 0});
    jobs.push_back(job.get());
  }
  if (poll(waiting.data(), waiting.size(), milliseconds) <= 0) return;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (waiting[i].revents == 0) continue;
    jobs[i]->listen();
    if (!jobs[i]->running()) ended(*jobs[i]);
  }
}

void Campaign::ended(const FuzzJob& job) {
  const bool well = WIFEXITED(job.status()) && WEXITSTATUS(job.status()) == 0;
  const bool killed = WIFSIGNALED(job.status()) && WTERMSIG(job.status()) == SIGKILL;
  if (job.artifact().empty() && !well && !stopping_)
    troubles_.push_back(fmt::format("a job ended with {}: {}", ending(job.status()),
                                    killed ? "is there too little memory?" : last_line(job.output())));
  // Stopped or killed in the middle of an input: it may have been about to tell of a finding.
  const bool was_running = !read_in_flight(job.in_flight().string()).empty();
  if (!job.artifact().empty() || was_running)
    not_again_ = keep(job);
  else
    not_again_ = killed ? "" : "the target ended by itself";
  if (!not_again_.empty() || unwritten_ || stopping_ || left() <= 1) return;
  if (!enough()) start_job();
}

bool Campaign::enough() const { return findings_.size() + troubles_.size() >= kFindingsMost; }

// Asked when no job is left.
std::string Campaign::why_over() const {
  if (left() <= 1) return "";
  if (enough()) return fmt::format("{} inputs stopped the target, more of the same would help nobody", kFindingsMost);
  if (unwritten_) return "a finding could not be put into its place";
  return not_again_;
}

// A seed that found something would stop every job at its start. The corpus of the user is not ours to clear.
void Campaign::forget_seed(const std::string& input) const {
  std::vector<std::filesystem::path> same;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(options_.seeds))
    if (entry.is_regular_file() && entry.file_size() == input.size() && read_file(entry.path()) == input)
      same.push_back(entry.path());
  for (const std::filesystem::path& seed : same) std::filesystem::remove(seed);
}

// Puts the input that a job ended at into its place, and says why there should be no other start, if there should not.
// What the target was running is whole even when the disk is full; the file that libFuzzer wrote may not be.
std::string Campaign::keep(const FuzzJob& job) {
  const std::filesystem::path written = job.artifact();
  try {
    std::string input = read_in_flight(job.in_flight().string());
    if (input.empty() && !written.empty()) input = read_file(written);
    if (input.empty()) return "a job ended and left no input";
    if (!inputs_.insert(input).second) return "an input of the corpus stops the target at every start";
    // It was stopped, or somebody killed it: whether its input is a finding has yet to be seen.
    const bool killed = written.empty();
    const std::string name = killed ? "killed-" + digest_of(input) : written.filename().string();
    const std::filesystem::path kept = keep_finding(killed ? options_.found : options_.artifacts, name, input);
    name_finding(findings_.emplace_back(CampaignFinding{kept, job.output(), killed, {}, {}}));
    if (!killed) forget_seed(input);
    std::error_code ignored;
    std::filesystem::remove(job.in_flight(), ignored);  // room for the page of the next job
  } catch (const InputError& error) {
    troubles_.push_back("a finding stays in " + options_.work.string() + ": " + error.message);
    unwritten_ = true;
  }
  return "";
}

std::vector<ClusterCount> Campaign::clusters() const {
  std::vector<ClusterCount> out;
  std::vector<std::string> ids;
  for (const CampaignFinding& f : findings_) {
    const auto known = std::find(ids.begin(), ids.end(), f.cluster.id);
    if (known == ids.end()) {
      ids.push_back(f.cluster.id);
      out.push_back({f.headline, f.cluster.place, 1});
    } else {
      ++out[static_cast<std::size_t>(known - ids.begin())].inputs;
    }
  }
  return out;
}

CampaignStatus Campaign::status() const {
  CampaignStatus s;
  s.seconds = elapsed();
  s.left = std::max(0.0, left());
  s.findings = findings_.size();
  s.clusters = clusters();
  for (const auto& job : launches_) {
    const JobProgress& p = job->progress();
    StatsPage page;
    const bool counted = read_stats(job->stats().string(), page);
    if (counted) add(s.stats, page);
    s.progress.executions += counted ? page.executions : p.executions;
    s.progress.coverage = std::max(s.progress.coverage, p.coverage);
    s.progress.features = std::max(s.progress.features, p.features);
    s.progress.corpus = std::max(s.progress.corpus, p.corpus);
  }
  return s;
}

void name_finding(CampaignFinding& finding) {
  finding.headline = headline_of(finding.output);
  finding.cluster = reports::cluster_of(finding.headline, finding.output);
}

std::string replay(const std::filesystem::path& program, const std::filesystem::path& input,
                   const std::filesystem::path& stats, bool& crashed) {
  FuzzJob job(program, {"-timeout=20", "-rss_limit_mb=4096", input.string()}, stats, /*holds:*/ false);
  wait_for(job, kReplaySeconds);
  crashed = !WIFEXITED(job.status()) || WEXITSTATUS(job.status()) != 0;
  return job.output();
}

}  // namespace vtd::harness::cli
