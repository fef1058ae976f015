// SPDX-License-Identifier: Apache-2.0 OR MIT
// The benchmark's figures: what a censored trial does to medians and means, and what the report names.
#include "reports/mutants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vtd::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

MutantTrial killed(double seconds) {
  return {true, seconds, static_cast<std::uint64_t>(seconds * 1000), "one_id_one_table"};
}
MutantTrial survived(double seconds) { return {false, seconds, 5000, ""}; }

TEST(Survival, WithoutSurvivorsItIsTheMedianAndTheMean) {
  const Survival s = survival_of({killed(1), killed(2), killed(6)}, 60);
  EXPECT_EQ(s.median, 2);
  EXPECT_DOUBLE_EQ(s.restricted_mean, 3);
}

TEST(Survival, ACensoredTrialIsNoKill) {
  const Survival s = survival_of({killed(1), survived(60), survived(60)}, 60);
  EXPECT_FALSE(s.median);
  EXPECT_DOUBLE_EQ(s.restricted_mean, (1 + 60 + 60) / 3.0);
}

TEST(Survival, WhoLeavesEarlyCountsOnlyUntilThen) {
  // After the censored trial at 2 s one of one is left: the curve falls from 2/3 to 0 at 10 s.
  const Survival s = survival_of({killed(1), survived(2), killed(10)}, 20);
  EXPECT_EQ(s.median, 10);
  EXPECT_DOUBLE_EQ(s.restricted_mean, 1 + (10 - 1) * 2 / 3.0);
}

TEST(MutantsMarkdown, SurvivorsAreNamedAndEquivalentOnesDoNotCount) {
  MutantRow lives, dies, same;
  lives.id = "rules.of.AOR.1";
  lives.kind = dies.kind = same.kind = "generated";
  lives.right = "a + b";
  lives.wrong = "a - b";
  lives.open = dies.open = "It takes two units.";
  lives.strategies["ours"] = {survived(60)};
  dies.id = "rules.of.ROR.2";
  dies.strategies["ours"] = {killed(0.05)};
  same.id = "rules.of.CRP.3";
  same.equivalent = "Nobody reads it.";
  MutantTable table;
  table.budget = 60;
  table.seeds = 1;
  table.strategies = {"ours"};
  table.rows = {lives, dies, same};
  const std::string text = mutants_markdown(table);
  EXPECT_THAT(text,
              HasSubstr("| generated | ours | 1 | 60 s | 2 | 1 of 2 (50.0 %) | 1 of 2 (50.0 %) | 1 | 1 | 1 | 1 |"));
  EXPECT_THAT(text,
              HasSubstr("## Survivors\n\n- `rules.of.AOR.1` (:0): `a + b` became `a - b`\n  It takes two units.\n\n"));
  EXPECT_THAT(text, Not(HasSubstr("- `rules.of.ROR.2`")));
  EXPECT_THAT(text, HasSubstr("Nobody reads it."));
}

TEST(MutantsMarkdown, KnownMistakesSayWhereTheyWereSeen) {
  MutantRow known;
  known.id = "B02";
  known.name = "flush-while-present";
  known.kind = "known";
  known.what = "Flushed too early.";
  known.seen = "CVE-2026-90243";
  known.strategies["corpus"] = {killed(0.1)};
  MutantTable table;
  table.strategies = {"corpus"};
  table.rows = {known};
  EXPECT_THAT(mutants_markdown(table),
              HasSubstr("- B02 flush-while-present: Flushed too early. Seen: CVE-2026-90243\n"));
}

TEST(MutantsMarkdown, AnOracleThatBreaksDownIsToldApartFromOneThatErrs) {
  MutantRow errs, breaks;
  errs.id = "O01";
  breaks.id = "O02";
  errs.kind = breaks.kind = "oracle";
  errs.strategies["corpus"] = {killed(0.1)};
  breaks.strategies["corpus"] = {{true, 0.1, 1, "signal"}};
  MutantTable table;
  table.strategies = {"corpus"};
  table.rows = {errs, breaks};
  const std::string text = mutants_markdown(table);
  EXPECT_THAT(text, HasSubstr("that a verdict gave away: 1\n\n| mutant | file | noticed by |\n|---|---|---|\n| O01 "));
  EXPECT_THAT(text,
              HasSubstr("that broke down by themselves: 1\n\n| mutant | file | noticed by |\n|---|---|---|\n| O02 "));
}

}  // namespace
}  // namespace vtd::reports
