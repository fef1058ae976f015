// SPDX-License-Identifier: Apache-2.0 OR MIT
// The live screen of a fuzzing run as text: made of a status and a size, drawn by somebody else.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/fuzz_campaign.h"

namespace vtd::harness::cli {

struct ScreenStyle {
  std::size_t width = 80, height = 24;
  bool colour = true, unicode = true;
};

struct ScreenContent {
  std::string target;
  CampaignStatus status;
  double rate = 0;  // executions per second, of the last few seconds
  // Which properties the target evaluates; in the order of the catalogue.
  std::vector<bool> expected;
};

// Lines, at most `height`, none wider than `width` columns; without line ends.
std::vector<std::string> screen_lines(const ScreenContent& content, const ScreenStyle& style);

}  // namespace vtd::harness::cli
