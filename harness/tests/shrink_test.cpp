// SPDX-License-Identifier: Apache-2.0 OR MIT
// Shrinking ends at the smallest scenario, keeps what it was told to keep, and stops when it is told to.

#include "harness/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vtd::harness {
namespace {

using model::make_step;
using model::Op;
using model::Scenario;
namespace operand = model::operand;

Scenario long_one(std::size_t steps) {
  Scenario s;
  for (std::size_t i = 0; i < steps; ++i)
    s.steps.push_back(make_step(Op::word, {{operand::w_at, 0x1000000 + 8 * i}, {operand::w_value, 0x1234500 + i}}));
  return s;
}

constexpr auto never_stop = [](const ShrinkProgress&) { return false; };

bool has_word(const Scenario& s, std::uint64_t at) {
  return std::any_of(s.steps.begin(), s.steps.end(), [at](const model::Step& step) {
    return step.op == Op::word && step.operand[operand::w_at] == at;
  });
}

TEST(Shrink, keeps_only_the_steps_that_matter) {
  const Scenario small = shrink(
      long_one(1000), [](const Scenario& s) { return has_word(s, 0x1000008) && has_word(s, 0x1000f00); }, never_stop);
  ASSERT_EQ(small.steps.size(), 2u);
  EXPECT_EQ(small.steps[0].operand[operand::w_at], 0x1000008u);
  EXPECT_EQ(small.steps[1].operand[operand::w_at], 0x1000f00u);
  EXPECT_EQ(small.steps[0].operand[operand::w_value], 0u) << "operands that do not matter fall back";
}

TEST(Shrink, operands_come_close_to_what_matters) {
  const Scenario small = shrink(
      long_one(3),
      [](const Scenario& s) { return !s.steps.empty() && s.steps.back().operand[operand::w_value] >= 0x1000; },
      never_stop);
  ASSERT_EQ(small.steps.size(), 1u);
  EXPECT_LT(small.steps[0].operand[operand::w_value], 0x2000u);
}

TEST(Shrink, does_not_need_a_run_for_each_pair_of_steps) {
  std::uint64_t runs = 0;
  shrink(long_one(2000), [&](const Scenario& s) { return ++runs, has_word(s, 0x1000008); }, never_stop);
  EXPECT_LT(runs, 200u);
}

TEST(Shrink, stops_when_it_is_told_and_keeps_the_best) {
  const Scenario start = long_one(64);
  std::uint64_t tried = 0;
  const Scenario small = shrink(
      start, [](const Scenario& s) { return has_word(s, 0x1000000); },
      [&](const ShrinkProgress& p) { return (tried = p.tried) == 3; });
  EXPECT_EQ(tried, 3u);
  EXPECT_TRUE(has_word(small, 0x1000000));
  EXPECT_LT(small.steps.size(), start.steps.size());
}

TEST(Shrink, a_scenario_that_cannot_shrink_stays) {
  const Scenario start = long_one(5);
  EXPECT_EQ(shrink(start, [](const Scenario&) { return false; }, never_stop), start);
}

TEST(Shrink, everything_may_go) {
  EXPECT_TRUE(shrink(long_one(5), [](const Scenario&) { return true; }, never_stop).steps.empty());
}

}  // namespace
}  // namespace vtd::harness
