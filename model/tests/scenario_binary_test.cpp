// SPDX-License-Identifier: Apache-2.0 OR MIT
// The binary form: every byte string is a scenario, every scenario a byte string, and short ones stay connected.
#include <gtest/gtest.h>

#include "model/tests/scenario_random.h"

namespace vtd::model {
namespace {

Scenario decoded(std::span<const uint8_t> bytes, std::size_t most = 4096) {
  Scenario out;
  decode(bytes, out, most);
  return out;
}

std::vector<uint8_t> encoded(const Scenario& scenario) {
  std::vector<uint8_t> out;
  encode(scenario, out);
  return out;
}

TEST(ScenarioBinary, decodes_what_it_encodes) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    const Scenario scenario = random_scenario(random);
    ASSERT_EQ(decoded(encoded(scenario)), scenario) << print_text(scenario);
  }
}

TEST(ScenarioBinary, decodes_any_bytes_to_normal_steps_and_reaches_a_fixed_point) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 50000; ++i) {
    std::vector<uint8_t> bytes(random() % 200);
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    const Scenario scenario = decoded(bytes);
    for (const Step& step : scenario.steps) ASSERT_EQ(step, normalise(step)) << print_step(step);
    const std::vector<uint8_t> canonical = encoded(scenario);
    ASSERT_EQ(decoded(canonical), scenario);
    ASSERT_EQ(encoded(decoded(canonical)), canonical);
  }
}

TEST(ScenarioBinary, every_prefix_of_an_input_is_an_input_and_zeros_are_fallbacks) {
  const uint8_t bytes[] = {static_cast<uint8_t>(Op::context)};
  const Scenario scenario = decoded(bytes);
  ASSERT_EQ(scenario.steps.size(), 1u);
  EXPECT_EQ(print_step(scenario.steps[0]), "context at=0x1000000 table=0x1000000");
}

TEST(ScenarioBinary, one_byte_names_a_pool_frame_or_a_place_on_an_edge) {
  const auto unreadable = [](std::vector<uint8_t> rest) {
    rest.insert(rest.begin(), static_cast<uint8_t>(Op::unreadable));
    return decoded(rest).steps.at(0).operand[operand::un_page];
  };
  EXPECT_EQ(unreadable({0xdf}), kPoolBase + 0xdf * kPageBytes);
  EXPECT_EQ(unreadable({0xe0}), 0u);
  EXPECT_EQ(unreadable({0xef}), ~uint64_t{0});
  EXPECT_EQ(unreadable({0xf0, 1, 2, 3, 4, 5, 6, 7, 8}), 0x0807060504030201u);
  EXPECT_EQ(unreadable({0xf8, 2, 0x34, 0xf2}), kPoolBase + 0x2234);
}

TEST(ScenarioBinary, a_connected_hierarchy_is_short) {
  Scenario scenario;
  ASSERT_FALSE(
      parse_text("vtd 1\n"
                 "root at=0x1000000 table=0x1001000\n"
                 "context at=0x1001000 devfn=02.0 table=0x1002000 domain=1\n"
                 "paging at=0x1002000 to=0x1003000\n"
                 "takeover\n"
                 "dma source=00:02.0 iova=0x1000\n",
                 scenario));
  EXPECT_LE(encoded(scenario).size(), 40u);
}

TEST(ScenarioBinary, stops_at_the_most_steps_asked_for) {
  const std::vector<uint8_t> bytes(10000, static_cast<uint8_t>(Op::takeover));
  EXPECT_EQ(decoded(bytes, 7).steps.size(), 7u);
  EXPECT_EQ(decoded(bytes).steps.size(), 4096u);
}

TEST(ScenarioBinary, does_not_allocate_once_warm) {
  const std::vector<uint8_t> bytes(64, static_cast<uint8_t>(Op::paging));
  Scenario out;
  decode(bytes, out);
  const Step* const before = out.steps.data();
  decode(bytes, out);
  EXPECT_EQ(out.steps.data(), before);
}

}  // namespace
}  // namespace vtd::model
