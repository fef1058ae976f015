// SPDX-License-Identifier: Apache-2.0 OR MIT
// Engines are found by name or loaded from a file, and one that does not fit this interface is refused with the reason.
#include "harness/engines.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "harness/runner.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness::test {
namespace {

std::string error_for(const std::string& name) {
  std::string error;
  EXPECT_EQ(find_engine(name, error), nullptr);
  return error;
}

TEST(Engines, EveryLinkedEngineIsUsableAndFoundByName) {
  for (const EngineEntry& entry : engines()) {
    std::string error;
    EXPECT_EQ(find_engine(entry.name, error), &entry);
    EXPECT_EQ(why_unusable(entry.get()), "");
  }
}

TEST(Engines, AnUnknownNameIsToldTheKnownOnes) {
  const std::string error = error_for("theirs");
  EXPECT_NE(error.find("'theirs'"), std::string::npos);
  EXPECT_NE(error.find("ours, example"), std::string::npos);
}

TEST(Engines, FilesThatAreNoEnginesAreRefused) {
  EXPECT_NE(error_for("./no-such-file.so").find("no-such-file.so"), std::string::npos);
  const std::string text = testing::TempDir() + "text.so";
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
