// SPDX-License-Identifier: Apache-2.0 OR MIT
// The folder that a fuzzing run leaves (reports/README.md): written as the run goes, so that a kill loses nothing.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "harness/cli/finding_pictures.h"
#include "harness/cli/fuzz_campaign.h"
#include "reports/summary.h"

namespace vtd::harness::cli {

class RunRecord {
 public:
  // Makes the folder; throws InputError when it cannot, or when it holds another run.
  explicit RunRecord(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return folder_; }
  // The summary as far as it is known.
  void write(const reports::FuzzSummary& summary) const;
  // Appends to growth.jsonl, every second at first and ever more seldom: a run of a year leaves two thousand lines.
  // The last one is always told.
  void sample(const CampaignStatus& status, bool last);
  // A finding's input, scenario, message and pictures.
  void keep(const reports::Finding& finding, const std::filesystem::path& input, const FoundBy& by) const;

 private:
  std::filesystem::path folder_;
  std::ofstream growth_;
  double next_ = 0, told_ = 0;  // seconds
  std::uint64_t told_executions_ = 0;
};

// "2026-03-31T22:15:00Z": when a run begins, which is no part of what it does.
std::string time_of_day();
// A folder below `parent` for a run that begins now.
std::filesystem::path new_run_folder(const std::filesystem::path& parent, const std::string& target);

}  // namespace vtd::harness::cli
