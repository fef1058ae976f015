// SPDX-License-Identifier: Apache-2.0 OR MIT
// One execution as a fuzz target does it, without sanitizers: decode, build, take over, judge. The control copies every
// page of old memory that the scenario wrote, once: less than that no execution can touch.
#include <cstring>

#include "harness/bench/ratio.h"
#include "harness/engines.h"
#include "harness/generate/generate.h"
#include "harness/runner.h"
#include "model/scenario/build.h"

namespace vtd::bench {
namespace {

constexpr unsigned kScenarios = 256;
using Encoded = std::vector<std::vector<uint8_t>>;

Encoded some_scenarios() {
  harness::RandomSource random(1);
  Encoded encoded(kScenarios);
  for (auto& bytes : encoded) encode(harness::generate(random), bytes);
  return encoded;
}

void copy_frames(const model::Memory& memory) {
  alignas(64) static std::byte page[model::kPageBytes];
  for (std::size_t i = 0; i < memory.frames(); ++i) {
    std::memcpy(page, memory.page(memory.frame_address(i), model::View::cpu), sizeof page);
    benchmark::DoNotOptimize(page);
  }
}

// Every iteration goes through all scenarios; what is reported per item is one of them.
template <class One>
void each_scenario(benchmark::State& state, const model::Machine& machine, One one) {
  const Encoded inputs = some_scenarios();
  model::Scenario scenario;
  double pages = 0;
  for (const auto& input : inputs) {
    model::decode(input, scenario);
    one(scenario);
    pages += static_cast<double>(machine.memory.frames());
  }
  const auto control = [&] {
    for (unsigned i = 0; i < kScenarios; ++i) copy_frames(machine.memory);
  };
  const auto subject = [&] {
    for (const auto& input : inputs) {
      model::decode(input, scenario);
      one(scenario);
    }
  };
  measure(state, control, subject, [] {});
  state.SetItemsProcessed(state.iterations() * kScenarios);
  state.counters["pages"] = pages / kScenarios;
}

void decode_and_build(benchmark::State& state) {
  model::Machine machine;
  each_scenario(state, machine, [&](const model::Scenario& scenario) { model::build(scenario, machine); });
}
BENCHMARK(decode_and_build)->UseManualTime()->Unit(benchmark::kMicrosecond);

void whole_execution(benchmark::State& state) {
  harness::Runner runner;
  std::string error;
  const vtd_engine& ours = *harness::find_engine("ours", error)->get();
  unsigned broken = 0;
  each_scenario(state, runner.machine(), [&](const model::Scenario& scenario) {
    broken += runner.run(scenario, ours, {}).verdict == harness::Verdict::broken;
  });
  if (broken != 0) state.SkipWithError("a property broke");
}
BENCHMARK(whole_execution)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vtd::bench
