// SPDX-License-Identifier: Apache-2.0 OR MIT
// Bad input: one clear line with file, line and what was expected, exit code 2, nothing written.

#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

using BadInput = CommandTest;

TEST_F(BadInput, a_file_that_is_not_there) {
  expect_refused({"takeover", path("none.vtd")}, "none.vtd: cannot be read: No such file");
  expect_refused({"check", path("none")}, "none: does not exist: expected a scenario file or a directory");
}

TEST_F(BadInput, text_with_a_mistake_names_the_line) {
  const std::string file = write("a.vtd", "vtd 1\nroot at=0x1000000\npageing at=0x1000\n");
  expect_refused({"takeover", file}, "a.vtd:3: ");
  expect_refused({"convert", file, "-o", path("out.vtdb")}, "a.vtd:3: ");
  EXPECT_EQ(files(), 1u) << "nothing is written";
}

TEST_F(BadInput, text_of_another_version) { expect_refused({"show", write("a.vtd", "vtd 2\n")}, "a.vtd:1: "); }

TEST_F(BadInput, text_that_is_something_else) { expect_refused({"show", write("a.vtd", "{}\n")}, "a.vtd:1: "); }

TEST_F(BadInput, a_dump_is_not_taken_for_raw_input) {
  expect_refused({"show", write("vmcore",
                                "\x7f"
                                "ELF")},
                 "vmcore: expected a scenario: `vtdfuzz import`");
  expect_refused({"show", write("kdump", "KDUMP   and so on")}, "`vtdfuzz import`");
  expect_refused({"show", write("capture.json", "{}")}, "`vtdfuzz import`");
  EXPECT_EQ(run({"show", write("text.json", kSmallMachine)}).code, 0) << "a scenario all the same";
}

TEST_F(BadInput, a_file_without_end) { expect_refused({"show", "/dev/zero"}, "raw fuzzer input has at most 1 MiB"); }

TEST_F(BadInput, a_machine_that_cannot_be_names_the_step) {
  const std::string file = write("a.vtd", "vtd 1\nmemory first=0 last=0xfff\nmemory first=0x2000 last=0x1000\n");
  expect_refused({"takeover", file},
                 "not a machine: memory: a range ends before it begins: memory first=0x2000 last=0x1000\n");
  // Nobody said where registers are, and the reservation comes first: no step is to blame.
  expect_refused({"takeover", write("b.vtd", "vtd 1\nroot at=0 table=0\ncrash first=0xfed90000 last=0xfed9ffff\n")},
                 "not a machine: unit: its registers lie in a crash reservation\n");
  expect_refused({"takeover", write("c.vtd", "vtd 1\ncrash generation=1 first=0x30000000 last=0x33ffffff\n")},
                 "not a machine: there is no room for the first crash reservation\n");
}

TEST_F(BadInput, a_number_that_is_none) {
  const std::string file = write("a.vtd", kSmallMachine);
  expect_refused({"check", "--messages", "-1", file}, "--messages: expected a decimal number from 0 on, got -1");
  expect_refused({"check", "--messages", "99999999999999999999", file}, "expected a decimal number from 0 on");
  expect_refused({"show", "--ranges", "-1", file}, "--ranges: expected a decimal number from 0 on");
  expect_refused({"reach", "--min", "-1"}, "--min: expected a decimal number from 0 on");
}

TEST_F(BadInput, a_finding_that_an_engine_does_not_have) {
  const std::string file = write("a.vtd", kSmallMachine);
  expect_refused({"check", "--hunt", "0001", file}, "--hunt 0001: ours has no known findings");
  expect_refused({"check", "--hunt", "all", file}, "--hunt all: ours has no known findings");
}

TEST_F(BadInput, text_that_ends_within_a_line) {
  expect_refused({"takeover", write("a.vtd", "vtd 1\nword at=0x1000000 value=0x12")},
                 "a.vtd:2: the file ends within a line");
}

TEST_F(BadInput, binary_of_another_version) {
  expect_refused({"takeover", write("a", "VTDB\x07rest")}, "binary version 7: expected version 1");
}

TEST_F(BadInput, binary_that_ends_too_early) {
  expect_refused({"takeover", write("a", "VTDB")}, "the file ends within its header");
  ASSERT_EQ(run({"convert", write("a.vtd", kSmallMachine), "-o", path("a.vtdb")}).code, 0);
  const std::string whole = content_of(path("a.vtdb"));
  expect_refused({"takeover", write("cut.vtdb", whole.substr(0, whole.size() - 1))}, "the file ends within a step");
}

TEST_F(BadInput, binary_by_name_only) {
  expect_refused({"takeover", write("a.vtdb", "hello")}, "expected a binary scenario");
}

TEST_F(BadInput, a_file_too_large_for_raw_input) {
  expect_refused({"check", write("a", std::string((1u << 20) + 1, 'x'))}, "expected a scenario");
}

TEST_F(BadInput, a_folder_without_scenarios) {
  write("README.md", "nothing");
  expect_refused({"check", path("")}, "no scenarios in this directory");
}

TEST_F(BadInput, a_folder_where_a_file_is_due) {
  expect_refused({"takeover", path("")}, "is a directory: expected a file");
}

TEST_F(BadInput, an_engine_that_does_not_exist) {
  const std::string file = write("a.vtd", kSmallMachine);
  expect_refused({"check", "--engine", "theirs", file}, "theirs");
  expect_refused({"check", "--engine", path("libnone.so"), file}, "libnone.so");
}

TEST_F(BadInput, a_command_line_that_makes_no_sense) {
  expect_refused({}, "subcommand");
  expect_refused({"takeover"}, "FILE");
  expect_refused({"fly"}, "fly");
  expect_refused({"check", "--strategy", "wild", "x"}, "wild");
  expect_refused({"fuzz", "--seconds", "none"}, "none");
}

TEST_F(BadInput, a_request_that_makes_no_sense) {
  const std::string file = write("a.vtd", kSmallMachine);
  expect_refused({"translate", file, "--source", "00:20.0", "--iova", "0"}, "00:20.0");
  expect_refused({"translate", file, "--source", "00:1f.2", "--iova", "many"}, "many");
  expect_refused({"translate", file, "--source", "00:1f.2", "--iova", "0", "--access", "fetch"}, "fetch");
  expect_refused({"translate", file, "--source", "00:1f.2", "--iova", "0", "--unit", "3"}, "has 1 unit");
}

TEST_F(BadInput, a_capture_that_is_none) {
  expect_refused({"import", path("none.json"), "-o", path("out.vtd")}, "none.json");
  expect_refused({"import", write("a.json", "{"), "-o", path("out.vtd")}, "a.json");
  expect_refused({"import", write("b.json", "{}"), "--crash-region", "0x1000-0x1800"}, "expected whole pages");
  EXPECT_FALSE(std::filesystem::exists(path("out.vtd")));
}

TEST_F(BadInput, a_scenario_that_is_not_broken_does_not_shrink) {
  expect_refused({"shrink", write("a.vtd", kSmallMachine)},
                 "expected a scenario that breaks a property: the verdict is held");
}

TEST_F(BadInput, an_output_that_cannot_be_written) {
  const std::string broken = write("broken.vtd", kBrokenMachine);
  expect_refused({"shrink", broken, "-o", path("no/such/folder.vtd")}, "cannot be written");
  expect_refused({"shrink", broken, "-o", path("")}, "is a directory");
  expect_refused({"convert", write("a.vtd", kSmallMachine), "-o", path("no/such/folder.vtdb")}, "cannot be written");
}

TEST_F(BadInput, one_bad_file_among_good_ones_does_not_hide) {
  write("bad.vtd", "vtd 1\nfly\n");
  write("good.vtd", kSmallMachine);
  const Said said = run({"check", path("")});
  EXPECT_EQ(said.code, 2);
  EXPECT_NE(said.out.find("held"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("1 held, 1 rejected"), std::string::npos) << said.out;
}

}  // namespace
}  // namespace vtd::harness
