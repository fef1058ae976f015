// SPDX-License-Identifier: Apache-2.0 OR MIT
// Engines are found by name or loaded from a file, and one that does not fit this interface is refused with the reason.
#include "harness/engines.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "harness/runner.h"
#include "harness/tests/scenarios.h"
#include "model/tests/temp_folder.h"

namespace vtd::harness::test {
namespace {

std::string error_for(const std::string& name) {
  std::string error;
  EXPECT_EQ(find_engine(name, error), nullptr);
  return error;
}

TEST(Engines, EveryLinkedEngineIsUsableAndFoundByName) {
  for (const EngineEntry& entry : engines()) {
    if (entry.built_apart) continue;
    std::string error;
    EXPECT_EQ(find_engine(entry.name, error), &entry);
    EXPECT_EQ(why_unusable(entry.get()), "");
  }
}

TEST(Engines, OneThatIsBuiltApartIsLoadedOrSaysHowToBuildIt) {
  for (const EngineEntry& entry : engines()) {
    if (!entry.built_apart) continue;
    std::string error;
    const EngineEntry* const found = find_engine(entry.name, error);
    if (found == nullptr) {
      EXPECT_NE(error.find("ci/setup --linux"), std::string::npos) << error;
      EXPECT_NE(error.find(std::string("--target ") + entry.name), std::string::npos) << error;
      continue;
    }
    EXPECT_STREQ(found->name, entry.name);
    EXPECT_EQ(why_unusable(found->get()), "");
    EXPECT_EQ(found->excuses.data(), entry.excuses.data());
  }
}

// What a failure of the property comes to, under the engine's excuses.
bool excused(const EngineEntry& entry, std::string_view hunt, properties::Property property, const char* what) {
  properties::Judge judge;
  excuse(entry, judge, hunt);
  properties::Failure failure;
  failure.what = what;
  judge.check(property, false, failure);
  return judge.held();
}

TEST(Engines, AnExcuseMayNameOneConditionAndAFinding) {
  using properties::Property;
  static constexpr Excuse kExcuses[] = {
      {Property::one_id_one_table, "by design", "an id"},
      {Property::old_memory_is_untouched, "known", nullptr, "0012-it-writes"},
      {Property::mode_is_kept, "known", "the mode", "0013-the-mode"},
      {Property::mode_is_kept, "known, too", "the mode", "0014-the-mode-again"},
      {Property::mode_is_kept, "known, but something else", "no mode", "0015-no-mode"},
  };
  const EngineEntry entry = {"it", nullptr, "", false, kExcuses};
  EXPECT_TRUE(excused(entry, "", Property::one_id_one_table, "an id"));
  EXPECT_TRUE(excused(entry, "all", Property::one_id_one_table, "an id")) << "the design is no finding";
  EXPECT_FALSE(excused(entry, "", Property::one_id_one_table, "another"));
  EXPECT_FALSE(excused(entry, "", Property::id_fits_the_unit, "an id"));
  EXPECT_TRUE(excused(entry, "", Property::old_memory_is_untouched, "any"));
  EXPECT_TRUE(excused(entry, "0011,0013", Property::old_memory_is_untouched, "any"));
  EXPECT_FALSE(excused(entry, "0011,0012", Property::old_memory_is_untouched, "any"));
  EXPECT_FALSE(excused(entry, "all", Property::old_memory_is_untouched, "any"));
  EXPECT_FALSE(excused(entry, "0013", Property::mode_is_kept, "the mode")) << "whoever else would excuse it";
  EXPECT_TRUE(excused(entry, "0013", Property::mode_is_kept, "no mode"));
}

TEST(Engines, WhatIsHuntedIsAFindingOfTheEngine) {
  using properties::Property;
  static constexpr Excuse kExcuses[] = {{Property::one_id_one_table, "by design", "an id"},
                                        {Property::mode_is_kept, "known", "the mode", "0013-the-mode"},
                                        {Property::mode_is_kept, "known", "no mode", "0015-no-mode"}};
  const EngineEntry entry = {"it", nullptr, "", false, kExcuses};
  for (const char* good : {"", "all", "0013", "0015,0013"}) EXPECT_EQ(why_not_hunted(entry, good), "") << good;
  for (const char* bad : {"13", "0014", "0013,", "0013,all", "ALL", "0013 ", "0013-the-mode"})
    EXPECT_TRUE(why_not_hunted(entry, bad).ends_with("of it, expected all or numbers of 0013, 0015")) << bad;
  const EngineEntry honest = {"it", nullptr, "", false, std::span(kExcuses).first(1)};
  EXPECT_EQ(why_not_hunted(honest, "all"), "it has no known findings");
}

TEST(Engines, AnUnknownNameIsToldTheKnownOnes) {
  const std::string error = error_for("theirs");
  EXPECT_NE(error.find("'theirs'"), std::string::npos);
  EXPECT_NE(error.find("ours, example"), std::string::npos);
}

TEST(Engines, FilesThatAreNoEnginesAreRefused) {
  EXPECT_NE(error_for("./no-such-file.so").find("no-such-file.so"), std::string::npos);
  const model::test::TempFolder folder;
  const std::string text = folder.file("text.so");
  std::ofstream(text) << "not a library";
  EXPECT_NE(error_for(text).find(text), std::string::npos);
}

TEST(Engines, AnEngineOfAnotherInterfaceIsRefused) {
  vtd_engine engine = *engines()[0].get();
  engine.abi = VTD_ABI + 1;
  EXPECT_NE(why_unusable(&engine).find("version 2"), std::string::npos);
  engine = *engines()[0].get();
  engine.size -= 8;
  EXPECT_NE(why_unusable(&engine).find("bytes"), std::string::npos);
  engine = *engines()[0].get();
  engine.commit = nullptr;
  EXPECT_NE(why_unusable(&engine), "");
  engine = *engines()[0].get();
  engine.attach = nullptr;
  EXPECT_NE(why_unusable(&engine), "") << "it claims adoption";
  engine.features &= ~static_cast<uint32_t>(VTD_FEATURE_ADOPTS);
  EXPECT_EQ(why_unusable(&engine), "");
  EXPECT_NE(why_unusable(nullptr), "");
}

TEST(Engines, TheExampleAsASharedLibraryHolds) {
  std::string error;
  const std::string path = std::string(VTD_BINARY_DIR) + "/lib/libexample_engine.so";
  const EngineEntry* const entry = find_engine(path, error);
  ASSERT_NE(entry, nullptr) << error;
  EXPECT_EQ(find_engine(path, error), entry) << "it is loaded once";
  EXPECT_STREQ(entry->get()->name, "example");
  Runner runner;
  excuse(*find_engine("example", error), runner.judge());
  const model::Scenario scenario = scenario_of(small("crash_again\n"));
  EXPECT_EQ(runner.run(scenario, *entry->get(), {}).verdict, Verdict::held)
      << failure_message(runner, scenario, *entry->get(), {}, "");
  EXPECT_EQ(runner.counters().takeovers, 2u);
  EXPECT_FALSE(runner.observed().stores_watched) << "a stranger's build is not observed";
}

}  // namespace
}  // namespace vtd::harness::test
