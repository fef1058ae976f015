// SPDX-License-Identifier: Apache-2.0 OR MIT
// Starting QEMU, and what it said when it would not go on.
#include "harness/qemu/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <system_error>

#include "harness/input_error.h"

namespace vtd::harness::qemu {
namespace {

constexpr const char* kProgram = "qemu-system-x86_64";
constexpr const char* kVersion = "7.2.";

// Both ends close on exec; the child makes its own end inheritable.
std::array<int, 2> connection() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  return ends;
}

// QEMU's ends of the connections.
struct Ends {
  int qtest, monitor, console;
};

std::vector<std::string> command_line(const GuestMemory& memory, const Ends& ends) {
  std::vector<std::string> line = {kProgram};
  const auto option = [&line](const char* name, std::string value) {
    line.emplace_back(name);
    line.push_back(std::move(value));
  };
  line.insert(line.end(), {"-nodefaults", "-no-user-config"});
  option("-display", "none");
  option("-m", fmt::format("{}M", memory.bytes() >> 20));
  option("-object", fmt::format("memory-backend-file,id=ram,mem-path=/dev/fd/{},size={},share=on", memory.descriptor(),
                                memory.bytes()));
  option("-machine", fmt::format("q35,memory-backend=ram,max-ram-below-4g={}", memory.ram().low));
  option("-chardev", fmt::format("socket,id=qtest,fd={}", ends.qtest));
  option("-qtest", "chardev:qtest");
  option("-qtest-log", "none");
  option("-chardev", fmt::format("socket,id=monitor,fd={}", ends.monitor));
  option("-mon", "chardev=monitor,mode=control");
  option("-chardev", fmt::format("socket,id=console,fd={}", ends.console));
  option("-serial", "chardev:console");
  return line;
}

void stay_open(int descriptor) { fcntl(descriptor, F_SETFD, 0); }

// Only calls that are safe after fork.
[[noreturn]] void become_qemu(const std::vector<char*>& arguments, const std::vector<int>& inherited, int words) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int descriptor : inherited) stay_open(descriptor);
  dup2(words, STDOUT_FILENO);
  dup2(words, STDERR_FILENO);
  execvp(kProgram, arguments.data());
  _exit(127);
}

}  // namespace

std::string qemu_version() {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen("qemu-system-x86_64 --version 2>/dev/null", "re"), pclose);
  std::array<char, 256> line{};
  const bool answered = pipe != nullptr && std::fgets(line.data(), line.size(), pipe.get()) != nullptr;
  if (!answered) throw InputError{fmt::format("{} is not installed: apt-get install qemu-system-x86", kProgram)};
  const std::string text(line.data());
  const std::size_t at = text.find("version ");
  const std::string version =
      at == std::string::npos ? text : text.substr(at + 8, text.find_first_of(" \n", at + 8) - at - 8);
  if (!version.starts_with(kVersion))
    throw InputError{
        fmt::format("{} is version {}: expected {}x, whose deviations are known", kProgram, version, kVersion)};
  return version;
}

Process::Process(const GuestMemory& memory, const std::vector<std::string>& arguments,
                 const std::vector<int>& inherited) {
  const auto [qtest, its_qtest] = connection();
  const auto [monitor, its_monitor] = connection();
  const auto [console, its_console] = connection();
  qtest_ = qtest;
  monitor_ = monitor;
  console_ = console;
  words_ = memfd_create("vtdfuzz-qemu-words", MFD_CLOEXEC);
  std::vector<std::string> line = command_line(memory, {its_qtest, its_monitor, its_console});
  line.insert(line.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : line) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::vector<int> kept = {memory.descriptor(), its_qtest, its_monitor, its_console};
  kept.insert(kept.end(), inherited.begin(), inherited.end());
  pid_ = fork();
  if (pid_ == 0) become_qemu(pointers, kept, words_);
  close(its_qtest);
  close(its_monitor);
  close(its_console);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  const timeval patience{60, 0};  // no command takes a thousandth of that
  setsockopt(qtest_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

Process::~Process() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(qtest_);
  close(monitor_);
  close(console_);
  close(words_);
}

void Process::gone() {
  std::array<char, 512> words{};
  const ssize_t bytes = pread(words_, words.data(), words.size() - 1, 0);
  std::string said(words.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  while (said.ends_with('\n')) said.pop_back();
  std::replace(said.begin(), said.end(), '\n', ' ');
  throw InputError{fmt::format("QEMU ended: {}", said.empty() ? "without a word" : said)};
}

}  // namespace vtd::harness::qemu
