// SPDX-License-Identifier: Apache-2.0 OR MIT
// Counters of a fuzz target, in a file that another process can watch while they grow and read after a kill.
#pragma once

#include <array>
#include <string>

#include "harness/reach/reach.h"
#include "harness/runner.h"
#include "properties/judge.h"

namespace vtd::harness {

inline constexpr std::size_t kVerdicts = 7;  // in the order of enum class Verdict
std::size_t verdict_index(Verdict);

struct StatsPage {
  static constexpr std::uint64_t kMagic = 0x3253544154534456;  // "VDSTATS2"
  std::uint64_t magic = kMagic;
  std::uint64_t executions = 0;
  std::array<std::uint64_t, kVerdicts> verdicts{};
  Runner::Counters counters{};
  std::array<std::uint64_t, properties::kProperties> evaluations{};
  ReachCounts reach;
};

class Stats {
 public:
  // The file named by VTDFUZZ_STATS when it is set and can be made; memory of this process otherwise.
  Stats();
  ~Stats();
  Stats(const Stats&) = delete;
  Stats& operator=(const Stats&) = delete;

  // One more run is over.
  void count(const RunResult& result, const Runner& runner, const model::Scenario& scenario);
  const StatsPage& page() const { return *page_; }

 private:
  StatsPage own_;
  StatsPage* page_ = &own_;
};

// The counters in such a file; false when it is missing, too short, or of another version.
bool read_stats(const std::string& path, StatsPage& page);

}  // namespace vtd::harness
