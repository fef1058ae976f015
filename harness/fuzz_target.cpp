// SPDX-License-Identifier: Apache-2.0 OR MIT
// One execution of a fuzz target.
#include "harness/fuzz_target.h"

#include <cstdio>
#include <cstdlib>

#include "harness/steps_text.h"

namespace vtd::harness {
namespace {

const FuzzTarget* running = nullptr;

// One input in so many is run twice, to see that nothing but the input decides. Chosen by the input itself.
constexpr std::uint64_t kTwiceEvery = 64;

// The parent process says which engine, and which of its known findings are to be found again.
std::string setting(const char* variable, const char* otherwise) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(static_cast<int>(Verdict::harness_error));
}

const EngineEntry& entry_of(const std::string& name) {
  std::string error;
  const EngineEntry* const entry = find_engine(name, error);
  if (entry == nullptr) give_up(error);
  return *entry;
}

}  // namespace

FuzzTarget::FuzzTarget(const char* engine, Extent extent)
    : entry_(entry_of(setting("VTDFUZZ_ENGINE", engine))), engine_(*entry_.get()) {
  options_.extent = extent;
  options_.leaves_most = kFuzzLeavesMost;
  const std::string hunt = setting("VTDFUZZ_HUNT", "");
  if (const std::string why = why_not_hunted(entry_, hunt); !why.empty()) give_up("VTDFUZZ_HUNT: " + why);
  excuse(entry_, runner_.judge(), hunt);
}

void FuzzTarget::run(std::span<const std::uint8_t> bytes) {
  const InFlight::Run held = in_flight_.hold(bytes);
  scenario_of(bytes, scenario_);
  options_.twice = digest(bytes) % kTwiceEvery == 0;
  running = this;
  const RunResult result = runner_.run(scenario_, engine_, options_);
  running = nullptr;
  results_.add(bytes, result);
  stats_.count(result, runner_, scenario_);
  switch (result.verdict) {
    case Verdict::held:
    case Verdict::rejected:
    case Verdict::spent:
      return;
    case Verdict::broken:
    case Verdict::engine_crash:
    case Verdict::model_error:
    case Verdict::harness_error:
      report();
  }
}

void FuzzTarget::report_crash() const {
  const std::string text = "! CRASH AddressSanitizer stopped the engine; its report follows\n" +
                           steps_text(scenario_, runner_.machine(), runner_.trace(), 0, {}) + "\n  scenario\n" +
                           model::print_text(scenario_);
  std::fputs(text.c_str(), stderr);
}

void FuzzTarget::report() {
  const std::string text =
      failure_message(runner_, scenario_, engine_, options_, "vtdfuzz check CRASH-FILE   (named below)");
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace vtd::harness

// Called by AddressSanitizer before it writes its report, which knows nothing of scenarios.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __asan_on_error() {
  if (vtd::harness::running != nullptr) vtd::harness::running->report_crash();
}
