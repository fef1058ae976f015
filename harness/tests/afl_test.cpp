// SPDX-License-Identifier: Apache-2.0 OR MIT
// AFL++'s interface, called as AFL++ calls it.
#include <gtest/gtest.h>

#include "harness/afl/mutator.h"
#include "harness/fuzz_input.h"
#include "harness/mutate/mend.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness {
namespace {

std::vector<uint8_t> bytes_of(const model::Scenario& scenario) {
  std::vector<uint8_t> bytes;
  model::encode(scenario, bytes);
  return bytes;
}

class Afl : public testing::Test {
 protected:
  void* data_ = afl_custom_init(nullptr, 7);
  ~Afl() override { afl_custom_deinit(data_); }
};

TEST_F(Afl, mutations_stay_within_the_size_and_differ) {
  std::vector<uint8_t> in = bytes_of(test::scenario_of(test::small()));
  const std::vector<uint8_t> original = in;
  std::size_t different = 0;
  for (int i = 0; i < 200; ++i) {
    uint8_t* out = nullptr;
    const std::size_t size = afl_custom_fuzz(data_, in.data(), in.size(), &out, nullptr, 0, 400);
    ASSERT_LE(size, 400u);
    different += std::vector<uint8_t>(out, out + size) == original ? 0 : 1;
  }
  EXPECT_EQ(in, original) << "the input is AFL++'s";
  EXPECT_GT(different, 150u);
}

TEST_F(Afl, crosses_with_another_input) {
  std::vector<uint8_t> in = bytes_of(test::scenario_of(test::small()));
  std::vector<uint8_t> other = bytes_of(test::scenario_of("vtd 1\nunmap source=00:1f.7 iova=0x123000\n"));
  bool met = false;
  for (int i = 0; i < 200 && !met; ++i) {
    uint8_t* out = nullptr;
    const std::size_t size = afl_custom_fuzz(data_, in.data(), in.size(), &out, other.data(), other.size(), 4096);
    model::Scenario scenario;
    scenario_of({out, size}, scenario);
    for (const model::Step& step : scenario.steps) met |= step.operand[model::operand::um_iova] == 0x123000;
  }
  EXPECT_TRUE(met);
}

// The trial keeps its `map` steps: AFL++ says yes to those that have one.
TEST_F(Afl, trims_to_the_step_that_matters) {
  std::vector<uint8_t> in =
      bytes_of(test::scenario_of(test::small("attach source=00:02.0\nmap source=00:02.0 iova=0x5000 pa=0x6000\n")));
  const auto matters = [](const model::Scenario& s) {
    return std::any_of(s.steps.begin(), s.steps.end(), [](const model::Step& st) { return st.op == model::Op::map; });
  };
  model::Scenario best;
  const int32_t stop = afl_custom_init_trim(data_, in.data(), in.size());
  ASSERT_GT(stop, 0);
  for (int32_t done = 0; done < stop;) {
    uint8_t* out = nullptr;
    const std::size_t size = afl_custom_trim(data_, &out);
    model::Scenario trial;
    scenario_of({out, size}, trial);
    if (matters(trial)) best = trial;
    done = afl_custom_post_trim(data_, matters(trial) ? 1 : 0);
  }
  ASSERT_EQ(best.steps.size(), 1u);
  EXPECT_EQ(best.steps[0].op, model::Op::map);
}

}  // namespace
}  // namespace vtd::harness
