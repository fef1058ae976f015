// SPDX-License-Identifier: Apache-2.0 OR MIT
// The text form: lossless both ways, and errors that say where and what was expected.
#include <gtest/gtest.h>

#include "model/tests/scenario_random.h"

namespace vtd::model {
namespace {

Scenario parsed(std::string_view text) {
  Scenario out;
  const TextError error = parse_text(text, out);
  EXPECT_FALSE(error) << error.line << ": " << error.message;
  return out;
}

TextError error_of(std::string_view text) {
  Scenario out;
  return parse_text(text, out);
}

TEST(ScenarioText, reads_what_it_prints) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    const Scenario scenario = random_scenario(random);
    ASSERT_EQ(parsed(print_text(scenario)), scenario) << print_text(scenario);
  }
}

TEST(ScenarioText, prints_what_a_person_would_write) {
  const std::string_view text =
      "vtd 1\n"
      "unit capability=qemu48 extended=qemu48\n"
      "memory kind=mmio first=0xfe000000 last=0xfeffffff\n"
      "root at=0x1000000 bus=0x40 table=0x1001000\n"
      "context at=0x1001000 devfn=02.1 table=0x1002000 width=39 type=ats domain=7 bits=p,fpd\n"
      "paging at=0x1002000 index=3 count=2 to=0x200000 step=0x200000 bits=r,ps,0x8000000000000000\n"
      "takeover strategy=shallow\n"
      "dma source=40:02.1 iova=0x1000 access=write outcome=fault value=0x5\n"
      "expect what=quarantined count=0\n";
  EXPECT_EQ(print_text(parsed(text)), text);
}

TEST(ScenarioText, leaves_out_fallbacks_but_not_required_operands) {
  Step step = parsed("vtd 1\nroot at=0\n").steps.at(0);
  EXPECT_EQ(print_step(step), "root at=0x0");
  EXPECT_EQ(step.operand[operand::ro_bits], 1u);
  EXPECT_EQ(step.operand[operand::ro_count], 1u);
}

TEST(ScenarioText, ignores_comments_blank_lines_and_carriage_returns) {
  const Scenario scenario = parsed("vtd 1\r\n\r\n# a comment\n   \n\ttakeover   strategy=auto # why\r\n");
  ASSERT_EQ(scenario.steps.size(), 1u);
  EXPECT_EQ(scenario.steps[0].operand[operand::t_strategy], 2u);
}

TEST(ScenarioText, adds_up_bits_that_are_named_and_numbered) {
  const Step step = parsed("vtd 1\npaging at=0x1000 to=0 bits=r,w,0x800,1,4\n").steps.at(0);
  EXPECT_EQ(step.operand[operand::pa_bits], 0x807u);
}

struct BadText {
  const char* text;
  unsigned line;
  const char* says;
};

class ScenarioTextErrors : public testing::TestWithParam<BadText> {};

TEST_P(ScenarioTextErrors, say_where_and_what_was_expected) {
  const TextError error = error_of(GetParam().text);
  EXPECT_EQ(error.line, GetParam().line);
  EXPECT_NE(error.message.find(GetParam().says), std::string::npos) << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    All, ScenarioTextErrors,
    testing::Values(BadText{"", 1, "expected the first line 'vtd 1'"},                                                //
                    BadText{"# vtd 1\n", 1, "expected the first line 'vtd 1'"},                                       //
                    BadText{"vtd 2\n", 1, "unknown version '2' of the scenario text, expected 'vtd 1'"},              //
                    BadText{"vtd 1 x\n", 1, "expected 'vtd 1'"},                                                      //
                    BadText{"vtd 1\n\ncontxt at=0\n", 3, "unknown operation 'contxt', expected context"},             //
                    BadText{"vtd 1\nfrobnicate\n", 2, "expected platform, unit, memory, crash"},                      //
                    BadText{"vtd 1\nroot at=0 tabel=1\n", 2, "root: unknown operand 'tabel', expected table"},        //
                    BadText{"vtd 1\nroot at=0 at=1\n", 2, "root: at is given twice"},                                 //
                    BadText{"vtd 1\nroot table=0x1000\n", 2, "root: at is missing"},                                  //
                    BadText{"vtd 1\nroot at\n", 2, "root: 'at' has no value, expected at=..."},                       //
                    BadText{"vtd 1\nroot at=\n", 2, "root: at='', expected a decimal or 0x hexadecimal number"},      //
                    BadText{"vtd 1\nroot at=0x\n", 2, "at='0x', expected a decimal"},                                 //
                    BadText{"vtd 1\nroot at=12k\n", 2, "at='12k', expected a decimal"},                               //
                    BadText{"vtd 1\nroot at=0x10000000000000000\n", 2, "expected at most 18446744073709551615"},      //
                    BadText{"vtd 1\nroot at=0 count=257\n", 2, "root: count='257', expected at most 256"},            //
                    BadText{"vtd 1\ncontext at=0 width=49\n", 2, "width='49', expected 30, 39, 48, 57"},              //
                    BadText{"vtd 1\ncontext at=0 devfn=20.0\n", 2, "expected device.function, such as 1f.2"},         //
                    BadText{"vtd 1\ndma source=0:0.8 iova=0\n", 2, "expected bus:device.function, such as 00:1f.2"},  //
                    BadText{"vtd 1\npaging at=0 to=0 bits=r,q\n", 2, "paging: bits='q', expected r, w, ps"},          //
                    BadText{"vtd 1\nunit capability=sever\n", 2, "capability='sever', expected a number or server"},  //
                    BadText{"vtd 1\nmap source=00:00.0 iova=0 pa=0 access=4\n", 2, "access='4', expected at most 3"}));

TEST(ScenarioText, quotes_no_unprintable_or_endless_input) {
  const TextError error = error_of("vtd 1\n" + std::string(1000, '\x01') + "\n");
  EXPECT_LT(error.message.size(), 400u);
  EXPECT_EQ(error.message.find('\x01'), std::string::npos);
}

TEST(ScenarioText, takes_a_long_file_in_one_pass) {
  std::string text = "vtd 1\n";
  for (int i = 0; i < 200000; ++i) text += "word at=0x12345678 value=0x9abcdef\n";
  EXPECT_EQ(parsed(text).steps.size(), 200000u);
}

TEST(ScenarioOperations, explain_themselves) {
  for (const Operation& what : operations()) {
    EXPECT_GT(std::string_view(what.help).size(), 10u) << what.name;
    EXPECT_EQ(what.help[std::string_view(what.help).size() - 1], '.') << what.name;
    for (const Operand& operand : what.operands)
      EXPECT_LE(operand.fallback, operand.limit) << what.name << ' ' << operand.name;
  }
}

TEST(ScenarioOperations, the_default_unit_is_the_first_preset) {
  const std::span<const Operand> unit = operation(Op::unit).operands;
  EXPECT_EQ(unit[operand::u_capability].fallback, presets()[0].capability);
  EXPECT_EQ(unit[operand::u_extended].fallback, presets()[0].extended);
}

}  // namespace
}  // namespace vtd::model
