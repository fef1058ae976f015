// SPDX-License-Identifier: Apache-2.0 OR MIT
// Child processes and the words of libFuzzer.

#include "harness/cli/fuzz_job.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "harness/input_error.h"

namespace vtd::harness::cli {
namespace {

constexpr std::size_t kMostOutput = 1u << 20;

// The number after `key`, if the line has it.
bool number_after(std::string_view line, std::string_view key, std::uint64_t& out) {
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos) return false;
  const char* first = line.data() + at + key.size();
  const char* const last = line.data() + line.size();
  while (first != last && *first == ' ') ++first;
  return std::from_chars(first, last, out).ec == std::errc{};
}

// In the child, between fork and exec: only async-signal-safe calls. A group of its own keeps Ctrl-C for the parent,
// which then stops the jobs in order; the death signal leaves no orphans when the parent is killed.
[[noreturn]] void become(char* const* arguments, char* const* environment, int output) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0) _exit(127);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

bool parse_status_line(const std::string& line, JobProgress& progress) {
  std::uint64_t executions = 0;
  JobProgress next = progress;
  if (!line.starts_with('#') || !number_after(line, "#", executions) || line.find(" exec/s: ") == std::string::npos)
    return false;
  next.executions = executions;
  number_after(line, " cov: ", next.coverage);
  number_after(line, " ft: ", next.features);
  number_after(line, " corp: ", next.corpus);
  progress = next;
  return true;
}

std::string headline_of(const std::string& output) {
  std::string error, first;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("! ")) return line.substr(2);
    if (error.empty() && line.starts_with("SUMMARY: ")) error = line.substr(9);
    if (first.empty() &&
        (line.find("ERROR: ") != std::string::npos || line.find("runtime error: ") != std::string::npos))
      first = line;
  }
  if (!error.empty()) return error;
  return first.empty() ? "stopped without a message" : first;
}

FuzzJob::FuzzJob(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                 const std::filesystem::path& stats, bool holds)
    : stats_(stats) {
  std::vector<std::string> words = {program.string()};
  std::vector<std::string> settings = {"VTDFUZZ_STATS=" + stats.string()};
  if (holds) settings.push_back("VTDFUZZ_IN_FLIGHT=" + in_flight().string());
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (const std::string_view setting = *variable;
        !setting.starts_with("VTDFUZZ_STATS=") && !setting.starts_with("VTDFUZZ_IN_FLIGHT="))
      settings.emplace_back(*variable);
  const std::vector<char*> word_pointers = pointers(words), setting_pointers = pointers(settings);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw InputError{fmt::format("{}: cannot be started: {}", program.string(), std::strerror(errno))};
  child_ = fork();
  if (child_ == 0) become(word_pointers.data(), setting_pointers.data(), ends[1]);
  close(ends[1]);
  pipe_ = ends[0];
  if (child_ < 0) throw InputError{fmt::format("{}: cannot be started: {}", program.string(), std::strerror(errno))};
  fcntl(pipe_, F_SETFL, O_NONBLOCK);
}

FuzzJob::~FuzzJob() {
  if (running()) {
    kill(child_, SIGKILL);
    waitpid(child_, &status_, 0);
  }
  close(pipe_);
}

void FuzzJob::signal(int number) const {
  if (running()) kill(child_, number);
}

void FuzzJob::listen() {
  std::array<char, 1u << 16> buffer{};
  ssize_t n = 0;
  while ((n = read(pipe_, buffer.data(), buffer.size())) > 0) {
    pending_.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t at = 0;
    for (std::size_t end = 0; (end = pending_.find('\n', at)) != std::string::npos; at = end + 1)
      take_line(pending_.substr(at, end - at));
    pending_.erase(0, at);
  }
  if (n < 0) return;  // nothing more for now
  if (!pending_.empty()) take_line(std::exchange(pending_, {}));
  waitpid(child_, &status_, 0);
  child_ = -1;
}

void wait_for(FuzzJob& job, double seconds_most) {
  using std::chrono::steady_clock;
  const steady_clock::time_point began = steady_clock::now();
  while (job.running()) {
    pollfd waiting{job.descriptor(), POLLIN, 0};
    if (poll(&waiting, 1, 250) > 0) job.listen();
    if (std::chrono::duration<double>(steady_clock::now() - began).count() > seconds_most) job.signal(SIGKILL);
  }
}

void FuzzJob::take_line(const std::string& line) {
  constexpr std::string_view kWritten = "Test unit written to ";
  if (parse_status_line(line, progress_)) return;
  if (const std::size_t at = line.find(kWritten); at != std::string::npos)
    artifact_ = line.substr(at + kWritten.size());
  if (output_.size() < kMostOutput) output_ += line + '\n';
}

}  // namespace vtd::harness::cli
