// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz fuzz` on a terminal: a live screen that fits the window, and an end in order. The terminal is a real one.

#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>

#include <chrono>
#include <regex>

#include "harness/tests/cli_fuzz_run.h"
#include "properties/judge.h"

namespace vtd::harness {
namespace {

using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

constexpr const char* kEnter = "\x1b[?1049h";
constexpr const char* kLeave = "\x1b[?1049l";

class Terminal {
 public:
  Terminal(const std::string& program, std::vector<std::string> words, winsize size,
           const std::vector<std::string>& settings) {
    words.insert(words.begin(), program);
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    if (child_ != 0) return;
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    for (const std::string& setting : settings) putenv(const_cast<char*>(setting.c_str()));
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  ~Terminal() {
    if (child_ > 0) kill(child_, SIGKILL);
    close(terminal_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Reads until the text has been seen, the program ends, or 20 seconds are over.
  std::string read_until(const std::string& text) {
    const Clock::time_point began = Clock::now();
    std::string seen;
    while (seen.find(text) == std::string::npos && Clock::now() - began < std::chrono::seconds(20)) {
      pollfd waiting{terminal_, POLLIN, 0};
      if (poll(&waiting, 1, 200) <= 0) continue;
      char buffer[4096];
      const ssize_t n = read(terminal_, buffer, sizeof buffer);
      if (n <= 0) break;
      seen.append(buffer, static_cast<std::size_t>(n));
    }
    return seen;
  }
  std::string rest() { return read_until("no program says this"); }
  void type(const std::string& keys) const { EXPECT_EQ(write(terminal_, keys.data(), keys.size()), std::ssize(keys)); }
  void resize(winsize size) const { ioctl(terminal_, TIOCSWINSZ, &size); }
  int code() {
    int status = 0;
    waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = -1;
  int terminal_ = -1;
};

// The screens of what was seen, as lines without control sequences.
std::vector<std::vector<std::string>> screens(const std::string& seen) {
  std::vector<std::vector<std::string>> out;
  const std::string home = "\x1b[H", below = "\x1b[J";
  for (std::size_t at = 0; (at = seen.find(home, at)) != std::string::npos; at += home.size()) {
    const std::size_t end = seen.find(below, at);
    if (end == std::string::npos) break;
    const std::string text = std::regex_replace(seen.substr(at, end - at), std::regex("\x1b\\[[?0-9;]*[A-Za-z]"), "");
    std::vector<std::string>& lines = out.emplace_back();
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      while (line.ends_with('\r')) line.pop_back();
      lines.push_back(line);
    }
  }
  return out;
}

// Columns of a line: bytes that do not continue a character.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void expect_to_fit(const std::vector<std::string>& screen, std::size_t width, std::size_t height) {
  EXPECT_LE(screen.size(), height);
  for (const std::string& line : screen) EXPECT_LE(columns(line), width) << line;
}

class LiveScreen : public FuzzRun {
 protected:
  LiveScreen() {
    pretend("takeover_fuzzer",
            std::string(kWorks) + "; trap 'exit 0' INT; while :; do " + kWorks + "; sleep 0.1; done");
  }
  Terminal start(const std::string& seconds, winsize size, const std::vector<std::string>& settings = {}) {
    return {program_, {"fuzz", "--seconds", seconds}, size, settings};
  }
};

TEST_F(LiveScreen, shows_figures_and_gives_the_terminal_back) {
  Terminal terminal = start("2", {24, 80, 0, 0});
  const std::string seen = terminal.rest();
  EXPECT_THAT(seen, HasSubstr(kEnter));
  ASSERT_THAT(seen, HasSubstr(kLeave));
  EXPECT_GT(seen.find("never evaluated"), seen.find(kLeave)) << "the summary comes after the screen";
  const auto drawn = screens(seen);
  ASSERT_GT(drawn.size(), 2u);
  for (const auto& screen : drawn) expect_to_fit(screen, 80, 24);
  const std::string last = testing::PrintToString(drawn.back());
  EXPECT_THAT(last, HasSubstr("12 edges"));
  EXPECT_THAT(last, HasSubstr("5 inputs"));
  const std::size_t due = properties::kProperties - 1;  // fuzz inputs carry no expectations
  EXPECT_THAT(last, HasSubstr("0 of " + std::to_string(due) + " evaluated"));
  EXPECT_THAT(last, HasSubstr("translations_are_preserved"));
}

TEST_F(LiveScreen, follows_the_size_of_the_window) {
  Terminal terminal = start("60", {50, 160, 0, 0});
  const auto large = screens(terminal.read_until("\x1b[J"));
  ASSERT_FALSE(large.empty());
  expect_to_fit(large.front(), 160, 50);
  EXPECT_THAT(large.front(), testing::Contains(HasSubstr("a_live_entry_is_never_torn")));
  terminal.resize({10, 40, 0, 0});
  terminal.read_until("\x1b[J");  // may still be of the old size
  const auto small = screens(terminal.read_until("\x1b[J"));
  ASSERT_FALSE(small.empty());
  expect_to_fit(small.back(), 40, 10);
}

TEST_F(LiveScreen, ctrl_c_ends_with_the_summary) {
  Terminal terminal = start("60", {24, 80, 0, 0});
  terminal.read_until("\x1b[J");
  terminal.type("\x03");
  const std::string seen = terminal.rest();
  EXPECT_THAT(seen, HasSubstr(kLeave));
  EXPECT_THAT(seen, HasSubstr("(interrupted)"));
  EXPECT_EQ(terminal.code(), 13) << "a run that evaluated nothing is not clean";
}

TEST_F(LiveScreen, colours_only_where_they_are_wanted) {
  Terminal plain = start("1", {24, 80, 0, 0}, {"NO_COLOR=1"});
  const std::string without = plain.rest();
  EXPECT_THAT(without, HasSubstr(kEnter));
  EXPECT_THAT(without, Not(testing::ContainsRegex("\x1b\\[[0-9;]+m")));
  Terminal coloured = start("1", {24, 80, 0, 0});
  EXPECT_THAT(coloured.rest(), testing::ContainsRegex("\x1b\\[[0-9;]+m"));
}

TEST_F(LiveScreen, a_terminal_that_knows_nothing_gets_lines) {
  Terminal terminal = start("1", {24, 80, 0, 0}, {"TERM=dumb"});
  EXPECT_THAT(terminal.rest(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace vtd::harness
