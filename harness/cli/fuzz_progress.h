// SPDX-License-Identifier: Apache-2.0 OR MIT
// How a fuzzing run shows that it is alive: a live screen on a terminal, a plain line now and then elsewhere.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/fuzz_campaign.h"

namespace vtd::harness::cli {

class Progress {
 public:
  // `expected`: the properties that the target evaluates, in the order of the catalogue.
  Progress(std::string target, std::vector<bool> expected, bool quiet);
  ~Progress();  // gives the terminal back
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tell(const CampaignStatus& status);

 private:
  enum class Form { nothing, lines, screen };
  void draw(const CampaignStatus& status);

  std::string target_;
  std::vector<bool> expected_;
  Form form_;
  bool entered_ = false;             // the terminal's other screen
  double told_ = 0;                  // seconds of the run
  double rate_from_ = 0, rate_ = 0;  // executions per second, of the last few seconds
  std::uint64_t executions_from_ = 0;
};

}  // namespace vtd::harness::cli
