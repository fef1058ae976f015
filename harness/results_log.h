// SPDX-License-Identifier: Apache-2.0 OR MIT
// What became of each input of a fuzz target, one line each: how builds and repetitions are compared.
#pragma once

#include <cstdint>
#include <span>

#include "harness/runner.h"

namespace vtd::harness {

// Names an input: FNV-1a, 64 bits.
std::uint64_t digest(std::span<const std::uint8_t> bytes);

class ResultsLog {
 public:
  // Appends to the file named by VTDFUZZ_RESULTS when that is set; costs nothing otherwise. Ends the process when the
  // file cannot be made: a comparison of nothing would be equal.
  ResultsLog();
  ~ResultsLog();
  ResultsLog(const ResultsLog&) = delete;
  ResultsLog& operator=(const ResultsLog&) = delete;

  // "DIGEST VERDICT HASH": the input, the exit code of its verdict, and what the trace hashes to.
  void add(std::span<const std::uint8_t> bytes, const RunResult& result) const;

 private:
  int file_ = -1;
};

}  // namespace vtd::harness
