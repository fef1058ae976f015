// SPDX-License-Identifier: Apache-2.0 OR MIT
// The generator: the same seed gives the same scenario, every operation turns up, and machines stay small.
#include <gtest/gtest.h>

#include <array>

#include "harness/generate/generate.h"
#include "model/scenario/build.h"

namespace vtd::harness {
namespace {

constexpr int kScenarios = 4000;

TEST(RandomSource, is_splitmix64) {
  RandomSource random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
}

TEST(Generate, a_seed_means_one_scenario) {
  RandomSource a(7), b(7), c(8);
  const model::Scenario first = generate(a);
  EXPECT_EQ(first, generate(b));
  EXPECT_NE(first, generate(c));
}

TEST(Generate, makes_normal_steps_that_survive_both_forms) {
  RandomSource random(1);
  for (int i = 0; i < kScenarios; ++i) {
    const model::Scenario scenario = generate(random);
    model::Scenario text, binary;
    ASSERT_FALSE(model::parse_text(model::print_text(scenario), text));
    ASSERT_EQ(text, scenario);
    std::vector<std::uint8_t> bytes;
    model::encode(scenario, bytes);
    model::decode(bytes, binary);
    ASSERT_EQ(binary, scenario);
  }
}

TEST(Generate, uses_every_operation_but_those_that_state_outcomes) {
  RandomSource random(2);
  std::array<int, model::kOps> uses{};
  for (int i = 0; i < kScenarios; ++i) {
    for (const model::Step& step : generate(random).steps) ++uses[static_cast<std::size_t>(step.op)];
  }
  for (const model::Operation& what : model::operations()) {
    const bool outcome = what.op == model::Op::dma || what.op == model::Op::expect;
    EXPECT_EQ(uses[static_cast<std::size_t>(what.op)] > 0, !outcome) << what.name;
  }
}

TEST(Generate, makes_machines_of_a_few_tables) {
  RandomSource random(3);
  model::Machine machine;
  std::size_t frames = 0, largest = 0;
  for (int i = 0; i < kScenarios; ++i) {
    const model::BuildError error = model::build(generate(random), machine);
    ASSERT_FALSE(error) << error.why;
    frames += machine.memory.frames();
    largest = std::max(largest, machine.memory.frames());
  }
  EXPECT_GE(frames, kScenarios * 6u);
  EXPECT_LE(frames, kScenarios * 8u);
  EXPECT_LE(largest, 64u);
}

}  // namespace
}  // namespace vtd::harness
