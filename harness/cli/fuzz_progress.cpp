// SPDX-License-Identifier: Apache-2.0 OR MIT
// Draws the live screen with the few control sequences that every terminal since the VT220 knows, on its other screen:
// what was there before comes back.

#include "harness/cli/fuzz_progress.h"

#include <fmt/core.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "harness/cli/fuzz_screen.h"
#include "harness/cli/output.h"

namespace vtd::harness::cli {
namespace {

constexpr double kScreenSeconds = 0.25, kLineSeconds = 30, kRateSeconds = 2;
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";

bool set_and_not_empty(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_a_screen() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

bool writes_unicode() {
  std::setlocale(LC_CTYPE, "");
  const bool unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  std::setlocale(LC_CTYPE, "C");
  return unicode;
}

// Asked for each time: windows change their size.
ScreenStyle style_of_the_terminal() {
  static const bool kUnicode = writes_unicode();
  ScreenStyle style;
  style.colour = !set_and_not_empty("NO_COLOR");
  style.unicode = kUnicode;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 && size.ws_row != 0) {
    style.width = size.ws_col;
    style.height = size.ws_row;
  }
  return style;
}

std::string line_of(const CampaignStatus& s, double rate, const std::vector<bool>& expected) {
  std::size_t evaluated = 0;
  for (std::size_t p = 0; p < expected.size(); ++p) evaluated += expected[p] && s.stats.evaluations[p] != 0;
  return fmt::format("{:>4.0f} s left  {} runs  {}/s  {} found  {}/{} properties  cov {}  corpus {}", s.left,
                     grouped(s.progress.executions), grouped(static_cast<std::uint64_t>(rate)), s.findings, evaluated,
                     std::count(expected.begin(), expected.end(), true), grouped(s.progress.coverage),
                     grouped(s.progress.corpus));
}

}  // namespace

Progress::Progress(std::string target, std::vector<bool> expected, bool quiet)
    : target_(std::move(target)),
      expected_(std::move(expected)),
      form_(quiet           ? Form::nothing
            : is_a_screen() ? Form::screen
                            : Form::lines) {}

Progress::~Progress() {
  if (!entered_) return;
  std::fputs(kLeave, stderr);
  std::fflush(stderr);
}

void Progress::tell(const CampaignStatus& s) {
  if (s.seconds - rate_from_ >= kRateSeconds) {
    rate_ = static_cast<double>(s.progress.executions - executions_from_) / (s.seconds - rate_from_);
    rate_from_ = s.seconds;
    executions_from_ = s.progress.executions;
  }
  if (form_ == Form::nothing || s.seconds - told_ < (form_ == Form::screen ? kScreenSeconds : kLineSeconds)) return;
  told_ = s.seconds;
  if (form_ == Form::screen)
    draw(s);
  else
    fmt::print(stderr, "{}\n", line_of(s, rate_, expected_));
  std::fflush(stderr);
}

// Every line is cleared behind its end, and the rest of the screen at last: nothing flickers, nothing stays.
void Progress::draw(const CampaignStatus& s) {
  std::string text = std::exchange(entered_, true) ? "" : kEnter;
  text += "\x1b[H";
  const std::vector<std::string> lines = screen_lines({target_, s, rate_, expected_}, style_of_the_terminal());
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
  std::fputs((text + "\x1b[J").c_str(), stderr);
}

}  // namespace vtd::harness::cli
