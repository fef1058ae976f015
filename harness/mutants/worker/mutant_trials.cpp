// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program of mutants. Reads one trial a line, runs it in a process of its own, and answers one line of JSON.
//
//   in   NUMBER STRATEGY SEED BUDGET [FILE]     FILE: where to write the scenario that broke a property
//   out  {"state":"killed","by":"one_id_one_table","executions":812,"cpu_seconds":0.041}
//
// A crash ends the trial's process alone; so does one run that takes longer than any run should.
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "harness/input_error.h"
#include "harness/mutants/worker/canaries.h"
#include "harness/mutants/worker/trial.h"

// Nobody reads these reports: what counts is that there was one.
extern "C" __attribute__((used, visibility("default"))) const char* __asan_default_options() {
  return "symbolize=0:detect_leaks=0:allocator_may_return_null=1:handle_segv=1:exitcode=11";
}
extern "C" __attribute__((used, visibility("default"))) const char* __ubsan_default_options() {
  return "symbolize=0:print_stacktrace=0";
}

namespace {

using namespace vtd::harness;
using namespace vtd::harness::mutants;

constexpr int kSanitizerExit = 11, kLibFuzzerExit = 77, kTroubleExit = 78, kHungExit = 79;
constexpr time_t kSlowestRun = 8;  // CPU-seconds; honest ones take up to 5, where 60,000 sources share a domain

Record* record = nullptr;
std::uint64_t seen_executions = 0;

extern "C" void look_for_a_hang(int) {
  const std::uint64_t now = record->executions;
  if (now == seen_executions && now != 0) _exit(kHungExit);
  seen_executions = now;
}

void watch_the_clock() {
  std::signal(SIGVTALRM, look_for_a_hang);
  const itimerval every{{kSlowestRun, 0}, {kSlowestRun, 0}};
  setitimer(ITIMER_VIRTUAL, &every, nullptr);
}

// What all trials share; read once, before the first of them.
struct Shared {
  std::vector<vtd::model::Scenario> corpus;
  std::optional<Canaries> canaries;
};

[[noreturn]] void be_the_trial(const Request& request, const Shared& shared) try {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a run that is stopped leaves nothing behind
  if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(kTroubleExit);
  choose_mutant(request.mutant);
  Subject subject(*record, request);
  watch_the_clock();
  run_strategy(request, subject, shared.corpus, shared.canaries ? &*shared.canaries : nullptr);
} catch (const InputError& error) {
  std::strncpy(record->by, error.message.c_str(), sizeof record->by - 1);
  _exit(kTroubleExit);
} catch (const std::exception& error) {
  std::strncpy(record->by, error.what(), sizeof record->by - 1);
  _exit(kTroubleExit);
}

// How a process ended that could not say so itself; nullptr: not as a mutant ends one. SIGKILL comes from outside,
// where memory is short.
const char* ending_of(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL ? nullptr : "signal";
  switch (WEXITSTATUS(status)) {
    case kSanitizerExit:
      return "sanitizer";
    case kLibFuzzerExit:  // it handles those signals that sanitizers leave
      return "signal";
    case kHungExit:
      return "hang";
    default:
      return nullptr;
  }
}

// What became of a trial whose process ended with this status.
nlohmann::json answer_of(int status, const rusage& used) {
  const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  const State state = record->state;
  nlohmann::json answer = {{"executions", record->executions.load()}, {"cpu_seconds", record->cpu_seconds.load()}};
  if (state == State::killed || state == State::survived) {
    answer["state"] = state == State::killed ? "killed" : "survived";
    answer["by"] = record->by;
    return answer;
  }
  const char* const ending = state == State::trouble ? nullptr : ending_of(status);
  const std::string why = record->by;
  answer["cpu_seconds"] = cpu;
  answer["state"] = ending != nullptr ? "killed" : "trouble";
  answer["by"] = ending != nullptr ? ending : !why.empty() ? why : fmt::format("ended with status {:#x}", status);
  return answer;
}

nlohmann::json run_trial(const Request& request, const Shared& shared) {
  std::memset(static_cast<void*>(record), 0, sizeof *record);
  seen_executions = 0;
  const pid_t child = fork();
  if (child == 0) be_the_trial(request, shared);
  int status = 0;
  rusage used{};
  if (child < 0 || wait4(child, &status, 0, &used) != child) throw InputError{"no process could be started"};
  return answer_of(status, used);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2 && argc != 3) throw InputError{"expected the folder of the corpus, and the index of canaries if any"};
  void* const room = mmap(nullptr, sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw InputError{"no shared memory"};
  record = static_cast<Record*>(room);
  Shared shared{read_corpus(argv[1]), std::nullopt};
  if (argc == 3) shared.canaries.emplace(argv[2], shared.corpus);
  for (std::string line; std::getline(std::cin, line);) {
    Request request;
    std::istringstream words(line);
    if (!(words >> request.mutant >> request.strategy >> request.seed >> request.budget))
      throw InputError{fmt::format("'{}': expected NUMBER STRATEGY SEED BUDGET", line)};
    words >> request.keep;
    std::cout << run_trial(request, shared).dump() << '\n' << std::flush;
  }
  return 0;
} catch (const InputError& error) {
  fmt::print(stderr, "{}: {}\n", argv[0], error.message);
  return 2;
}
