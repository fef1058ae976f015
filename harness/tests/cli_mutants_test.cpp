// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz mutants` with a program of mutants that answers as it is told: what may be believed, and what may be reused.

#include <gmock/gmock.h>

#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kKilled = R"({"state":"killed","by":"one_id_one_table","executions":7,"cpu_seconds":0.1})";
constexpr const char* kSurvived = R"({"state":"survived","by":"","executions":9,"cpu_seconds":0.2})";
constexpr const char* kTrouble = R"({"state":"trouble","by":"no memory","executions":1,"cpu_seconds":0.1})";

// A build of its own: the command finds the programs of mutants beside itself, and the corpus where it is run.
class MutantsCommand : public CommandTest {
 protected:
  MutantsCommand() {
    fs::create_directories(path("bin"));
    fs::create_directories(path("corpus/seeds"));
    std::error_code other_disk;
    fs::create_hard_link(program_, path("bin/vtdfuzz"), other_disk);
    if (other_disk) fs::copy_file(program_, path("bin/vtdfuzz"));
    program_ = path("bin/vtdfuzz");
    fs::current_path(path(""));
    write("corpus/seeds/one.vtd", kSmallMachine);
    nlohmann::json mutants = nlohmann::json::array();
    for (unsigned number = 1; number <= 4; ++number) mutants.push_back(mutant(number));
    write("bin/mutants_known.json",
          nlohmann::json{{"kind", "known"}, {"mutants", mutants}, {"cannot_exist", nlohmann::json::array()}}.dump());
    answer(kSurvived, kKilled);
  }
  ~MutantsCommand() override { fs::current_path("/"); }

  static nlohmann::json mutant(unsigned number) {
    nlohmann::json m = {{"number", number}, {"id", "B0" + std::to_string(number)}, {"line", 1}};
    for (const char* text : {"name", "file", "operator", "what", "seen", "invariants", "right", "wrong", "caught_by",
                             "equivalent", "open"})
      m[text] = "";
    return m;
  }

  // What the program says where nothing is planted, and where something is.
  void answer(const std::string& control, const std::string& planted) const {
    const std::string program = write("bin/mutants_known",
                                      "#!/bin/sh\nwhile read -r number strategy rest; do\n"
                                      "  echo \"$number $strategy\" >>trials\n"
                                      "  if [ $number = 0 ]; then echo '" +
                                          control + "'; else echo '" + planted + "'; fi\ndone\n");
    fs::permissions(program, fs::perms::owner_all);
  }

  Said corpus_of_known(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"mutants", "--kind", "known", "--strategy",
                                      "corpus",  "--json", "-o",    path("run")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

TEST_F(MutantsCommand, kills_count_after_a_control_that_nothing_noticed) {
  const Said said = corpus_of_known();
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.json()["mutants"].size(), 4u);
  EXPECT_EQ(content_of(path("trials")), "0 corpus\n1 corpus\n2 corpus\n3 corpus\n4 corpus\n");
}

TEST_F(MutantsCommand, a_false_alarm_is_refused_and_leaves_no_table) {
  answer(kKilled, kKilled);
  for (int again = 0; again < 2; ++again) {
    const Said said = corpus_of_known();
    EXPECT_EQ(said.code, 13);
    EXPECT_THAT(said.err, HasSubstr("one_id_one_table was noticed where nothing is planted"));
    EXPECT_FALSE(fs::exists(path("run/mutants.json")));
  }
}

TEST_F(MutantsCommand, a_harness_that_fails_is_no_kill_and_is_tried_again) {
  answer(kSurvived, kTrouble);
  const Said said = corpus_of_known();
  EXPECT_EQ(said.code, 13);
  EXPECT_THAT(said.err, HasSubstr("B01 with corpus, seed 1: the harness failed: no memory"));
  EXPECT_FALSE(fs::exists(path("run/mutants.json")));
  EXPECT_EQ(corpus_of_known().code, 13);
}

TEST_F(MutantsCommand, a_survivor_is_a_failure) {
  answer(kSurvived, kSurvived);
  EXPECT_EQ(corpus_of_known().code, 10);
}

TEST_F(MutantsCommand, trials_are_reused_until_the_corpus_is_another) {
  EXPECT_EQ(corpus_of_known().code, 0);
  const std::string once = content_of(path("trials"));
  EXPECT_EQ(corpus_of_known().code, 0);
  EXPECT_EQ(content_of(path("trials")), once);
  write("corpus/seeds/one.vtd", kBrokenMachine);
  EXPECT_EQ(corpus_of_known().code, 0);
  EXPECT_EQ(content_of(path("trials")), once + once);
}

TEST_F(MutantsCommand, the_table_has_what_was_chosen_though_the_log_has_more) {
  EXPECT_EQ(corpus_of_known().code, 0);
  EXPECT_EQ(corpus_of_known({"--every", "2"}).json()["mutants"].size(), 2u);
  EXPECT_EQ(corpus_of_known({"--only", "B03"}).json()["mutants"].size(), 1u);
}

TEST_F(MutantsCommand, a_choice_that_leaves_nothing_is_refused) {
  const std::string run = path("run");
  expect_refused({"mutants", "--kind", "known", "--only", "B01,XX", "-o", run},
                 "--only XX: no such mutant among known");
  expect_refused({"mutants", "--kind", "known", "--every", "1000", "-o", run}, "--every 1000: leaves none of known");
  EXPECT_FALSE(fs::exists(run));
}

TEST_F(MutantsCommand, a_sample_is_chosen_already) {
  expect_refused({"mutants", "--sample", "--kind", "oracle"}, "--kind excludes --sample");
  expect_refused({"mutants", "--sample", "--only", "B01"}, "--only excludes --sample");
}

}  // namespace
}  // namespace vtd::harness
