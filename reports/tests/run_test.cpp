// SPDX-License-Identifier: Apache-2.0 OR MIT
// Folders of runs, read: whole ones, killed ones, damaged ones.

#include "reports/run.h"

#include <gmock/gmock.h>

#include "reports/tests/runs.h"

namespace vtd::reports {
namespace {

using testing::HasSubstr;

class RunTest : public RunsTest {
 protected:
  void expect_bad(const std::string& folder, const std::string& words) const {
    try {
      read_runs({path(folder)});
      FAIL() << "was read";
    } catch (const BadRun& bad) {
      EXPECT_THAT(bad.message, HasSubstr(words));
      EXPECT_EQ(std::count(bad.message.begin(), bad.message.end(), '\n'), 0);
    }
  }
};

TEST_F(RunTest, what_is_written_is_read_again) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  s.troubles = {"a job ended"};
  write_run("a", s);
  const std::vector<reports::Run> runs = read_runs({path("a")});
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(dumped(to_json(*runs[0].summary), 0), dumped(to_json(s), 0));
  EXPECT_EQ(runs[0].summary->properties[2].expected, false);
  EXPECT_EQ(runs[0].summary->findings[0].cluster, s.findings[0].cluster);
}

TEST_F(RunTest, runs_are_found_below_a_folder_oldest_first) {
  FuzzSummary s = summary();
  write_run("all/z", s);
  s.began = "2026-04-01T00:00:00Z";
  write_run("all/a", s);
  write("all/a/findings/x/run.json", "{}");
  const std::vector<reports::Run> runs = read_runs({path("all"), path("all/a")});
  ASSERT_EQ(runs.size(), 2u) << "each once, and a run's own folders are none";
  EXPECT_EQ(runs[0].name, "z");
  EXPECT_EQ(runs[1].name, "a");
}

TEST_F(RunTest, the_files_of_a_finding_are_read) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  write_run("a", s);
  write("a/findings/" + s.findings[0].cluster.id + "/scenario.vtd", "vtd 1\ntakeover\n");
  write("a/findings/" + s.findings[0].cluster.id + "/before.svg", "<svg/>");
  const std::vector<reports::Run> runs = read_runs({path("a")});
  EXPECT_EQ(runs[0].files[0].scenario, "vtd 1\ntakeover\n");
  EXPECT_THAT(runs[0].files[0].pictures, testing::ElementsAre("<svg/>"));
}

TEST_F(RunTest, a_killed_run_has_the_figures_of_its_last_sample) {
  FuzzSummary s = summary();
  s.finished = false;
  s.executions = 0;
  write_run("a", s);
  write("a/growth.jsonl",
        "{\"second\": 1.5, \"executions\": 10}\n{\"second\": 9.5, \"executions\": 99, \"coverage\": 7}\n{\"seco");
  const std::vector<reports::Run> runs = read_runs({path("a")});
  ASSERT_EQ(runs[0].growth.size(), 2u) << "the line that was cut off is left out";
  EXPECT_EQ(runs[0].summary->executions, 99u);
  EXPECT_EQ(runs[0].summary->seconds, 9u);
}

TEST_F(RunTest, measurements_are_read) {
  write("a/reach.json", R"({"features": [{"group": "g", "name": "n", "produced": 5, "reached": 0, "more": 1}]})");
  write("a/mutants.json",
        R"({"budget": {"seconds": 60}, "mutants": [{"id": "B02", "kind": "known", "status": "killed", "strategies":
           {"ours": {"killed": 29, "of": 30, "cpu_seconds": {"median": 0.5, "mean_restricted": null},
                     "by": {"id_fits_the_unit": 29}}}}]})");
  write("a/oracles.json", R"({"oracles": [{"name": "QEMU", "probes": 9, "differences": 1, "unexplained": 1,
        "explained": [{"deviation": "d", "count": 3, "reference": "r"}]}]})");
  write("a/coverage.json", R"({"data": [{"files": [{"filename": "/somewhere/engine/map.cpp", "summary":
        {"lines": {"count": 10, "covered": 9, "percent": 90}}}], "totals": {"lines": {"count": 10, "covered": 9}}}]})");
  write("a/html/coverage/somewhere/engine/map.cpp.html", "x");
  const std::vector<reports::Run> runs = read_runs({path("a")});
  EXPECT_EQ(runs[0].reach->at(0).produced, 5u);
  const Kills& kills = runs[0].mutants->all[0].strategies[0];
  EXPECT_EQ(kills.killed, 29u);
  EXPECT_EQ(kills.cpu_median, 0.5);
  EXPECT_EQ(kills.cpu_mean_restricted, std::nullopt);
  EXPECT_EQ(runs[0].oracles->at(0).explained[0].times, 3u);
  EXPECT_EQ(runs[0].coverage->files[0].name, "engine/map.cpp");
  EXPECT_EQ(runs[0].coverage->files[0].page, "coverage/somewhere/engine/map.cpp.html");
}

TEST_F(RunTest, damage_is_told_with_file_line_and_key) {
  write("a/run.json", "{\n\"target\": \"x\",\n");
  expect_bad("a", "a/run.json:3: expected JSON");
  write("b/run.json", "{\"executions\": \"many\"}");
  expect_bad("b", "b/run.json: executions: expected a whole number");
  write("c/growth.jsonl", "{}\nnonsense\n");
  expect_bad("c", "c/growth.jsonl:2: expected JSON");
  write("d/oracles.json", R"({"oracles": [{"probes": -1}]})");
  expect_bad("d", "d/oracles.json: oracles[0]: probes: expected a whole number");
  write("e/readme.txt", "");
  expect_bad("e", "no run here or below");
  expect_bad("absent", "expected the folder of a run");
}

}  // namespace
}  // namespace vtd::reports
