// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz import` of a dump, as somebody uses it who has to find out what a dead machine's tables looked like.
#include <gmock/gmock.h>

#include "harness/dump/machine_dump.h"
#include "harness/tests/cli_program.h"
#include "harness/tests/dump_writer.h"
#include "model/scenario/build.h"

namespace vtd::harness {
namespace {

using testing::HasSubstr;

const std::string kWell =
    "vtd 1\n"
    "root at=0x1000000 table=0x1001000\n"
    "context at=0x1001000 devfn=1f.2 table=0x1002000 domain=7\n"
    "context at=0x1001000 devfn=02.0 table=0x1006000 domain=8\n"
    "paging at=0x1002000 to=0x1003000\n"
    "paging at=0x1003000 to=0x1004000\n"
    "paging at=0x1004000 to=0x1005000\n"
    "paging at=0x1005000 index=16 count=4 to=0x5000000\n"
    "paging at=0x1006000 to=0x1003000\n";

class CliImport : public CommandTest {
 protected:
  std::string dump(const std::string& text) const {
    model::Scenario scenario;
    EXPECT_FALSE(model::parse_text(text, scenario));
    static model::Machine machine;
    EXPECT_FALSE(model::build(scenario, machine));
    MachineDump memory(machine);
    return write("vmcore", elf_core(pages_of(memory), memory.ram()));
  }
};

TEST_F(CliImport, makes_a_scenario_that_other_commands_take) {
  const Said said = run({"import", dump(kWell), "-o", path("dead.vtd")});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("root 0x1000000 taken, recognised, score 9\n    + 2 context entries on 1 bus"));
  EXPECT_THAT(said.out, HasSubstr("the kernel was not asked: there is no vmcoreinfo"));
  EXPECT_EQ(run({"check", path("dead.vtd")}).code, 0);
  EXPECT_THAT(run({"show", path("dead.vtd")}).out, HasSubstr("00:1f.2  domain 7"));
  const Said on_output = run({"import", path("vmcore")});
  EXPECT_EQ(on_output.out, content_of(path("dead.vtd")));
}

TEST_F(CliImport, tells_what_is_broken_and_where) {
  const std::string broken = kWell + "paging at=0x1004000 index=1 to=0x90000000\n";
  const Said said = run({"import", dump(broken), "-o", path("dead.vtd")});
  EXPECT_THAT(said.out,
              HasSubstr("    ! 00:02.0, level 2 entry at 0x1004008 is 0x90000003: leads to a table where there is "
                        "no RAM (from IOVA 0x200000 on)\n"));
  const nlohmann::json j = run({"import", path("vmcore"), "--json"}).json();
  ASSERT_EQ(j["units"][0]["broken"].size(), 1u);
  EXPECT_EQ(j["units"][0]["broken"][0]["device"], "00:02.0");
  EXPECT_EQ(j["units"][0]["broken"][0]["iova"], "0x200000");
  EXPECT_EQ(j["ranked"][0]["root"], "0x1000000");
  EXPECT_EQ(j["tables_out_of_ram"], 1);
  EXPECT_EQ(j["format"], "ELF");
}

TEST_F(CliImport, refuses_in_one_line_and_writes_nothing) {
  const std::string empty = dump("vtd 1\nword at=0x3000000 value=0x1234\n");
  expect_refused({"import", empty, "-o", path("dead.vtd")}, "no root table found in 0 MiB");
  expect_refused({"import", empty, "--root", "0x1234", "-o", path("dead.vtd")}, "expected the address of a page");
  expect_refused({"import", empty, "--root", "0x5000000", "-o", path("dead.vtd")}, "the dump has left that page out");
  expect_refused({"import", empty, "--unit", "0xfed90000", "-o", path("dead.vtd")}, "needs the kernel's list of units");
  expect_refused({"import", empty, "--cap", "big", "-o", path("dead.vtd")},
                 "--cap big: expected a number, or one of server");
  expect_refused({"import", write("text", "hello"), "-o", path("dead.vtd")}, "libkdumpfile cannot read it");
  expect_refused({"import", path("none"), "-o", path("dead.vtd")}, "none: cannot be read");
  expect_refused({"import", write("a.json", "{}"), "--root", "0x1000"}, "are for dumps");
  EXPECT_FALSE(std::filesystem::exists(path("dead.vtd")));
}

}  // namespace
}  // namespace vtd::harness
