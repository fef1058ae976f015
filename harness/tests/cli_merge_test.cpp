// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz merge` and what a fuzzing run does about killed ones, with pretended targets: nothing is lost, whatever
// stops.

#include <gmock/gmock.h>

#include "harness/in_flight.h"
#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The last two words of a merge are its folders. This cover is everything that is not a duplicate.
constexpr const char* kMerges =
    "for word; do before=$last; last=$word; done\n"
    "for f in \"$last\"/*; do cat \"$f\" > \"$before/$(sha1sum < \"$f\" | cut -c1-40)\"; done\n";

class MergeRun : public CommandTest {
 protected:
  MergeRun() {
    fs::create_directories(path("build/bin"));
    fs::copy_file(program_, path("build/bin/vtdfuzz"));
    program_ = path("build/bin/vtdfuzz");
    for (const char* shard : {"a", "b"}) fs::create_directories(path(shard));
    write("a/one", "1");
    write("a/same", "2");
    write("b/same-again", "2");
  }
  void pretend(const std::string& script) const {
    const std::string file = write("build/bin/takeover_fuzzer", "#!/bin/sh\nexec >&2\n" + script + "\n");
    fs::permissions(file, fs::perms::owner_all);
  }
  Said merge() const { return run({"merge", path("a"), path("b"), "-o", path("out"), "--json"}); }
  std::vector<std::string> contents(const std::string& folder) const {
    std::vector<std::string> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(path(folder)))
      if (entry.is_regular_file()) all.push_back(content_of(entry.path()));
    std::sort(all.begin(), all.end());
    return all;
  }
};

TEST_F(MergeRun, shards_are_folded) {
  pretend(kMerges);
  const Said said = merge();
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.json()["inputs"], 3);
  EXPECT_EQ(said.json()["kept"], 2);
  EXPECT_EQ(contents("out"), (std::vector<std::string>{"1", "2"}));
  EXPECT_FALSE(fs::exists(path("out.merge")));
}

TEST_F(MergeRun, what_the_output_had_takes_part) {
  pretend(kMerges);
  fs::create_directories(path("out"));
  write("out/three", "3");
  ASSERT_EQ(merge().code, 0);
  EXPECT_EQ(contents("out"), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_FALSE(fs::exists(path("out/three"))) << "its place is taken by the cover";
}

TEST_F(MergeRun, what_came_meanwhile_stays) {
  fs::create_directories(path("out"));
  write("out/three", "3");
  pretend(std::string("echo 4 > ") + path("out/four") + "\n" + kMerges);
  ASSERT_EQ(merge().code, 0);
  EXPECT_TRUE(fs::exists(path("out/four")));
}

TEST_F(MergeRun, too_long_for_the_target_but_not_lost) {
  pretend(kMerges);
  fs::create_directories(path("out"));
  write("out/long", std::string(100000, 'x'));
  const Said said = merge();
  EXPECT_EQ(said.json()["left_out"], 1);
  EXPECT_TRUE(fs::exists(path("out/long")));
}

TEST_F(MergeRun, a_stopped_merge_goes_on) {
  pretend("exit 1");
  EXPECT_EQ(merge().code, 13);
  EXPECT_FALSE(fs::exists(path("out")));
  pretend(kMerges);
  const Said said = merge();
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.json()["resumed"], true);
  EXPECT_EQ(contents("out").size(), 2u);
}

TEST_F(MergeRun, other_inputs_are_another_merge) {
  pretend("exit 1");
  EXPECT_EQ(merge().code, 13);
  write("b/new", "9");
  pretend(kMerges);
  const Said said = merge();
  EXPECT_EQ(said.json()["resumed"], false);
  EXPECT_EQ(contents("out").size(), 3u);
}

// libFuzzer does not write the cover of a merge that was done when it was stopped.
TEST_F(MergeRun, a_merge_that_was_done_is_written_all_the_same) {
  pretend(std::string("for word; do case $word in -merge_control_file=*) control=${word#*=};; esac; done\n"
                      "if [ -e \"$control\" ]; then echo 'merge has been completed before'; exit 0; fi\n"
                      "echo done > \"$control\"; test -e ") +
          path("second") + " || { touch " + path("second") + "; exit 1; }\n" + kMerges);
  EXPECT_EQ(merge().code, 13);
  const Said said = merge();
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.json()["kept"], 2);
}

TEST_F(MergeRun, keeping_nothing_is_an_error) {
  pretend("true");
  const Said said = merge();
  EXPECT_EQ(said.code, 13);
  EXPECT_THAT(said.err, HasSubstr("kept none of 3 inputs"));
}

TEST_F(MergeRun, a_finding_is_kept) {
  pretend(std::string("case \"$*\" in *merge*) ;; *) echo '! BROKEN sharing_is_kept'; exit 77;; esac\n"
                      "for word; do case $word in -artifact_prefix=*) echo x > \"${word#*=}crash-1\";; esac; done\n") +
          kMerges);
  const Said said = merge();
  EXPECT_EQ(said.code, 10);
  EXPECT_EQ(said.json()["findings"][0]["headline"], "BROKEN sharing_is_kept");
  EXPECT_EQ(content_of(path("build/artifacts/takeover_fuzzer/crash-1")), "x\n");
}

TEST_F(MergeRun, what_afl_left) {
  pretend(kMerges);
  for (const char* name : {"b/main/queue/.state", "b/main/crashes"}) fs::create_directories(path(name));
  write("b/main/fuzzer_stats", "");
  write("b/main/queue/id:000000", "q");
  write("b/main/queue/.state/mark", "m");
  write("b/main/crashes/id:000000", "c");
  write("b/main/crashes/README.txt", "r");
  EXPECT_EQ(merge().code, 0);
  EXPECT_EQ(contents("out"), (std::vector<std::string>{"1", "2", "c", "q"})) << "and not what lies beside the queue";
}

TEST_F(MergeRun, bad_input) {
  pretend(kMerges);
  expect_refused({"merge", path("a/one"), "-o", path("out")}, "a/one: expected a folder of inputs");
  expect_refused({"merge", path("a"), "-o", path("a/one")}, "a/one: is a file: expected a folder, or nothing yet");
}

class KilledRun : public MergeRun {
 protected:
  // What a killed run leaves: the page of the input that it was running.
  void leave_in_flight(const std::string& input) const {
    fs::create_directories(path("found/.run-abcdef"));
    const std::uint64_t bytes = input.size();
    std::string page(reinterpret_cast<const char*>(&InFlightPage::kMagic), sizeof InFlightPage::kMagic);
    page.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    write("found/.run-abcdef/stats-0.in_flight", page + input + std::string(100, '\0'));
  }
  Said fuzz() const {
    return run({"fuzz", "--seconds", "1", "--seeds", path("a"), "--corpus", path("b"), "--artifacts", path("found")});
  }
};

TEST_F(KilledRun, what_it_was_running_is_a_finding) {
  pretend("case \"$*\" in *recovered*) echo '! BROKEN sharing_is_kept'; exit 77;; esac");
  leave_in_flight("broken");
  EXPECT_THAT(fuzz().err, HasSubstr("1 input left by 1 killed run: 1 found something, 0 did not"));
  EXPECT_EQ(contents("found"), std::vector<std::string>{"broken"});
  EXPECT_FALSE(fs::exists(path("found/.run-abcdef")));
}

TEST_F(KilledRun, what_it_was_running_goes_into_the_corpus) {
  pretend("true");
  leave_in_flight("harmless");
  EXPECT_THAT(fuzz().err, HasSubstr("0 found something, 1 did not"));
  EXPECT_EQ(contents("found").size(), 0u);
  EXPECT_THAT(contents("b"), testing::Contains("harmless"));
}

TEST_F(KilledRun, one_that_is_alive_is_left_alone) {
  pretend("true");
  leave_in_flight("busy");
  const std::string lock = write("found/.run-abcdef/lock", "");
  const std::string command = "flock " + lock + " " + program_ + " fuzz --seconds 1 --seeds " + path("a") +
                              " --artifacts " + path("found") + " >/dev/null 2>&1";
  static_cast<void>(std::system(command.c_str()));
  EXPECT_TRUE(fs::exists(path("found/.run-abcdef/stats-0.in_flight")));
}

}  // namespace
}  // namespace vtd::harness
