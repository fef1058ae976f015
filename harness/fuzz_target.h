// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the fuzz targets have in common: bytes to a scenario, a run, and the end of the process when something broke.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/engines.h"
#include "harness/fuzz_input.h"
#include "harness/in_flight.h"
#include "harness/results_log.h"
#include "harness/runner.h"
#include "harness/stats.h"

namespace vtd::harness {

// Of one `map` step of a fuzz input.
inline constexpr std::uint64_t kFuzzLeavesMost = 2048;

class FuzzTarget {
 public:
  // `engine` is a name of the table; VTDFUZZ_ENGINE in the environment names another one, or a shared library.
  FuzzTarget(const char* engine, Extent extent);

  // Prints the failure message and aborts when a property broke or the engine gave up.
  void run(std::span<const std::uint8_t> bytes);
  // What the engine was doing when a sanitizer stopped it.
  void report_crash() const;

 private:
  [[noreturn]] void report();

  const EngineEntry& entry_;
  const vtd_engine& engine_;
  RunOptions options_;
  Runner runner_;
  model::Scenario scenario_;
  Stats stats_;
  ResultsLog results_;
  InFlight in_flight_;
};

}  // namespace vtd::harness
