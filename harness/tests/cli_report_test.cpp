// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz report` as a command: its files, its JSON, what it refuses.

#include <gmock/gmock.h>

#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

using testing::HasSubstr;

class ReportCommand : public CommandTest {
 protected:
  ReportCommand() {
    std::filesystem::create_directories(path("runs/a"));
    write("runs/a/run.json", R"({"target": "takeover_fuzzer", "executions": 5, "seconds": 1})");
  }
};

TEST_F(ReportCommand, writes_the_files_that_are_asked_for) {
  const Said said = run({"report", path("runs"), "-o", path("out"), "--format", "html,junit", "--json"});
  EXPECT_EQ(said.code, 0) << said.err;
  const nlohmann::json j = said.json();
  EXPECT_EQ(j["runs"], 1);
  EXPECT_EQ(j["conclusions"][0]["text"], "Nothing was found in 5 executions of takeover_fuzzer (1 s).");
  EXPECT_EQ(j["files"].size(), 2u);
  EXPECT_THAT(content_of(path("out/index.html")), HasSubstr("<!doctype html>"));
  EXPECT_THAT(content_of(path("out/junit.xml")), HasSubstr("<testsuites"));
  EXPECT_FALSE(std::filesystem::exists(path("out/summary.md")));
}

TEST_F(ReportCommand, refuses_what_is_no_run) {
  expect_refused({"report", path("nowhere"), "-o", path("out")}, "expected the folder of a run");
  write("runs/a/run.json", "{\"executions\": \"five\"}");
  expect_refused({"report", path("runs"), "-o", path("out")}, "run.json: executions: expected a whole number");
  EXPECT_FALSE(std::filesystem::exists(path("out"))) << "nothing half-written";
  expect_refused({"report", path("runs"), "--format", "pdf"}, "--format");
}

TEST_F(ReportCommand, checked_scenarios_are_told_one_by_one) {
  write("small.vtd", kSmallMachine);
  write("broken.vtd", kBrokenMachine);
  run({"check", path("broken.vtd"), path("small.vtd"), "--openpbt", path("cases.jsonl")});
  std::istringstream lines(content_of(path("cases.jsonl")));
  std::vector<nlohmann::json> cases;
  for (std::string line; std::getline(lines, line);) cases.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_EQ(cases[0]["status"], "failed");
  EXPECT_EQ(cases[0]["status_reason"], "the_expected_outcome_happens");
  EXPECT_EQ(cases[1]["status"], "passed");
  EXPECT_THAT(cases[1]["representation"].get<std::string>(), testing::StartsWith("vtd 1\n"));
  EXPECT_EQ(cases[1]["features"]["levels"], 3);
  EXPECT_EQ(cases[1]["features"]["devices"], 2);
}

}  // namespace
}  // namespace vtd::harness
