// SPDX-License-Identifier: Apache-2.0 OR MIT
// The summary says what happened: a run that tested nothing must not look like one that found nothing.

#include "reports/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vtd::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

FuzzSummary quiet_run() {
  FuzzSummary s;
  s.target = "takeover_fuzzer";
  s.seconds = 60;
  s.jobs = 2;
  s.executions = 1234567;
  s.cpu_seconds = 120;
  s.verdicts = {{"held", 1234000}, {"spent", 567}};
  s.properties = {{"translations_are_preserved", "translation", 1000, true}, {"commands_are_legal", "switch", 7, true}};
  return s;
}

TEST(Summary, a_quiet_run_is_clean) {
  const FuzzSummary s = quiet_run();
  EXPECT_TRUE(s.clean());
  EXPECT_THAT(markdown(s), HasSubstr("# takeover_fuzzer: nothing found, every property evaluated"));
  EXPECT_THAT(markdown(s), HasSubstr("| executions | 1,234,567 |"));
  EXPECT_THAT(markdown(s), HasSubstr("| spent | 567 | 0.05 % |"));
  EXPECT_THAT(plain_text(s), HasSubstr("10,288 per CPU-second"));
}

TEST(Summary, a_target_that_judges_no_property_does_not_say_it_did) {
  FuzzSummary s = quiet_run();
  for (PropertyCount& p : s.properties) p = {p.name, p.group, 0, false};
  EXPECT_TRUE(s.clean());
  EXPECT_THAT(markdown(s), HasSubstr("# takeover_fuzzer: nothing found\n"));
}

TEST(Summary, a_run_without_executions_is_not_clean) {
  FuzzSummary s = quiet_run();
  s.executions = 0;
  EXPECT_FALSE(s.clean());
  EXPECT_THAT(markdown(s), HasSubstr("nothing was executed"));
}

TEST(Summary, a_property_that_was_never_evaluated_is_named) {
  FuzzSummary s = quiet_run();
  s.properties[1].evaluations = 0;
  EXPECT_FALSE(s.clean());
  EXPECT_THAT(s.never_evaluated(), ElementsAre("commands_are_legal"));
  EXPECT_THAT(markdown(s), HasSubstr("| commands_are_legal | switch | **never** |"));
  EXPECT_THAT(plain_text(s), HasSubstr("never evaluated: commands_are_legal"));
  EXPECT_THAT(plain_text(s), HasSubstr("1 of 2 evaluated"));
}

TEST(Summary, a_property_of_another_target_may_stay_unevaluated) {
  FuzzSummary s = quiet_run();
  s.properties[1] = {"commands_are_legal", "switch", 0, false};
  EXPECT_TRUE(s.clean());
  EXPECT_THAT(markdown(s), HasSubstr("0 (not of this target)"));
}

TEST(Summary, a_finding_is_told_with_its_replay) {
  FuzzSummary s = quiet_run();
  s.findings.push_back({"one_id_one_table", "artifacts/crash-1", "! BROKEN one_id_one_table",
                        "vtdfuzz check artifacts/crash-1", 3, true});
  EXPECT_FALSE(s.clean());
  EXPECT_THAT(markdown(s), HasSubstr("- replay: `vtdfuzz check artifacts/crash-1`"));
  EXPECT_THAT(markdown(s), Not(HasSubstr("not the same")));
  EXPECT_THAT(markdown(s), HasSubstr("- input: `artifacts/crash-1` and 2 more"));
  s.findings[0].reproduced = false;
  EXPECT_THAT(markdown(s), HasSubstr("not the same when replayed"));
}

TEST(Summary, a_message_cannot_end_its_own_block) {
  FuzzSummary s = quiet_run();
  s.findings.push_back({"x", "a", "line\n```\n# not a heading", "r", 1, true});
  EXPECT_THAT(markdown(s), HasSubstr("````text\nline\n```\n# not a heading\n````"));
}

TEST(Summary, trouble_with_the_run_is_not_clean) {
  FuzzSummary s = quiet_run();
  s.troubles = {"job 1 ended with signal 9"};
  EXPECT_FALSE(s.clean());
  EXPECT_THAT(plain_text(s), HasSubstr("trouble      job 1 ended with signal 9"));
}

}  // namespace
}  // namespace vtd::reports
