// SPDX-License-Identifier: Apache-2.0 OR MIT
// Writes the folder of a run.

#include "harness/cli/fuzz_run.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/target_program.h"
#include "reports/run.h"
#include "reports/summary_json.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kSampleSeconds = 1, kSampleShare = 0.01;  // of the time since the run began

std::tm now() { return fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())); }

}  // namespace

RunRecord::RunRecord(const fs::path& folder) : folder_(folder) {
  if (fs::exists(folder / reports::kRunFile))
    throw InputError{fmt::format("{}: holds another run: expected a new or empty folder", folder.string())};
  made(folder);
  growth_.open(folder / reports::kGrowthFile, std::ios::app);
  if (!growth_) throw InputError{fmt::format("{}: cannot be written", (folder / reports::kGrowthFile).string())};
}

void RunRecord::write(const reports::FuzzSummary& summary) const {
  write_file(folder_ / reports::kRunFile, reports::dumped(reports::to_json(summary), 2) + "\n");
}

void RunRecord::sample(const CampaignStatus& s, bool last) {
  if (s.seconds < next_ && !last) return;
  const double interval = s.seconds - told_;
  const double rate = interval > 0 ? static_cast<double>(s.progress.executions - told_executions_) / interval : 0;
  const reports::Sample sample{
      s.seconds, rate, s.progress.executions, s.progress.coverage, s.progress.features, s.progress.corpus, s.findings};
  growth_ << reports::to_json(sample).dump() << '\n' << std::flush;  // flushed: a kill leaves it whole
  told_ = s.seconds;
  told_executions_ = s.progress.executions;
  next_ = s.seconds + std::max(kSampleSeconds, s.seconds * kSampleShare);
}

void RunRecord::keep(const reports::Finding& finding, const fs::path& input, const FoundBy& by) const {
  const fs::path folder = folder_ / reports::kFindingsFolder / finding.cluster.id;
  made(folder);
  write_file(folder / "input", read_file(input));
  write_file(folder / "message.txt", finding.message);
  write_file(folder / reports::kScenarioFile, model::print_text(load(input).scenario));
  if (has_engine(by.target)) draw_finding(by, input, folder);
}

std::string time_of_day() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", now()); }

fs::path new_run_folder(const fs::path& parent, const std::string& target) {
  const std::string name = fmt::format("{}-{:%Y%m%d-%H%M%S}", target, now());
  fs::path folder = parent / name;
  for (unsigned again = 2; fs::exists(folder); ++again) folder = parent / fmt::format("{}-{}", name, again);
  return folder;
}

}  // namespace vtd::harness::cli
