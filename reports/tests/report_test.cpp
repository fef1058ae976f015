// SPDX-License-Identifier: Apache-2.0 OR MIT
// What several runs come to, and every form it is told in.

#include "reports/report.h"

#include <gmock/gmock.h>

#include "reports/page_data.h"
#include "reports/tests/runs.h"
#include "reports/words.h"

namespace vtd::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReportTest : public RunsTest {
 protected:
  std::string said(Level level) const {
    std::string text;
    for (const Conclusion& c : conclusions(report()))
      if (c.level == level) text += c.text + "\n";
    return text;
  }
};

TEST_F(ReportTest, nothing_found_and_nothing_else_measured) {
  write_run("a", summary());
  EXPECT_THAT(said(Level::good), HasSubstr("Nothing was found in 1,234,567 executions of takeover_fuzzer (60 s)."));
  EXPECT_THAT(said(Level::good), HasSubstr("All 2 properties of takeover_fuzzer were evaluated, 19 times in all."));
  EXPECT_EQ(said(Level::bad), "");
  EXPECT_THAT(said(Level::unknown), HasSubstr("Generator reach: not measured"));
  EXPECT_THAT(said(Level::unknown), HasSubstr("Growth of takeover_fuzzer: not measured"));
  EXPECT_THAT(said(Level::unknown), HasSubstr("Mutants: not measured"));
}

TEST_F(ReportTest, the_worst_comes_first) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  s.findings[0].reproduced = false;
  s.properties[0].evaluations = 0;
  s.troubles = {"a job ended with signal 9"};
  write_run("a", s);
  EXPECT_EQ(conclusions(report())[0].text,
            "1 finding in 1,234,567 executions of takeover_fuzzer (60 s): BROKEN other_devices_are_unaffected.");
  EXPECT_THAT(said(Level::bad), HasSubstr("One finding did not come back when replayed"));
  EXPECT_THAT(said(Level::bad), HasSubstr("1 of 2 properties of takeover_fuzzer never evaluated: translations_are"));
  EXPECT_THAT(said(Level::bad), HasSubstr("a job ended with signal 9"));
}

TEST_F(ReportTest, an_empty_run_and_a_killed_one_are_not_clean) {
  FuzzSummary s = summary();
  s.executions = 0;
  s.finished = false;
  write_run("a", s);
  EXPECT_THAT(said(Level::bad), HasSubstr("takeover_fuzzer executed nothing."));
  EXPECT_THAT(said(Level::warning), HasSubstr("was killed"));
}

TEST_F(ReportTest, the_newest_run_decides_and_older_ones_are_its_history) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  write_run("1", s);
  s.findings.clear();
  for (const char* day : {"2", "3", "4"}) {
    s.began = std::string("2026-04-0") + day + "T00:00:00Z";
    s.cpu_seconds = *day == '4' ? 240 : 120;
    write_run(day, s);
  }
  EXPECT_THAT(said(Level::good), HasSubstr("Nothing was found"));
  EXPECT_THAT(said(Level::warning),
              HasSubstr("executes 50 % less per CPU-second than the median of the 3 runs before"));
  const Json data = page_data(report());
  EXPECT_EQ(data["findings"].size(), 0u);
  ASSERT_EQ(data["gone"].size(), 1u);
  EXPECT_EQ(data["gone"][0]["last"], "1");
  EXPECT_EQ(data["targets"][0]["history"].size(), 4u);
}

TEST_F(ReportTest, the_slices_of_a_night_are_one_run) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  write_run("night/runs/0", s);
  write("night/runs/0/growth.jsonl", "{\"second\": 60, \"executions\": 5, \"coverage\": 1}\n");
  s.began = "2026-04-01T00:00:00Z";
  s.properties[0].evaluations = 0;
  write_run("night/runs/1", s);
  write("night/runs/1/growth.jsonl", "{\"second\": 30, \"executions\": 3, \"coverage\": 2}\n");
  write("night/mutants.json", R"({"mutants": [{"id": "B03", "status": "killed"}]})");
  const char* reach = R"({"features": [{"group": "g", "name": "N05", "what": "w", "produced": 5, "reached": 0},
                          {"group": "g", "name": "N06", "what": "w", "produced": 5, "reached": 2}], "unreachable": []})";
  for (const char* slice : {"night/runs/0/reach.json", "night/runs/1/reach.json"}) write(slice, reach);
  const Json data = page_data(report());
  EXPECT_EQ(data["reach"]["features"].size(), 2u);
  EXPECT_EQ(data["reach"]["features"][1]["reached"], 4);
  const Json& target = data["targets"][0];
  EXPECT_EQ(target["history"].size(), 1u);
  EXPECT_EQ(target["figures"]["executions"], 2 * 1'234'567);
  EXPECT_EQ(target["properties"][0]["evaluations"], 12);
  EXPECT_EQ(target["growth"][1]["second"], 90);
  EXPECT_EQ(target["growth"][1]["executions"], 8);
  ASSERT_EQ(data["findings"].size(), 1u) << "what an earlier slice found is not gone";
  EXPECT_EQ(data["findings"][0]["inputs"], 6);
  EXPECT_EQ(data["mutants"]["mutants"].size(), 1u);
}

TEST_F(ReportTest, survivors_unexplained_differences_and_unreached_features_are_named) {
  write("a/reach.json",
        R"({"features": [{"group": "g", "name": "N05", "what": "five levels", "produced": 5, "reached": 0}],
                            "unreachable": [{"group": "g", "name": "scalable", "why": "not yet"}]})");
  write("a/mutants.json", R"({"mutants": [{"id": "B02", "status": "survived"}, {"id": "B03", "status": "killed"}]})");
  write("a/oracles.json", R"({"oracles": [{"name": "QEMU", "probes": 9, "differences": 3, "unexplained": 1}]})");
  EXPECT_THAT(said(Level::warning), HasSubstr("1 of 1 features never reached a property: five levels."));
  EXPECT_THAT(said(Level::warning), HasSubstr("1 of 2 mutants were killed; survivors: B02."));
  EXPECT_THAT(said(Level::bad), HasSubstr("QEMU: 9 probes, 3 differences, 1 unexplained."));
}

TEST_F(ReportTest, what_an_earlier_session_measured_is_no_news_of_this_one) {
  FuzzSummary s = summary();
  write_run("1/run", s);
  write("1/mutants/mutants.json", R"({"mutants": [{"id": "B03", "status": "killed"}]})");
  write("1/oracles.json", R"({"oracles": [{"name": "QEMU", "probes": 9, "differences": 3, "unexplained": 1}]})");
  s.began = "2026-04-02T00:00:00Z";
  write_run("2/run", s);
  EXPECT_THAT(said(Level::good), Not(HasSubstr("mutant")));
  EXPECT_THAT(said(Level::unknown), HasSubstr("Not of this session but of 1: 1 of 1 mutant was killed."));
  EXPECT_THAT(said(Level::bad), HasSubstr("Not of this session but of 1: QEMU: 9 probes"));
  EXPECT_EQ(page_data(report())["mutants"]["run"], "1/mutants");
  write("2/mutants/mutants.json", R"({"mutants": [{"id": "B03", "status": "killed"}]})");
  EXPECT_THAT(said(Level::good), HasSubstr("1 of 1 mutant was killed."));
  EXPECT_EQ(page_data(report())["mutants"]["run"], "mutants");
}

TEST_F(ReportTest, a_subject_that_did_not_run_this_time_is_said_to_be_of_an_earlier_one) {
  FuzzSummary s = summary();
  write_run("1/run", s);
  s.began = "2026-04-02T00:00:00Z";
  s.hunt = "0001";
  write_run("2/run", s);
  EXPECT_THAT(said(Level::unknown), HasSubstr("takeover_fuzzer did not run in this session: its figures are of 1."));
  EXPECT_THAT(said(Level::good), HasSubstr("executions of takeover_fuzzer hunting 0001"));
}

TEST_F(ReportTest, what_is_not_all_does_not_look_like_all) {
  EXPECT_EQ(percent(99'999, 100'000), "99.9 %");
  EXPECT_EQ(percent(99'999, 100'000, 2), "99.99 %");
  EXPECT_EQ(percent(7, 7), "100.0 %");
  EXPECT_EQ(percent(0, 0), "-");
}

TEST_F(ReportTest, engines_are_told_apart) {
  FuzzSummary s = summary();
  write_run("night/ours", s);
  s.engine = "linux-6.1";
  s.engine_is = "the Linux kernel's driver";
  s.findings = {finding()};
  write_run("night/linux", s);
  const Json data = page_data(report());
  ASSERT_EQ(data["targets"].size(), 2u);
  EXPECT_EQ(data["targets"][1]["target"], "takeover_fuzzer with linux-6.1");
  EXPECT_EQ(data["targets"][1]["engine_is"], "the Linux kernel's driver");
  EXPECT_THAT(said(Level::good), HasSubstr("Nothing was found in 1,234,567 executions of takeover_fuzzer (60 s)"));
  EXPECT_THAT(said(Level::bad), HasSubstr("executions of takeover_fuzzer with linux-6.1"));
}

// Everything that is shown may come from a hostile file.
TEST_F(ReportTest, nothing_gets_out_of_the_page) {
  FuzzSummary s = summary();
  s.target = "</script><script>alert(1)</script><!--";
  s.findings = {finding()};
  write_run("a", s);
  const std::string page = html(report());
  EXPECT_THAT(page, Not(HasSubstr("<script>alert(1)")));
  EXPECT_THAT(page, Not(HasSubstr("<b>blocked</b>")));
  const std::size_t at = page.find("id=\"data\">") + 10;
  const Json data = Json::parse(page.substr(at, page.find("</script>", at) - at));
  EXPECT_EQ(data["targets"][0]["target"], s.target) << "and nothing is lost";
  EXPECT_THAT(page, Not(HasSubstr("http://"))) << "nothing is fetched";
}

TEST_F(ReportTest, junit) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  s.findings[0].message += "a control character \x01 & a <tag>";
  s.properties[0].evaluations = 0;
  write_run("a", s);
  const std::string xml = junit(report());
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"1\" time=\"60\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"never evaluated\">"));
  EXPECT_THAT(xml, HasSubstr("is &lt;b&gt;blocked&lt;/b&gt; for"));
  EXPECT_THAT(xml, HasSubstr("a control character  &amp; a &lt;tag&gt;"));
}

TEST_F(ReportTest, a_crash_is_a_test_case_too) {
  FuzzSummary s = summary();
  s.findings = {Finding{"CRASH AddressSanitizer", "crash-2", "text", "replay", 1, true, cluster_of("CRASH A", "")}};
  write_run("a", s);
  EXPECT_THAT(junit(report()), HasSubstr("failures=\"1\""));
}

TEST_F(ReportTest, sarif_names_rule_place_and_cluster) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  write_run("a", s);
  const Json run = Json::parse(sarif(report()))["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"][0]["id"], "other_devices_are_unaffected");
  const Json& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "other_devices_are_unaffected");
  const Json& place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "engine/context.cpp");
  EXPECT_EQ(place["region"]["startLine"], 110);
  EXPECT_EQ(result["partialFingerprints"]["cluster/v1"], s.findings[0].cluster.id);
}

TEST_F(ReportTest, openpbt_is_a_line_for_each_case) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  write_run("a", s);
  std::istringstream lines(openpbt(report()));
  std::vector<Json> all;
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["status"], "failed");
  EXPECT_EQ(all[0]["run_start"], 1774995300);
  EXPECT_EQ(all[0]["representation"], "vtd 1\n# other_devices_are_unaffected\ntakeover\n");
  EXPECT_EQ(all[1]["type"], "info");
}

TEST_F(ReportTest, markdown_begins_with_the_conclusions) {
  write_run("a", summary());
  EXPECT_THAT(markdown(report()), testing::StartsWith("# vtdfuzz\n\n- Nothing was found"));
}

TEST_F(ReportTest, markdown_has_the_message_and_not_where_the_fuzz_engine_stood) {
  FuzzSummary s = summary();
  s.findings = {finding()};
  write_run("a", s);
  const std::string text = markdown(report());
  EXPECT_THAT(text, HasSubstr("```text\n! BROKEN other_devices_are_unaffected\n"));
  EXPECT_THAT(text, HasSubstr("    takeover\n```\n"));
  EXPECT_THAT(text, Not(HasSubstr("deadly signal")));
  EXPECT_THAT(text, Not(HasSubstr("INFO: Seed")));
}

}  // namespace
}  // namespace vtd::reports
