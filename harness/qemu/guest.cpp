// SPDX-License-Identifier: Apache-2.0 OR MIT
// The guest's command line, its console, and the monitor commands that are needed.
#include "harness/qemu/guest.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "harness/input_error.h"

namespace vtd::harness::qemu {
namespace {

constexpr std::size_t kToldMost = 1500;

// What guest-init says: the memory map between two of its lines, or what went wrong.
constexpr const char* kMapBegins = "VTDFUZZ-IOMEM";
constexpr const char* kReady = "VTDFUZZ-READY";
constexpr const char* kFailed = "VTDFUZZ-FAILED";

std::vector<std::string> arguments(const GuestOptions& options) {
  std::vector<std::string> line = {"-accel",
                                   "tcg",
                                   "-cpu",
                                   "max",
                                   "-no-reboot",
                                   "-device",
                                   "intel-iommu," + options.unit,
                                   "-kernel",
                                   options.kernel,
                                   "-initrd",
                                   options.initramfs,
                                   "-append",
                                   "console=ttyS0 quiet no_timer_check " + options.command_line};
  line.insert(line.end(), options.devices.begin(), options.devices.end());
  return line;
}

// Appends what has come; false: nothing within this time.
bool receive(Process& process, int connection, int milliseconds, std::string& text) {
  pollfd wait{connection, POLLIN, 0};
  if (poll(&wait, 1, milliseconds) <= 0) return false;
  std::array<char, 4096> bytes{};
  const ssize_t got = recv(connection, bytes.data(), bytes.size(), 0);
  if (got <= 0) process.gone();
  text.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace

Guest::Guest(const GuestOptions& options)
    : memory_(options.ram), process_(memory_, arguments(options), options.inherited), qtest_(process_) {
  command("qmp_capabilities");
}

std::string Guest::wait_for(const std::string& text, unsigned seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  std::size_t found = 0;
  while ((found = said_.find(text)) == std::string::npos) {
    if (Clock::now() < end) {
      receive(process_, process_.console(), 1000, said_);
      continue;
    }
    const std::string last = said_.substr(said_.size() - std::min(said_.size(), kToldMost));
    throw InputError{
        fmt::format("the guest did not say \"{}\" within {} seconds; its last words: {}", text, seconds, last)};
  }
  std::string said = said_.substr(0, found);
  if (const std::size_t failure = said.find(kFailed); failure != std::string::npos)
    throw InputError{fmt::format("the guest says: {}", said.substr(failure, said.find('\n', failure) - failure))};
  said_.erase(0, found + text.size());
  return said;
}

std::string Guest::wait_until_ready(unsigned seconds) {
  wait_for(kMapBegins, seconds);
  std::string map = wait_for(kReady, seconds);
  std::erase(map, '\r');  // the serial line ends its lines with one, too
  return map.substr(map.find('\n') + 1);
}

void Guest::say(const std::string& line) {
  const std::string typed = line + "\n";
  if (send(process_.console(), typed.data(), typed.size(), MSG_NOSIGNAL) < 0) process_.gone();
}

void Guest::dump(const std::string& path, const std::string& format) {
  const std::string place = std::filesystem::absolute(path).string();
  if (place.find_first_of("\"\\") != std::string::npos) throw InputError{path + ": a name that QEMU cannot be told"};
  command("dump-guest-memory",
          fmt::format("\"paging\":false,\"protocol\":\"file:{}\",\"format\":\"{}\"", place, format));
}

// Events and the greeting come in between; the answer to a command has "return".
void Guest::command(const std::string& name, const std::string& arguments) {
  const std::string line = fmt::format("{{\"execute\":\"{}\",\"arguments\":{{{}}}}}\n", name, arguments);
  if (send(process_.monitor(), line.data(), line.size(), MSG_NOSIGNAL) < 0) process_.gone();
  constexpr int kPatienceMs = 180'000;  // a dump takes seconds, on a busy machine minutes
  answers_.clear();
  while (answers_.find("\"return\"") == std::string::npos) {
    if (!receive(process_, process_.monitor(), kPatienceMs, answers_) ||
        answers_.find("\"error\"") != std::string::npos)
      throw std::runtime_error(fmt::format("QEMU does not carry {} out: {}", name, answers_));
  }
}

}  // namespace vtd::harness::qemu
