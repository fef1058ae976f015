// SPDX-License-Identifier: Apache-2.0 OR MIT
// The importer: the machine it makes holds exactly the captured pages, and bad captures are refused with one clear
// line.
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "harness/import/capture_files.h"
#include "harness/import/captured.h"
#include "model/scenario/build.h"
#include "model/tests/temp_folder.h"

namespace vtd::harness {
namespace {

namespace fs = std::filesystem;

void expect_exactly_the_captured_pages(const std::string& json_path) {
  const Capture capture = read_capture(json_path);
  model::Scenario scenario;
  const model::TextError error = model::parse_text(imported_text(import_captured(json_path, {})), scenario);
  ASSERT_FALSE(error) << error.line << ": " << error.message;
  model::Machine machine;
  const model::BuildError unbuilt = model::build(scenario, machine);
  ASSERT_FALSE(unbuilt) << unbuilt.why;

  std::size_t empty = 0;
  for (const CapturedPage& page : capture.pages) {
    if (!machine.memory.has_frame(page.address)) ++empty;
    ASSERT_EQ(0, std::memcmp(machine.memory.page(page.address, model::View::cpu), page.words.data(), model::kPageBytes))
        << std::hex << page.address;
  }
  EXPECT_EQ(machine.memory.frames() + empty, capture.pages.size()) << "memory holds pages that were not captured";
  EXPECT_EQ(machine.units.at(0).root, capture.root);
  EXPECT_EQ(machine.units.at(0).status, capture.status);
}

// A capture in a directory of its own, to be spoilt by tests.
class Import : public testing::Test {
 protected:
  void SetUp() override {
    write_pages(pages_);
    write_json(json_);
  }

  std::string path() const { return (directory_ / "m.json").string(); }
  void write_json(const std::string& text) { std::ofstream(path()) << text; }
  void write_pages(const std::vector<uint64_t>& words) {
    const gzFile file = gzopen((directory_ / "m.pages.gz").c_str(), "wb");
    gzwrite(file, words.data(), static_cast<unsigned>(words.size() * 8));
    gzclose(file);
  }
  std::string error() {
    try {
      import_captured(path(), {});
    } catch (const InputError& refused) {
      EXPECT_EQ(refused.message.find('\n'), std::string::npos) << refused.message;
      return refused.message;
    }
    return "accepted";
  }
  void replace(const std::string& what, const std::string& with) {
    const std::size_t at = json_.find(what);
    ASSERT_NE(at, std::string::npos);
    write_json(json_.substr(0, at) + with + json_.substr(at + what.size()));
  }

  static std::vector<uint64_t> some_pages() {
    std::mt19937_64 random(1);
    std::vector<uint64_t> words(6 * model::kEntriesPerPage);
    for (uint64_t& word : words) {
      if (random() % 4 == 0) word = random();
      if (random() % 8 == 0) word = 0x1000 * (random() % 16) | 3;
    }
    return words;
  }

  model::test::TempFolder folder_;
  fs::path directory_ = folder_.path();
  std::vector<uint64_t> pages_ = some_pages();
  std::string json_ = R"({"name": "m", "kernel_command_line": "intel_iommu=on\nx", "iomem": "",
    "registers": {"VER": "0x10", "CAP": "0xd2008c222f0606", "ECAP": "0xf00f4a", "GSTS": "0xc0000000", "RTADDR": "0x200000", "FSTS": "0x0",
                  "IQH": "0x0", "IQT": "0x0", "IQA": "0x0", "IRTA": "0x0"},
    "pages": [["0x200000", "root"], ["0x201000", "ctx"], ["0x202000", "SL4"], ["0x203000", "SL2"], ["0x204000", "SL1"], ["0x205000", "pasid-dir"]]})";
};

TEST_F(Import, keeps_every_bit_of_every_page) { expect_exactly_the_captured_pages(path()); }

TEST_F(Import, writes_runs_of_entries_as_one_step) {
  std::fill(pages_.begin(), pages_.end(), 0);
  for (unsigned i = 0; i < model::kEntriesPerPage; ++i) pages_[4 * model::kEntriesPerPage + i] = i * 0x1000 | 3;
  write_pages(pages_);
  const std::string text = imported_text(import_captured(path(), {}));
  EXPECT_NE(text.find("paging at=0x204000 count=512 to=0x0\n"), std::string::npos) << text;
  expect_exactly_the_captured_pages(path());
}

TEST_F(Import, writes_context_entries_by_their_fields) {
  std::fill(pages_.begin(), pages_.end(), 0);
  for (unsigned devfn = 0x10; devfn < 0x12; ++devfn) {
    pages_[model::kEntriesPerPage + 2 * devfn] = 0x202000 | 1 << 2 | 1;
    pages_[model::kEntriesPerPage + 2 * devfn + 1] = 5 << 8 | 1;
  }
  write_pages(pages_);
  const std::string text = imported_text(import_captured(path(), {}));
  const char* const line = "context at=0x201000 devfn=02.0 count=2 table=0x202000 width=39 type=ats domain=5\n";
  EXPECT_NE(text.find(line), std::string::npos) << text;
}

TEST_F(Import, says_which_machine_it_was_in_comments) {
  EXPECT_TRUE(
      imported_text(import_captured(path(), {})).starts_with("vtd 1\n# machine: m\n# kernel: intel_iommu=on x\n"));
}

TEST_F(Import, puts_crash_kernels_where_no_table_and_no_mapping_is) {
  std::fill(pages_.begin(), pages_.end(), 0);
  pages_[3 * model::kEntriesPerPage] = 0x3fc00083;  // SL2: a 2 MiB page at the end of RAM
  write_pages(pages_);
  const std::string text = imported_text(import_captured(path(), {}));
  EXPECT_NE(text.find("crash first=0x3ec00000 last=0x3fbfffff\n"), std::string::npos) << text;
  EXPECT_NE(text.find("crash generation=1 first=0x3dc00000 last=0x3ebfffff\n"), std::string::npos) << text;
}

// A map may call everything RAM.
TEST_F(Import, puts_no_crash_kernel_over_registers) {
  std::fill(pages_.begin(), pages_.end(), 0);
  write_pages(pages_);
  replace("\"iomem\": \"\"", "\"iomem\": \"00000000-fedfffff : System RAM\"");
  model::Scenario scenario;
  model::Machine machine;
  ASSERT_FALSE(model::parse_text(imported_text(import_captured(path(), {})), scenario));
  const model::BuildError error = model::build(scenario, machine);
  EXPECT_FALSE(error) << error.why;
  EXPECT_EQ(machine.memory.crash(0).last, 0xfecfffffu) << "the highest block below 0xfed90000";
}

TEST_F(Import, takes_a_crash_region_that_is_given) {
  ImportOptions options;
  options.crash_region = {0x3f000000, 0x3f0fffff, model::MemoryKind::ram};
  EXPECT_NE(imported_text(import_captured(path(), options)).find("crash first=0x3f000000 last=0x3f0fffff\n"),
            std::string::npos);
}

TEST_F(Import, refuses_files_that_are_missing_or_damaged) {
  EXPECT_EQ(error(), "accepted");
  write_pages(std::vector<uint64_t>(pages_.begin(), pages_.end() - 1));
  EXPECT_NE(error().find("ends or is damaged in page 5, expected 6 pages"), std::string::npos) << error();
  pages_.push_back(0);
  write_pages(pages_);
  EXPECT_NE(error().find("holds more than the 6 pages listed"), std::string::npos) << error();
  fs::resize_file(directory_ / "m.pages.gz", 40);
  EXPECT_NE(error().find("ends or is damaged in page 0"), std::string::npos) << error();
  fs::remove(directory_ / "m.pages.gz");
  EXPECT_NE(error().find("m.pages.gz: cannot be read"), std::string::npos) << error();
  fs::remove(path());
  EXPECT_NE(error().find("m.json: cannot be read"), std::string::npos) << error();
}

TEST_F(Import, refuses_what_is_not_a_capture) {
  write_json("{");
  EXPECT_NE(error().find("is not JSON"), std::string::npos) << error();
  write_json("[]");
  EXPECT_NE(error().find("is not a JSON object"), std::string::npos) << error();
  replace("\"CAP\"", "\"CUP\"");
  EXPECT_NE(error().find("registers.CAP is missing"), std::string::npos) << error();
  replace("\"0xf00f4a\"", "\"f00f4a\"");
  EXPECT_NE(error().find("registers.ECAP is 'f00f4a'"), std::string::npos) << error();
  replace("0x204000", "0x204008");
  EXPECT_NE(error().find("pages[4] is not the address of a page"), std::string::npos) << error();
  replace("SL2", "SL6");
  EXPECT_NE(error().find("the kind 'SL6', expected root, ctx"), std::string::npos) << error();
  replace("\"iomem\": \"\"", "\"iomem\": \"12-1 : System RAM\"");
  EXPECT_NE(error().find("expected 'first-last : name'"), std::string::npos) << error();
  replace("[\"0x200000\", \"root\"]", "7");
  EXPECT_NE(error().find("pages[0] is malformed"), std::string::npos) << error();
}

TEST_F(Import, refuses_a_machine_without_room_for_a_crash_kernel) {
  replace("\"iomem\": \"\"", "\"iomem\": \"00100000-01ffffff : System RAM\"");
  EXPECT_NE(error().find("no 16 MiB of RAM without tables for a crash region"), std::string::npos) << error();
}

// Captures are large; a directory of them is named from outside.
TEST(ImportOfRealMachines, holds_exactly_the_captured_pages) {
  const char* const directory = std::getenv("VTDFUZZ_CAPTURES");
  if (directory == nullptr) GTEST_SKIP() << "VTDFUZZ_CAPTURES names no directory of captures";
  for (const fs::directory_entry& file : fs::directory_iterator(directory)) {
    if (file.path().extension() != ".json") continue;
    SCOPED_TRACE(file.path().string());
    expect_exactly_the_captured_pages(file.path().string());
  }
}

}  // namespace
}  // namespace vtd::harness
