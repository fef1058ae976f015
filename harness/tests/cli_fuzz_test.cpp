// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz fuzz` with pretended targets: it says what happened, and a run that tested nothing does not pass.

#include <gmock/gmock.h>

#include <csignal>

#include "harness/tests/cli_fuzz_run.h"

namespace vtd::harness {
namespace {

using testing::HasSubstr;

TEST_F(FuzzRun, nothing_found) {
  pretend("scenario_fuzzer", kWorks);
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "1", "--json"});
  EXPECT_EQ(said.code, 0) << said.err;
  const nlohmann::json j = said.json();
  EXPECT_EQ(j["clean"], true);
  EXPECT_EQ(j["executions"], 1000);
  EXPECT_EQ(j["coverage"], 12);
  EXPECT_EQ(j["corpus"], 5);
  EXPECT_EQ(j["seeds"], 2) << "as text and as binary";
  EXPECT_THAT(report("scenario_fuzzer"), HasSubstr("| executions | 1,000 |"));
}

TEST_F(FuzzRun, nothing_executed_is_an_error) {
  pretend("scenario_fuzzer", "true");
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "1"});
  EXPECT_EQ(said.code, 13);
  EXPECT_THAT(said.out, HasSubstr("nothing was executed"));
}

TEST_F(FuzzRun, a_property_that_was_never_evaluated_is_an_error) {
  pretend("takeover_fuzzer", kWorks);
  const Said said = run({"fuzz", "--seconds", "1"});
  EXPECT_EQ(said.code, 13);
  EXPECT_THAT(said.out, HasSubstr("never evaluated: translations_are_preserved"));
}

TEST_F(FuzzRun, a_target_that_dies_without_an_input_is_an_error) {
  pretend("scenario_fuzzer", std::string(kWorks) + "; echo 'cannot go on'; exit 3");
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "1"});
  EXPECT_EQ(said.code, 13);
  EXPECT_THAT(said.out, HasSubstr("a job ended with exit code 3: cannot go on"));
}

TEST_F(FuzzRun, a_target_that_ends_before_its_time_is_not_laid_to_an_input) {
  pretend("scenario_fuzzer", std::string(kWorks) + "; exit 3");
  const nlohmann::json j = run({"fuzz", "scenario_fuzzer", "--seconds", "9", "--json"}).json();
  EXPECT_EQ(j["over_because"], "the target ended by itself");
}

TEST_F(FuzzRun, a_finding_is_told_once_with_its_replay) {
  pretend("scenario_fuzzer", kWorks + std::string(kFinds));
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "5", "--jobs", "2", "--json"});
  EXPECT_EQ(said.code, 10) << said.err;
  const nlohmann::json j = said.json();
  ASSERT_EQ(j["findings"].size(), 1u);
  EXPECT_EQ(j["findings"][0]["headline"], "BROKEN text_is_lossless");
  EXPECT_EQ(j["findings"][0]["inputs"], 1) << "both jobs found the same one, and each start afterwards does";
  EXPECT_EQ(j["findings"][0]["reproduced"], true);
  EXPECT_THAT(j["findings"][0]["artifact"].get<std::string>(), HasSubstr("artifacts/scenario_fuzzer/crash-1"));
  EXPECT_LT(j["seconds"], 5) << "the same input again ends the run";
  EXPECT_EQ(j["over_because"], "an input of the corpus stops the target at every start");
  EXPECT_THAT(report("scenario_fuzzer"), HasSubstr("### BROKEN text_is_lossless"));
}

// An engine that breaks on a seed is fuzzed all the same.
TEST_F(FuzzRun, a_seed_that_finds_something_is_left_out_from_then_on) {
  pretend("scenario_fuzzer",
          "for last; do :; done\n"
          "if [ -d \"$last\" ] && [ ! -e \"$last/seeds-one\" ]; then " +
              std::string(kWorks) +
              "; exit 0; fi\n"
              "echo '! BROKEN text_is_lossless'\n"
              "for word; do case $word in -artifact_prefix=*) prefix=${word#-artifact_prefix=};; esac; done\n"
              "[ -z \"$prefix\" ] || cp \"$last/seeds-one\" \"${prefix}crash-1\"\n"
              "[ -z \"$prefix\" ] || echo \"Test unit written to ${prefix}crash-1\"\n"
              "exit 77");
  const nlohmann::json j = run({"fuzz", "scenario_fuzzer", "--seconds", "5", "--json"}).json();
  EXPECT_EQ(j["findings"].size(), 1u);
  EXPECT_EQ(j["executions"], 1000) << "of the second start";
}

TEST_F(FuzzRun, a_run_leaves_its_folder) {
  pretend("scenario_fuzzer", kWorks + std::string(kFinds));
  run({"fuzz", "scenario_fuzzer", "--seconds", "5", "--run", path("run")});
  const nlohmann::json j = nlohmann::json::parse(content_of(path("run/run.json")));
  EXPECT_EQ(j["target"], "scenario_fuzzer");
  EXPECT_EQ(j["finished"], true);
  std::string samples = content_of(path("run/growth.jsonl"));
  ASSERT_TRUE(samples.ends_with("}\n")) << samples;
  samples.pop_back();
  EXPECT_EQ(nlohmann::json::parse(samples.substr(samples.rfind('\n') + 1))["coverage"], 12);
  ASSERT_EQ(j["findings"].size(), 1u);
  const std::string folder = "run/findings/" + j["findings"][0]["cluster"].get<std::string>();
  EXPECT_EQ(content_of(path(folder + "/input")), "x\n");
  EXPECT_THAT(content_of(path(folder + "/message.txt")), HasSubstr("! BROKEN text_is_lossless"));
  EXPECT_THAT(content_of(path(folder + "/scenario.vtd")), HasSubstr("vtd 1"));
  expect_refused({"fuzz", "scenario_fuzzer", "--seconds", "1", "--quiet", "--run", path("run")}, "holds another run");
}

TEST_F(FuzzRun, a_run_that_is_killed_leaves_what_it_had) {
  pretend("scenario_fuzzer", std::string(kWorks) + "; kill -9 $PPID; sleep 5");
  EXPECT_EQ(run({"fuzz", "scenario_fuzzer", "--seconds", "5", "--run", path("run")}).code, 128 + SIGKILL);
  EXPECT_EQ(nlohmann::json::parse(content_of(path("run/run.json")))["finished"], false);
}

TEST_F(FuzzRun, quiet_says_nothing_but_the_summary) {
  pretend("scenario_fuzzer", kWorks);
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "1", "--quiet"});
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(said.out, HasSubstr("1,000"));
}

TEST_F(FuzzRun, a_finding_that_does_not_come_back_is_told_as_such) {
  pretend("scenario_fuzzer",
          "case \"$*\" in *artifact_prefix*) ;; *) exit 0;; esac; " + (kWorks + std::string(kFinds)));
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "2"});
  EXPECT_EQ(said.code, 10);
  EXPECT_THAT(said.out, HasSubstr("NOT THE SAME when replayed"));
}

TEST_F(FuzzRun, a_job_that_does_not_end_is_ended) {
  pretend("scenario_fuzzer", std::string(kWorks) + "; trap 'exit 0' INT; while :; do sleep 0.1; done");
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "1"});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
}

// As libFuzzer does that is interrupted while a finding is being written down.
TEST_F(FuzzRun, an_input_that_was_being_run_at_the_end_is_looked_at) {
  pretend("scenario_fuzzer",
          std::string(kWorks) +
              "; if [ -z \"$VTDFUZZ_IN_FLIGHT\" ]; then echo '! BROKEN text_is_lossless'; exit 77; fi; "
              "printf 'VTDINFT1\\006\\0\\0\\0\\0\\0\\0\\0broken' >\"$VTDFUZZ_IN_FLIGHT\"; exit 0");
  const Said said = run({"fuzz", "scenario_fuzzer", "--seconds", "2", "--artifacts", path("found"), "--json"});
  EXPECT_EQ(said.code, 10) << said.err;
  const nlohmann::json j = said.json();
  ASSERT_EQ(j["findings"].size(), 1u);
  EXPECT_EQ(content_of(j["findings"][0]["artifact"].get<std::string>()), "broken");
}

TEST_F(FuzzRun, what_cannot_be_leaves_nothing_behind) {
  for (const char* target : {"takeover_fuzzer", "import_fuzzer", "bench"}) pretend(target, "true");
  const std::string artifacts = path("artifacts"), file = write("file", "");
  expect_refused({"fuzz", "--seeds", path("none"), "--artifacts", artifacts}, "expected a folder of scenarios");
  expect_refused({"fuzz", "--seeds", file, "--artifacts", artifacts}, "expected a folder of scenarios");
  expect_refused({"fuzz", "--run", file, "--artifacts", artifacts}, "is a file: expected a folder");
  expect_refused({"fuzz", "--corpus", file, "--artifacts", artifacts}, "is a file: expected a folder");
  expect_refused({"fuzz", "--seed", "-1", "--artifacts", artifacts}, "expected a decimal number from 0 on");
  expect_refused({"fuzz", "bench", "--artifacts", artifacts}, "no fuzz target bench");
  expect_refused({"fuzz", "import_fuzzer", "--engine", "example", "--artifacts", artifacts}, "runs no engine");
  expect_refused({"fuzz", "--engine", "theirs", "--artifacts", artifacts}, "unknown engine 'theirs'");
  expect_refused({"fuzz", "--hunt", "0001", "--artifacts", artifacts}, "ours has no known findings");
  EXPECT_FALSE(std::filesystem::exists(artifacts));
}

TEST_F(FuzzRun, a_target_that_is_not_there) {
  pretend("copy_fuzzer", "true");
  expect_refused({"fuzz", "other_fuzzer"}, "no fuzz target other_fuzzer beside this program: expected copy_fuzzer");
}

}  // namespace
}  // namespace vtd::harness
