// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz fuzz` with pretended targets: it says what happened, and a run that tested nothing does not pass.

#include <gmock/gmock.h>

#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

using testing::HasSubstr;

class FuzzRun : public CommandTest {
 protected:
  FuzzRun() {
    std::filesystem::create_directories(path("build/bin"));
    std::filesystem::copy_file(program_, path("build/bin/vtdfuzz"));
    program_ = path("build/bin/vtdfuzz");
    std::filesystem::create_directories(path("corpus/seeds"));
    write("corpus/seeds/one.vtd", kSmallMachine);
  }
  // A script in the place of a target. libFuzzer's words go to standard error.
  void pretend(const std::string& target, const std::string& script) const {
    const std::string file = write("build/bin/" + target, "#!/bin/sh\nexec >&2\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::string report(const std::string& target) const {
    return content_of(path("build/reports/fuzz-" + target + ".md"));
  }

  static constexpr const char* kWorks = "echo '#1000\tNEW    cov: 12 ft: 34 corp: 5/67b lim: 4 exec/s: 500 rss: 40Mb'";
};

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

// Fuzzing writes the input and stops; the replay has one input and no -max_total_time.
constexpr const char* kFinds =
    "; echo '! BROKEN text_is_lossless'; echo '  expected  a'\n"
    "for word; do case $word in -artifact_prefix=*) prefix=${word#-artifact_prefix=};; esac; done\n"
    "if [ -n \"$prefix\" ]; then echo x > \"${prefix}crash-1\"; echo \"Test unit written to ${prefix}crash-1\"; fi\n"
    "exit 77";

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
  EXPECT_THAT(report("scenario_fuzzer"), HasSubstr("### BROKEN text_is_lossless"));
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

TEST_F(FuzzRun, a_target_that_is_not_there) {
  pretend("copy_fuzzer", "true");
  expect_refused({"fuzz", "other_fuzzer"}, "no fuzz target other_fuzzer beside this program: expected copy_fuzzer");
}

}  // namespace
}  // namespace vtd::harness
