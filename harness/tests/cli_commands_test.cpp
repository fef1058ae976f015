// SPDX-License-Identifier: Apache-2.0 OR MIT
// Each command on good input: exit codes, what it says, and its JSON.

#include <fcntl.h>
#include <gmock/gmock.h>

#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Command : public CommandTest {
 protected:
  const std::string small = write("small.vtd", kSmallMachine);
  const std::string broken = write("broken.vtd", kBrokenMachine);
  const std::string real = std::string(VTD_SOURCE_DIR) + "/corpus/real/strict48.vtd";
};

TEST_F(Command, each_has_help_with_an_example) {
  for (const char* name :
       {"takeover", "import", "check", "show", "translate", "convert", "shrink", "fuzz", "properties", "engines"}) {
    const Said said = run({name, "--help"});
    EXPECT_EQ(said.code, 0);
    EXPECT_THAT(said.out, HasSubstr(std::string("vtdfuzz ") + name)) << "an example";
  }
}

TEST_F(Command, takeover_tells_the_figures_of_a_captured_machine) {
  const Said said = run({"takeover", "--json", real});
  ASSERT_EQ(said.code, 0) << said.err;
  const json j = said.json();
  EXPECT_EQ(j["table_pages"], (json{{"root", 1}, {"ctx", 2}, {"SL4", 7}, {"SL3", 4}, {"SL2", 5}, {"SL1", 12}}));
  EXPECT_EQ(j["distinct_table_pages"], 31);
  EXPECT_EQ(j["tables_copied"], j["table_pages"]);
  EXPECT_EQ(j["strategy"], "deep");
  EXPECT_GE(j["pages_used"], 31);
  EXPECT_EQ(j["quarantined"], json::array());
  const json disk = j["devices"][6];
  EXPECT_EQ(disk["device"], "00:1f.2");
  EXPECT_EQ(disk["domain"], 7);
  EXPECT_EQ(disk["space"]["leaves"], (json{{"4K", 4234}}));
  EXPECT_EQ(disk["space"]["mapped_bytes"], 17342464);
  EXPECT_EQ(disk["space"]["highest_iova"], "0xffff6fff");
}

TEST_F(Command, takeover_refuses_with_a_reason) {
  const std::string off = write("off.vtd", "vtd 1\nunit status=0\n");
  const Said said = run({"takeover", off});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("refused: VTD_NOT_ENABLED: translation is not enabled"));
  EXPECT_EQ(run({"takeover", "--json", off}).json()["refused"]["status"], "VTD_NOT_ENABLED");
}

TEST_F(Command, check_tells_held_from_broken) {
  const Said held = run({"check", small});
  EXPECT_EQ(held.code, 0) << held.out << held.err;
  EXPECT_THAT(held.out, HasSubstr("held"));
  const Said said = run({"check", "--strategy", "both", small, broken});
  EXPECT_EQ(said.code, 10);
  EXPECT_THAT(said.out, HasSubstr("the_expected_outcome_happens (deep)"));
  EXPECT_THAT(said.out, HasSubstr("2 scenarios: 1 held, 1 broken"));
  const json j = run({"check", "--json", small, broken}).json();
  EXPECT_EQ(j["verdict"], "broken");
  EXPECT_EQ(j["results"][0]["verdict"], "held");
  EXPECT_EQ(j["results"][1]["reason"], "the_expected_outcome_happens");
  EXPECT_GT(j["properties"]["translations_are_preserved"], 0);
}

TEST_F(Command, check_runs_other_engines) {
  const Said said = run({"check", "--engine", "example", small, real});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_EQ(run({"check", "--engine", "example", "--strategy", "deep", small}).code, 2)
      << "it does not copy page tables";
}

TEST_F(Command, check_takes_text_binary_and_raw_for_the_same) {
  ASSERT_EQ(run({"convert", small, "-o", path("small.vtdb")}).code, 0);
  ASSERT_EQ(run({"convert", small, "--to", "raw", "-o", path("small")}).code, 0);
  const json j = run({"check", "--json", small, path("small.vtdb"), path("small")}).json();
  for (const json& result : j["results"]) {
    EXPECT_EQ(result["verdict"], "held");
    EXPECT_EQ(result["evaluations"], j["results"][0]["evaluations"]);
  }
}

TEST_F(Command, convert_is_lossless) {
  const Said said = run({"convert", "--json", small, "-o", path("b.vtdb")});
  EXPECT_EQ(said.json()["to"], "binary");
  ASSERT_EQ(run({"convert", path("b.vtdb"), "-o", path("c.vtd")}).code, 0);
  ASSERT_EQ(run({"convert", path("c.vtd"), "-o", path("d.vtdb")}).code, 0);
  EXPECT_EQ(content_of(path("b.vtdb")), content_of(path("d.vtdb")));
  EXPECT_EQ(run({"convert", path("b.vtdb")}).out, content_of(path("c.vtd"))) << "text goes to standard output";
}

TEST_F(Command, what_is_written_goes_where_the_name_leads) {
  const std::string machine = write("a.vtd", kSmallMachine), target = write("target.vtd", "");
  std::filesystem::create_symlink("target.vtd", path("link.vtd"));
  EXPECT_EQ(run({"convert", machine, "-o", path("link.vtd")}).code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.vtd")));
  EXPECT_TRUE(content_of(target).starts_with("vtd 1\n"));
  std::filesystem::create_symlink("later.vtd", path("dangling.vtd"));
  EXPECT_EQ(run({"convert", machine, "-o", path("dangling.vtd")}).code, 0);
  EXPECT_TRUE(content_of(path("later.vtd")).starts_with("vtd 1\n"));
  // As root, a device that is replaced by a file is gone for everybody: here the pipe of this process stands for one.
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  const std::string device = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(ends[1]);
  EXPECT_EQ(run({"convert", machine, "--to", "text", "-o", device}).code, 0);
  char first[6] = {};
  EXPECT_EQ(read(ends[0], first, 5), 5);
  EXPECT_STREQ(first, "vtd 1");
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(run({"convert", machine, "--to", "text", "-o", "/dev/full"}).code, 2);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST_F(Command, raw_input_is_told_as_such) {
  EXPECT_NE(run({"check", write("LICENSE", "anything")}).out.find("raw input"), std::string::npos);
  EXPECT_EQ(run({"check", write("a.vtd", kSmallMachine)}).out.find("raw input"), std::string::npos);
}

TEST_F(Command, translate_tells_before_and_after) {
  const json j =
      run({"translate", "--json", small, "--source", "00:1f.2", "--iova", "0x11123", "--access", "write"}).json();
  EXPECT_EQ(j["before"]["address"], "0x5001123");
  EXPECT_EQ(j["after"]["address"], "0x5001123");
  EXPECT_EQ(j["after"]["permissions"], "RW");
  EXPECT_EQ(j["before"]["path"].size(), 5u) << "root, context, three levels";
  EXPECT_NE(j["before"]["path"][0]["entry"], j["after"]["path"][0]["entry"]) << "another root table";
  const json fault =
      run({"translate", "--json", small, "--source", "00:1f.2", "--iova", "0x10000", "--access", "write"}).json();
  EXPECT_EQ(fault["before"]["fault"], 5);
  EXPECT_EQ(fault["after"]["fault"], 5);
  EXPECT_THAT(run({"translate", small, "--source", "00:02.0", "--iova", "0"}).out, HasSubstr("fault 0x2"));
}

TEST_F(Command, show_draws_a_tree_and_a_picture) {
  const Said tree = run({"show", small});
  EXPECT_EQ(tree.code, 0) << tree.err;
  EXPECT_THAT(tree.out, HasSubstr("00:1f.2  domain 7, 39-bit, table 0x1002000: 8 KiB in 2 ranges (2 x 4K)"));
  EXPECT_THAT(tree.out, HasSubstr("00:1f.3  domain 7, 39-bit, table 0x1002000: the tables of 00:1f.2"));
  EXPECT_THAT(tree.out, HasSubstr("0x000000010000-0x000000010fff  ->  0x000005000000  R-  4 KiB"));
  EXPECT_EQ(run({"show", "--json", small}).json()["units"][0]["devices"][0]["mapped"][1]["permissions"], "RW");
  ASSERT_EQ(run({"show", "--svg", path("small.svg"), small}).code, 0);
  const std::string svg = content_of(path("small.svg"));
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("0x1004000"));
}

TEST_F(Command, show_marks_what_was_quarantined) {
  const std::string hole = write("hole.vtd", kSmallMachine.substr(0, kSmallMachine.find("takeover")) +
                                                 "paging at=0x1003000 index=9 to=0x2000000000\n");
  EXPECT_THAT(run({"show", hole}).out, HasSubstr("! quarantined"));
  const json j = run({"takeover", "--json", hole}).json();
  EXPECT_EQ(j["quarantined"].size(), 1u);
  EXPECT_EQ(j["quarantined"][0]["entry"], "0x1003048");
}

TEST_F(Command, shrink_keeps_the_property_broken) {
  std::string padded = kBrokenMachine;
  for (int i = 0; i < 50; ++i) padded += "attach source=00:1f.3\ndetach source=00:1f.3\n";
  const Said said = run({"shrink", "--json", write("padded.vtd", padded), "-o", path("out.vtd")});
  EXPECT_EQ(said.code, 10) << said.err;
  EXPECT_THAT(said.err, HasSubstr("BROKEN the_expected_outcome_happens")) << "the unshrunk failure comes first";
  EXPECT_EQ(said.json()["property"], "the_expected_outcome_happens");
  EXPECT_LE(said.json()["steps_after"], 3);
  EXPECT_EQ(run({"check", path("out.vtd")}).code, 10);
}

// Neither another request nor another answer than the one that was expected shows the same mistake.
TEST_F(Command, shrink_keeps_what_was_expected) {
  const std::string expectation = "dma source=00:1f.2 iova=0x11000 outcome=address value=0x5002000";
  const std::string file = write("a.vtd", kSmallMachine + expectation + "\nattach source=00:1f.3\n");
  const Said shrunk = run({"shrink", file});
  EXPECT_EQ(shrunk.code, 10);
  EXPECT_NE(shrunk.out.find(expectation), std::string::npos) << shrunk.out;
  EXPECT_EQ(shrunk.out.find("attach"), std::string::npos) << shrunk.out;
  // An expectation may stand before the takeover that it is about.
  const std::string early = "expect what=copied count=99";
  EXPECT_NE(run({"shrink", write("b.vtd", "vtd 1\n" + early + "\ntakeover strategy=deep\n")}).out.find(early),
            std::string::npos);
  std::filesystem::create_directory(path("regressions"));
  const Said adopted = run({"adopt-finding", "--json", file, "-o", path("regressions")});
  EXPECT_EQ(adopted.code, 10);
  EXPECT_NE(adopted.json()["scenario"].get<std::string>().find(expectation), std::string::npos) << adopted.out;
  EXPECT_EQ(adopted.json()["cluster"],
            "the-expected-outcome-happens-dma-a-request-is-translated-otherwise-than-the-scenario-says");
}

TEST_F(Command, lists_are_whole) {
  EXPECT_THAT(run({"properties"}).out, HasSubstr("translations_are_preserved"));
  const json properties = run({"properties", "--json"}).json()["properties"];
  EXPECT_GE(properties.size(), 50u);
  for (const json& p : properties) EXPECT_FALSE(p["section"].get<std::string>().empty()) << p["name"];
  EXPECT_EQ(run({"engines", "--json"}).json()["engines"][0]["name"], "ours");
  EXPECT_THAT(run({"engines"}).out, HasSubstr("example"));
}

TEST_F(Command, reach_adds_the_slices_of_a_night_up) {
  const auto slice = [&](const std::string& name, int first, int second) {
    const auto feature = [](const char* of, int reached) {
      return json{{"group", "g"}, {"name", of}, {"what", of}, {"produced", 3}, {"reached", reached}};
    };
    const json features = {feature("one", first), feature("two", second)};
    return write(name, json{{"runs", 5}, {"features", features}, {"unreachable", json::array()}}.dump());
  };
  const std::string early = slice("early.json", 1, 0), late = slice("late.json", 0, 2);
  EXPECT_EQ(run({"reach", "--min", "1", late}).code, 13);
  const Said said = run({"reach", "--min", "1", "--json", early, late});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.json()["runs"], 10);
  EXPECT_EQ(said.json()["features"][1]["reached"], 2);
  EXPECT_EQ(said.json()["features"][1]["produced"], 6);
  const std::string other = write("other.json", R"({"runs": 1, "features": [], "unreachable": []})");
  expect_refused({"reach", early, other}, "expected the 2 features of the other files");
}

}  // namespace
}  // namespace vtd::harness
