// SPDX-License-Identifier: Apache-2.0 OR MIT
// Each row of the catalogue is recognised in the seed that a person wrote for it, and nothing is seen in an empty
// machine.
#include "harness/reach/reach.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "harness/engines.h"
#include "harness/tests/corpus.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness {
namespace {

const vtd_engine& ours() {
  std::string error;
  return *find_engine("ours", error)->get();
}

ReachCounts reach_of(const model::Scenario& scenario) {
  static Runner runner;
  ReachCounts counts;
  EXPECT_EQ(runner.run(scenario, ours(), {}).verdict, Verdict::held);
  count_reach(runner, scenario, counts);
  return counts;
}

// M33 and M34 are only seen where a table is used for three levels and for four: a seed shows one label.
TEST(Reach, every_row_is_recognised_in_a_seed) {
  const std::vector<test::CorpusFile> seeds = test::corpus("seeds");
  for (const FeatureInfo& feature : features()) {
    if (std::string_view(feature.group) != "catalogue") continue;
    if (feature.feature == Feature::M33 || feature.feature == Feature::M34) continue;
    const auto i = static_cast<std::size_t>(feature.feature);
    std::uint64_t produced = 0, reached = 0;
    for (const test::CorpusFile& file : seeds) {
      if (!file.name.starts_with(feature.name)) continue;
      const ReachCounts counts = reach_of(file.scenario);
      produced += counts.produced[i];
      reached += counts.reached[i];
    }
    EXPECT_GE(produced, 1u) << feature.name;
    EXPECT_GE(reached, 1u) << feature.name;
  }
}

TEST(Reach, a_table_for_three_levels_and_for_four_is_labelled_wrong) {
  const ReachCounts counts =
      reach_of(test::scenario_of(test::small("unit capability=qemu48 extended=qemu48\n"
                                             "context at=0x1001000 devfn=03.0 table=0x1002000 width=39 domain=6\n")));
  EXPECT_EQ(counts.reached[static_cast<std::size_t>(Feature::M33)], 1u);
}

TEST(Reach, an_ordinary_machine_has_few_features) {
  const ReachCounts counts = reach_of(test::scenario_of(test::small()));
  for (const FeatureInfo& f : features()) {
    if (std::string_view(f.group) != "catalogue") continue;
    const bool usual = f.feature == Feature::M32 || f.feature == Feature::N36;  // any domain, any device without driver
    EXPECT_EQ(counts.produced[static_cast<std::size_t>(f.feature)], usual ? 1u : 0u) << f.name;
  }
}

TEST(Reach, what_is_refused_reaches_no_property_of_tables) {
  const ReachCounts counts = reach_of(test::scenario_of(test::small("unit status=0\n")));
  EXPECT_EQ(counts.produced[static_cast<std::size_t>(Feature::four_levels)], 1u);
  EXPECT_EQ(counts.reached[static_cast<std::size_t>(Feature::four_levels)], 0u);
  EXPECT_EQ(counts.reached[static_cast<std::size_t>(Feature::translation_off)], 1u);
}

}  // namespace
}  // namespace vtd::harness
