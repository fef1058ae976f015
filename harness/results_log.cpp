// SPDX-License-Identifier: Apache-2.0 OR MIT
// One write a line, so that lines of several processes never mix and a killed process leaves whole ones.
#include "harness/results_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace vtd::harness {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::_Exit(static_cast<int>(Verdict::harness_error));
}

}  // namespace

std::uint64_t digest(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) value = (value ^ byte) * 0x100000001b3;
  return value;
}

ResultsLog::ResultsLog() {
  const char* path = std::getenv("VTDFUZZ_RESULTS");
  if (path == nullptr || *path == '\0') return;
  file_ = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) give_up(path);
}

ResultsLog::~ResultsLog() {
  if (file_ >= 0) close(file_);
}

void ResultsLog::add(std::span<const std::uint8_t> bytes, const RunResult& result) const {
  if (file_ < 0) return;
  std::array<char, 64> line{};
  const int length = std::snprintf(line.data(), line.size(), "%016" PRIx64 " %d %016" PRIx64 "\n", digest(bytes),
                                   static_cast<int>(result.verdict), result.trace_hash);
  if (write(file_, line.data(), static_cast<std::size_t>(length)) != length) give_up("VTDFUZZ_RESULTS");
}

}  // namespace vtd::harness
