// SPDX-License-Identifier: Apache-2.0 OR MIT
// The scenario language over generated scenarios and arbitrary bytes: both forms are lossless, shrinking keeps the
// rules.

#include <gtest/gtest.h>

#include "harness/tests/rapidcheck_scenarios.h"

namespace vtd::harness {
namespace {

using model::Scenario;
using model::Step;

TEST(Language, text_is_lossless) {
  EXPECT_TRUE(rc::check("parse(print(s)) is s", [] {
    const Scenario s = *scenarios();
    Scenario again;
    RC_ASSERT(!model::parse_text(model::print_text(s), again));
    RC_ASSERT(again == s);
  }));
}

TEST(Language, binary_is_lossless) {
  EXPECT_TRUE(rc::check("decode(encode(s)) is s", [] {
    const Scenario s = *scenarios();
    std::vector<std::uint8_t> bytes;
    model::encode(s, bytes);
    Scenario again;
    model::decode(bytes, again);
    RC_ASSERT(again == s);
  }));
}

TEST(Language, every_byte_string_is_a_scenario) {
  EXPECT_TRUE(rc::check("encode(decode(x)) is a fixed point, and what it decodes to can be said in text", [] {
    const auto bytes = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
    Scenario s, again;
    model::decode(bytes, s);
    std::vector<std::uint8_t> once;
    model::encode(s, once);
    model::decode(once, again);
    RC_ASSERT(again == s);
    RC_ASSERT(!model::parse_text(model::print_text(s), again));
    RC_ASSERT(again == s);
  }));
}

TEST(Language, what_is_smaller_is_still_a_scenario) {
  EXPECT_TRUE(rc::check("candidates are normal, and have no more steps", [] {
    const Scenario s = *scenarios();
    Smaller smaller(s);
    Scenario candidate;
    for (int i = 0; i < 100 && smaller.next(candidate); ++i) {
      RC_ASSERT(candidate.steps.size() <= s.steps.size());
      RC_ASSERT(!(candidate == s));
      for (const Step& step : candidate.steps) RC_ASSERT(model::normalise(step) == step);
    }
  }));
}

}  // namespace
}  // namespace vtd::harness
