// SPDX-License-Identifier: Apache-2.0 OR MIT
// One execution as a fuzz target does it, without sanitizers: decode, build, take over, judge. The control copies every
// page of old memory that the scenario wrote, once: less than that no execution can touch.
#include <algorithm>
#include <cstring>

#include "harness/bench/ratio.h"
#include "harness/engines.h"
#include "harness/fuzz_target.h"
#include "harness/generate/generate.h"
#include "harness/mutate/mutate.h"
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

// What a fuzz target is given after a while: each of these scenarios mutated a number of times.
Encoded evolved_scenarios() {
  constexpr unsigned kMutations = 16;
  constexpr std::size_t kInputMost = 4096;
  Encoded encoded = some_scenarios();
  harness::InputMutator mutator(nullptr);
  uint64_t seed = 1;
  for (auto& bytes : encoded) {
    std::size_t size = std::min(bytes.size(), kInputMost);
    bytes.resize(kInputMost);
    for (unsigned i = 0; i < kMutations; ++i) size = mutator.mutate(bytes.data(), size, kInputMost, seed++);
    bytes.resize(size);
  }
  return encoded;
}

// Every iteration goes through all inputs; what is reported per item is one of them.
template <class One>
void each_scenario(benchmark::State& state, const Encoded& inputs, const model::Machine& machine, One one) {
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
  each_scenario(state, some_scenarios(), machine,
                [&](const model::Scenario& scenario) { model::build(scenario, machine); });
}
BENCHMARK(decode_and_build)->UseManualTime()->Unit(benchmark::kMicrosecond);

void execute(benchmark::State& state, const Encoded& inputs) {
  harness::Runner runner;
  std::string error;
  const vtd_engine& ours = *harness::find_engine("ours", error)->get();
  harness::RunOptions options;
  options.leaves_most = harness::kFuzzLeavesMost;
  unsigned broken = 0;
  each_scenario(state, inputs, runner.machine(), [&](const model::Scenario& scenario) {
    broken += runner.run(scenario, ours, options).verdict == harness::Verdict::broken;
  });
  if (broken != 0) state.SkipWithError("a property broke");
}

void whole_execution(benchmark::State& state) { execute(state, some_scenarios()); }
BENCHMARK(whole_execution)->UseManualTime()->Unit(benchmark::kMicrosecond);

void evolved_execution(benchmark::State& state) { execute(state, evolved_scenarios()); }
BENCHMARK(evolved_execution)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vtd::bench
