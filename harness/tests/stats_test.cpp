// SPDX-License-Identifier: Apache-2.0 OR MIT
// The counters of a target can be read from its file at any moment, and other files are not taken for one.
#include "harness/stats.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "harness/engines.h"
#include "harness/tests/scenarios.h"
#include "model/tests/temp_folder.h"

namespace vtd::harness::test {
namespace {

TEST(Stats, AreReadWhileTheyGrow) {
  const model::test::TempFolder folder;
  const std::string path = folder.file("counters.stats");
  ASSERT_EQ(setenv("VTDFUZZ_STATS", path.c_str(), 1), 0);
  Stats stats;
  unsetenv("VTDFUZZ_STATS");
  Runner runner;
  const model::Scenario scenario = scenario_of(small());
  StatsPage page;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    stats.count(runner.run(scenario, *engines()[0].get(), {}), runner, scenario);
    ASSERT_TRUE(read_stats(path, page));
    EXPECT_EQ(page.executions, n);
    EXPECT_EQ(page.verdicts[verdict_index(Verdict::held)], n);
    EXPECT_EQ(page.counters.takeovers, n);
  }
  const auto preserved = static_cast<std::size_t>(properties::Property::translations_are_preserved);
  EXPECT_EQ(page.evaluations[preserved], runner.judge().count(properties::Property::translations_are_preserved));
  EXPECT_GT(page.evaluations[preserved], 0u);
}

TEST(Stats, OtherFilesAreRefused) {
  StatsPage page;
  const model::test::TempFolder folder;
  EXPECT_FALSE(read_stats(folder.file("missing.stats"), page));
  const std::string path = folder.file("other.stats");
  std::ofstream(path) << "short";
  EXPECT_FALSE(read_stats(path, page));
  std::ofstream(path) << std::string(sizeof(StatsPage), 'x');
  EXPECT_FALSE(read_stats(path, page));
}

TEST(Stats, CountWithoutAFile) {
  Stats stats;
  Runner runner;
  const model::Scenario scenario = scenario_of(small());
  stats.count(runner.run(scenario, *engines()[0].get(), {}), runner, scenario);
  EXPECT_EQ(stats.page().executions, 1u);
}

}  // namespace
}  // namespace vtd::harness::test
