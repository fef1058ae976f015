// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs of mutants at work, several at a time.
#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/mutants/trial_log.h"

namespace vtd::harness::mutants {

// Beside the program of the oracle's mutants, which holds canaries, too.
inline constexpr const char* kCanariesIndex = "mutants_canaries.json";

struct WorkerOptions {
  std::map<std::string, std::filesystem::path> programs;
  std::filesystem::path corpus;
  std::size_t jobs = 1;
};

// Runs the trials in order, `jobs` at a time, and tells each result. Ends early when `interrupted` is set.
// Throws InputError when a program cannot be started, or ends where it should answer.
void run_trials(const WorkerOptions& options, const std::vector<Trial>& trials,
                const volatile std::sig_atomic_t& interrupted,
                const std::function<void(const Trial&, const Result&)>& tell);

}  // namespace vtd::harness::mutants
