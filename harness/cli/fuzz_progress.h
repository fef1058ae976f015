// SPDX-License-Identifier: Apache-2.0 OR MIT
// How a fuzzing run shows that it is alive: one line that is rewritten on a terminal, a plain line now and then
// elsewhere.
#pragma once

#include "harness/cli/fuzz_campaign.h"

namespace vtd::harness::cli {

class Progress {
 public:
  Progress();
  void tell(const CampaignStatus& status);
  void finish();  // the last line stays

 private:
  bool terminal_;
  double told_ = 0;                  // seconds of the run
  double rate_from_ = 0, rate_ = 0;  // executions per second, of the last few seconds
  std::uint64_t executions_from_ = 0;
};

}  // namespace vtd::harness::cli
