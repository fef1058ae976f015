// SPDX-License-Identifier: Apache-2.0 OR MIT
// Only async-signal-safe calls after the crash: the note is rendered beforehand.

#include "harness/cli/crash_note.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>

#include "harness/runner.h"

// Given by the sanitizer runtimes when they are linked.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));
extern "C" const char* __asan_default_options();
extern "C" __attribute__((used, visibility("default"))) const char* __asan_default_options() { return "exitcode=11"; }

namespace vtd::harness::cli {
namespace {

constexpr int kExit = static_cast<int>(Verdict::engine_crash);
std::array<char, 4096> note;
std::size_t note_bytes = 0;

void print_note() {
  if (note_bytes != 0 && write(STDERR_FILENO, note.data(), note_bytes) < 0) _exit(kExit);
}

extern "C" void note_and_exit(int) {
  print_note();
  _exit(kExit);
}

}  // namespace

void install_crash_note() {
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(print_note);
    return;
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) std::signal(signal, note_and_exit);
}

void set_crash_note(const std::string& scenario, const std::string& replay) {
  note_bytes = 0;
  if (scenario.empty()) return;
  const std::string text = "vtdfuzz: crash in the engine while it ran " + scenario + "\n  replay    " + replay + "\n";
  std::copy_n(text.begin(), std::min(text.size(), note.size()), note.begin());
  note_bytes = std::min(text.size(), note.size());
}

}  // namespace vtd::harness::cli
