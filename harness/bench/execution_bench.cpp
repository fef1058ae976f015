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

// Every iteration goes through all scenarios; what is reported per item is one of them.
template <class One>
void each_scenario(benchmark::State& state, const model::Machine& machine, One one) {
  const Encoded inputs = some_scenarios();
  model::Scenario scenario;
  std::size_t pages = 0;
  for (const auto& input : inputs) {
    model::decode(input, scenario);
    one(scenario);
    pages += machine.memory.frames();
  }
  const std::vector<std::byte> written(pages * model::kPageBytes, std::byte{1});
  std::vector<std::byte> copy(model::kPageBytes);
  const auto control = [&] {
    for (std::size_t i = 0; i < pages; ++i) {
      std::memcpy(copy.data(), written.data() + i * model::kPageBytes, model::kPageBytes);
      benchmark::DoNotOptimize(copy.data());
      benchmark::ClobberMemory();
    }
  };
  const auto subject = [&] {
    for (const auto& input : inputs) {
      model::decode(input, scenario);
      one(scenario);
    }
  };
  measure(state, control, subject, [] {});
  state.SetItemsProcessed(state.iterations() * kScenarios);
  state.counters["pages"] = static_cast<double>(pages) / kScenarios;
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
