// SPDX-License-Identifier: Apache-2.0 OR MIT
// The progress line: executions and their rate, coverage, corpus, properties evaluated, findings, time left.

#include "harness/cli/fuzz_progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "harness/cli/output.h"

namespace vtd::harness::cli {
namespace {

constexpr double kTerminalSeconds = 0.25, kPlainSeconds = 10, kRateSeconds = 2;

std::string line_of(const CampaignStatus& s, double rate) {
  const auto& evaluations = s.stats.evaluations;
  const auto evaluated = std::count_if(evaluations.begin(), evaluations.end(), [](std::uint64_t n) { return n != 0; });
  // What matters most comes first: a narrow terminal cuts the line.
  return fmt::format("{:>4.0f} s left  {} runs  {}/s  {} found  {}/{} properties  cov {}  corpus {}", s.left,
                     grouped(s.progress.executions), grouped(static_cast<std::uint64_t>(rate)), s.findings, evaluated,
                     evaluations.size(), grouped(s.progress.coverage), grouped(s.progress.corpus));
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress() : terminal_(isatty(STDERR_FILENO) != 0) {}

void Progress::tell(const CampaignStatus& s) {
  if (s.seconds - rate_from_ >= kRateSeconds) {
    rate_ = static_cast<double>(s.progress.executions - executions_from_) / (s.seconds - rate_from_);
    rate_from_ = s.seconds;
    executions_from_ = s.progress.executions;
  }
  if (s.seconds - told_ < (terminal_ ? kTerminalSeconds : kPlainSeconds)) return;
  told_ = s.seconds;
  const std::string line = line_of(s, rate_);
  if (terminal_)
    fmt::print(stderr, "\r{}\x1b[K", line.substr(0, terminal_width() - 1));
  else
    fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
}

void Progress::finish() {
  if (terminal_) fmt::print(stderr, "\n");
}

}  // namespace vtd::harness::cli
