// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is made of a dump: roots are recognised and ranked, the kernel's list of units is read, tables come over byte
// for byte, and what the dump lacks is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "harness/dump/dump_scenario.h"
#include "harness/dump/machine_dump.h"
#include "harness/dump/memory_map.h"
#include "model/layout.h"
#include "model/scenario/build.h"

namespace vtd::harness {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kMachine =
    "vtd 1\n"
    "root at=0x1000000 table=0x1001000\n"
    "root at=0x1000000 bus=3 table=0x1006000\n"
    "context at=0x1001000 devfn=1f.2 table=0x1002000 domain=7\n"
    "context at=0x1001000 devfn=1f.3 table=0x1002000 domain=7\n"
    "context at=0x1006000 table=0x1007000 domain=8\n"
    "paging at=0x1002000 to=0x1003000\n"
    "paging at=0x1003000 to=0x1004000\n"
    "paging at=0x1004000 to=0x1005000\n"
    "paging at=0x1005000 index=16 count=4 to=0x5000000\n"
    "paging at=0x1007000 to=0x1003000\n";

// A page of pointers as some other structure of a kernel may have them, and one that by chance is more like a root.
const std::string kFalseRoots =
    "word at=0x2000000 value=0x2001001\n"
    "word at=0x2000100 value=0x2002001\n"
    "word at=0x2001008 value=0x17\n"
    "word at=0x2003000 value=0x2004001\n"
    "context at=0x2004000 devfn=02.0 table=0x2005000 domain=9\n"
    "paging at=0x2005000 index=3 to=0x2006000 bits=r,w,ps\n";

class DumpTest : public testing::Test {
 protected:
  Dump& dump_of(const std::string& text) {
    model::Scenario scenario;
    const model::TextError error = model::parse_text(text, scenario);
    EXPECT_FALSE(error) << error.line << ": " << error.message;
    EXPECT_FALSE(model::build(scenario, machine_));
    dump_ = std::make_unique<MachineDump>(machine_);
    return *dump_;
  }
  DumpImport imported(const std::string& text, const DumpOptions& options = {}) {
    return import_dump("vmcore", dump_of(text), options);
  }
  std::string refusal(const std::string& text, const DumpOptions& options = {}) {
    try {
      imported(text, options);
    } catch (const InputError& error) {
      EXPECT_EQ(error.message.find('\n'), std::string::npos);
      return error.message;
    }
    return "accepted";
  }
  static std::string seed() {
    std::ifstream in(VTD_SOURCE_DIR "/corpus/seeds/K01-a-dead-kernel-that-tells-its-units.vtd");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string without(std::string text, const std::string& line_begins) {
    const std::size_t at = text.find(line_begins);
    EXPECT_NE(at, std::string::npos);
    return text.erase(at, text.find('\n', at) + 1 - at);
  }

  model::Machine machine_;
  std::unique_ptr<MachineDump> dump_;
};

TEST_F(DumpTest, the_root_is_found_and_false_ones_rank_below) {
  const Scanned found = scan(dump_of(kMachine + kFalseRoots));
  EXPECT_EQ(found.shaped, 3u);
  ASSERT_EQ(found.roots.size(), 2u) << "the page of pointers has no context entry behind it";
  EXPECT_EQ(found.roots[0].root, 0x1000000u);
  EXPECT_EQ(found.roots[1].root, 0x2003000u);
  EXPECT_GT(found.roots[0].evidence.score(), found.roots[1].evidence.score());
  EXPECT_THAT(
      found.roots[0].evidence.in_favour(),
      testing::ElementsAre("3 context entries on 2 buses, every reserved bit zero", "2 domain-ids, each with one table",
                           "5 page tables, all well formed", "8 mappings, 8 of them into RAM"));
  EXPECT_THAT(found.roots[0].evidence.against(), testing::IsEmpty());
  EXPECT_THAT(found.roots[1].evidence.against(),
              testing::ElementsAre("1 page table with reserved bits, or where there is no RAM"));
}

TEST_F(DumpTest, memory_without_a_root_is_refused) {
  EXPECT_THAT(refusal("vtd 1\nword at=0x2000000 value=0x2001001\nword at=0x2001008 value=0x17\n"),
              HasSubstr("vmcore: no root table found in 0 MiB of memory"));
  EXPECT_THAT(refusal("vtd 1\n"), HasSubstr("has no page of memory in it"));
}

TEST_F(DumpTest, tables_come_over_byte_for_byte) {
  const DumpImport import = imported(kMachine + kFalseRoots);
  model::Machine made;
  ASSERT_FALSE(model::build(import.imported.scenario, made));
  EXPECT_EQ(made.units.at(0).root, 0x1000000u);
  EXPECT_EQ(made.memory.frames(), 8u);
  for (std::size_t i = 0; i < made.memory.frames(); ++i) {
    const model::Address page = made.memory.frame_address(i);
    EXPECT_EQ(0, std::memcmp(made.memory.page(page, model::View::cpu), machine_.memory.page(page, model::View::cpu),
                             model::kPageBytes))
        << page;
  }
  const std::string text = imported_text(import.imported);
  EXPECT_THAT(text, HasSubstr("# root 0x1000000: recognised; 3 context entries on 2 buses"));
  EXPECT_THAT(text, HasSubstr("# guessed: CAP (widths of 48 bits, from the tables;"));
  EXPECT_THAT(text, HasSubstr("\nmemory last=0x3fffffff\nmemory first=0x100000000 last=0x13fffffff\n"));
}

TEST_F(DumpTest, a_flipped_bit_is_told_and_does_not_hide_the_root) {
  const DumpImport import =
      imported(kMachine + "context at=0x1001000 devfn=02.0 table=0x1002000 domain=7 bits=p,0x10\n");
  EXPECT_EQ(import.units.at(0).root, 0x1000000u);
  EXPECT_THAT(import.units[0].evidence.against(),
              testing::ElementsAre("1 context entry with reserved bits, or with a width or type that does not exist"));
  const DumpImport ids = imported(kMachine + "context at=0x1001000 devfn=02.0 table=0x1007000 domain=7\n");
  EXPECT_THAT(ids.units.at(0).evidence.against(), testing::ElementsAre("1 domain-id with more than one table"));
}

TEST_F(DumpTest, tables_that_the_dump_lacks_are_unreadable_and_told) {
  const DumpImport import =
      imported(kMachine + "unreadable page=0x1007000\npaging at=0x1003000 index=5 to=0x90000000\n");
  EXPECT_EQ(import.left_out, 1u);
  EXPECT_EQ(import.stray, 1u);
  const std::string text = imported_text(import.imported);
  EXPECT_THAT(text, HasSubstr("# 1 table page left out of the dump, so nobody knows what they say: 0x1007000\n"));
  EXPECT_THAT(text, HasSubstr("# 1 pointer to tables where the dump knows no RAM: 0x90000000\n"));
  EXPECT_THAT(text, HasSubstr("\nunreadable page=0x1007000\n"));
  EXPECT_EQ(text.find("at=0x1007000"), std::string::npos);
}

TEST_F(DumpTest, broken_entries_are_told_with_their_place) {
  DumpOptions options;
  options.roots = {0x1000000};  // so little is well that nothing would recognise it
  const DumpImport import = imported(kMachine +
                                         "root at=0x1000000 bus=4 table=0x90000000\n"
                                         "context at=0x1001000 devfn=02.0 table=0x1002000 domain=7 bits=p,0x10\n"
                                         "context at=0x1001000 devfn=03.0 table=0x1002000 domain=7 width=code6\n"
                                         "paging at=0x1003000 index=2 to=0x5001000 bits=r,w,ps\n"
                                         "paging at=0x1004000 index=5 to=0x1008000\n"
                                         "unreadable page=0x1008000\n",
                                     options);
  std::vector<std::string> told;
  for (const BrokenEntry& entry : import.units.at(0).broken)
    told.push_back(std::to_string(static_cast<unsigned>(entry.what)) + ' ' + std::to_string(entry.source) + ' ' +
                   std::to_string(entry.role) + ' ' + std::to_string(entry.at - 0x1000000) + ' ' +
                   std::to_string(entry.iova >> 21));
  EXPECT_THAT(told, testing::ElementsAre("0 16 6 4352 0",       // reserved bits in the context entry of 00:02.0
                                         "1 24 6 4480 0",       // no such width
                                         "3 250 2 16424 5",     // a level-1 table left out
                                         "0 250 3 12304 1024",  // a 1 GiB page that is not aligned
                                         "2 1024 7 64 0"));     // a context table out of RAM
  EXPECT_TRUE(imported(kMachine).units.at(0).broken.empty());
}

TEST_F(DumpTest, a_given_root_is_taken_whatever_it_is) {
  DumpOptions options;
  options.roots = {0x2003000};
  const DumpImport import = imported(kMachine + kFalseRoots, options);
  EXPECT_EQ(import.units.at(0).root, 0x2003000u);
  EXPECT_TRUE(import.ranked.empty());
  options.roots = {0x1000000, 0x2003000};
  model::Machine made;
  ASSERT_FALSE(model::build(imported(kMachine + kFalseRoots, options).imported.scenario, made));
  ASSERT_EQ(made.units.size(), 2u);
  EXPECT_EQ(made.units[1].root, 0x2003000u);
  EXPECT_NE(made.units[1].registers, made.units[0].registers);
  options.roots = {0x90000000};
  EXPECT_EQ(refusal(kMachine, options), "vmcore: --root 0x90000000: there is no RAM, expected a root table");
  options.roots = {0x1000000};
  EXPECT_THAT(refusal(kMachine + "unreadable page=0x1000000\n", options), HasSubstr("the dump has left that page out"));
  options.roots.assign(5, 0x1000000);
  EXPECT_THAT(refusal(kMachine, options), HasSubstr("at most 4 units"));
}

TEST_F(DumpTest, registers_are_those_given_or_make_the_tables_legal) {
  model::Machine made;
  std::string narrow = kMachine;
  for (std::size_t at = 0; (at = narrow.find(" domain=", at)) != std::string::npos; at += 16)
    narrow.insert(at, " width=39");
  ASSERT_FALSE(model::build(imported(narrow).imported.scenario, made));
  EXPECT_EQ(model::Rules::of(made.units[0], 46).supported_widths, 2u);
  DumpOptions options;
  options.capability = 0xd2008c222f0606;
  options.extended = 0xf00f4a;
  const DumpImport given = imported(kMachine, options);
  ASSERT_FALSE(model::build(given.imported.scenario, made));
  EXPECT_EQ(made.units[0].capability, 0xd2008c222f0606u);
  EXPECT_EQ(made.units[0].extended_capability, 0xf00f4au);
  EXPECT_EQ(imported_text(given.imported).find("# guessed"), std::string::npos);
}

TEST_F(DumpTest, scalable_mode_is_recognised) {
  const DumpImport import = imported(
      "vtd 1\nword at=0x1000000 value=0x1001001\nword at=0x1000008 value=0x1002001\n"
      "word at=0x1001040 value=0x1003001\nword at=0x1002040 value=0x1003001\nword at=0x1003000 value=0x1004001\n");
  EXPECT_EQ(import.units.at(0).root, 0x1000400u);
  EXPECT_TRUE(import.units[0].evidence.scalable);
  EXPECT_EQ(import.table_pages, 4u);
  EXPECT_EQ(import.left_out, 1u) << "the PASID table";
}

TEST_F(DumpTest, the_kernel_tells_its_units) {
  const DumpImport import = imported(seed());
  ASSERT_EQ(import.kernel.size(), 2u) << import.kernel_trouble;
  EXPECT_EQ(import.kernel[0].name, "dmar0");
  EXPECT_EQ(import.kernel[0].registers, 0xfed90000u);
  EXPECT_EQ(import.kernel[1].registers, 0xfed91000u);
  EXPECT_EQ(import.kernel[1].root, 0u);
  ASSERT_EQ(import.units.size(), 1u);
  EXPECT_EQ(import.units[0].found_by, FoundBy::kernel);
  EXPECT_EQ(import.units[0].root, 0x1000000u);
  const std::string text = imported_text(import.imported);
  EXPECT_THAT(text, HasSubstr("unit capability=qemu48 extended=qemu48 registers=0xfed90000\n"));
  EXPECT_EQ(text.find("# guessed"), std::string::npos);
}

// A root table that nothing would recognise any more.
TEST_F(DumpTest, the_kernel_knows_a_root_that_is_broken) {
  const DumpImport import = imported(seed() + "word at=0x1000010 value=0xff8\n");
  EXPECT_TRUE(import.ranked.empty());
  EXPECT_EQ(import.units.at(0).root, 0x1000000u);
}

TEST_F(DumpTest, a_unit_is_chosen_by_its_registers) {
  DumpOptions options;
  options.unit = 0xfed90000;
  EXPECT_EQ(imported(seed(), options).units.at(0).root, 0x1000000u);
  options.unit = 0xfed91000;
  EXPECT_THAT(refusal(seed(), options), HasSubstr("--unit 0xfed91000: the kernel had no root table for it"));
  options.unit = 0xfed92000;
  EXPECT_THAT(refusal(seed(), options), HasSubstr("no such unit, expected one of 0xfed90000, 0xfed91000"));
  EXPECT_THAT(refusal(kMachine, options),
              HasSubstr("--unit needs the kernel's list of units, but there is no vmcoreinfo"));
}

TEST_F(DumpTest, symbols_come_from_a_file_and_follow_a_kernel_that_was_moved) {
  const std::string mute = without(seed(), "word at=0x2005000");  // no symbols in the table
  EXPECT_THAT(imported(mute).kernel_trouble, HasSubstr("name a System.map or kallsyms with --symbols"));
  DumpOptions options;
  options.symbols =
      "ffffffff81005f00 T _stext\nffffffff81006000 D dmar_drhd_units\nffffffff81006100 d x_dmar_drhd_units\n";
  EXPECT_EQ(imported(mute, options).units.at(0).found_by, FoundBy::kernel);
  const auto trouble = [&](const std::string& symbols) {
    options.symbols = symbols;
    return imported(mute, options).kernel_trouble;
  };
  EXPECT_THAT(trouble("ffffffff81005f00 T _stext\n"), HasSubstr("have no dmar_drhd_units"));
  EXPECT_THAT(trouble("ffffffff81006000 D dmar_drhd_units\n"), HasSubstr("the symbols have no _stext"));
  EXPECT_THAT(trouble("0000000000000000 T _stext\n0000000000000000 D dmar_drhd_units\n"),
              HasSubstr("shows them to root only"));
}

// The kernel had units, but had not switched any on; and yet there is what looks like a root table.
TEST_F(DumpTest, a_root_that_the_kernel_did_not_know_is_told) {
  const DumpImport import = imported(seed() + "word at=0x20080c8 value=0\n");
  EXPECT_EQ(import.kernel.size(), 2u) << import.kernel_trouble;
  EXPECT_EQ(import.units.at(0).found_by, FoundBy::recognised);
  EXPECT_THAT(import.notes, Contains(HasSubstr("the kernel had 2 units but no root table for any")));
}

// Some array of a kernel, all of whose pointers are the same.
TEST_F(DumpTest, a_pointer_many_times_over_is_no_proof_of_many_devices) {
  std::string array = "word at=0x2003000 value=0x2004001\ncontext at=0x2004000 table=0x2005000 domain=9\n";
  for (unsigned bus = 1; bus < 256; ++bus)
    array += "word at=" + std::to_string(0x2003000 + 16 * bus) + " value=0x2004001\n";
  const Scanned found = scan(dump_of(kMachine + array));
  EXPECT_EQ(found.roots.at(0).root, 0x1000000u);
  EXPECT_EQ(found.roots.at(1).evidence.devices, 1u);
}

TEST_F(DumpTest, tables_of_two_units_are_taken_once) {
  DumpOptions options;
  options.roots = {0x1000000, 0x2003000};
  const std::string second = "root at=0x2003000 table=0x1001000\n";
  EXPECT_EQ(imported(kMachine + second, options).table_pages, 9u);
  // Read in the other mode they are other tables.
  options.roots = {0x1000400, 0x1000000};
  model::Machine made;
  ASSERT_FALSE(model::build(imported(kMachine, options).imported.scenario, made));
  EXPECT_EQ(made.memory.frames(), 8u);
}

// The second unit of two leads back to the first or to itself, or to nowhere.
TEST_F(DumpTest, a_list_of_units_that_lies_is_told) {
  const auto with_next = [](const std::string& next) { return seed() + "word at=0x2007080 value=" + next + "\n"; };
  for (const char* next : {"0xffff888002007080", "0xffff888002007000"}) {
    const DumpImport import = imported(with_next(next));
    EXPECT_EQ(import.kernel.size(), 2u) << next;
    EXPECT_THAT(import.notes, Contains(HasSubstr("leads back into itself: it may have had more"))) << next;
  }
  for (const char* next : {"0x0", "0xffff888999999000"}) {
    const DumpImport import = imported(with_next(next));
    EXPECT_EQ(import.units.at(0).root, 0x1000000u) << next;
    EXPECT_THAT(import.notes, Contains(HasSubstr("leads out of its memory: it may have had more"))) << next;
  }
  EXPECT_THAT(imported(seed()).notes, testing::Not(Contains(HasSubstr("it may have had more"))));
}

TEST(MemoryMapTest, small_gaps_are_closed_when_there_are_too_many) {
  std::vector<model::MemoryRange> ram;
  for (model::Address i = 0; i < 100; ++i)
    ram.push_back({i << 24, (i << 24) + 0xffffff - (i % 2 == 0 ? 0x1000 : 0x10000), model::MemoryKind::ram});
  const DumpMap map = memory_map(ram);
  EXPECT_EQ(map.ranges.size(), 64u);
  EXPECT_EQ(map.closed_bytes, 36u * 0x1000);
  EXPECT_EQ(map.ranges.back().last, ram.back().last);
  EXPECT_EQ(memory_map({ram.begin(), ram.begin() + 10}).ranges.size(), 10u);
}

TEST(RamTest, ranges_that_lie_become_ranges_of_pages) {
  const auto ram = ram_of({{0x5000, 0x4000, model::MemoryKind::ram},
                           {0x2800, 0x37ff, model::MemoryKind::ram},
                           {0x3000, 0x8fff, model::MemoryKind::ram},
                           {0x9000, 0x9000, model::MemoryKind::ram},
                           {uint64_t{1} << 51, ~uint64_t{0}, model::MemoryKind::ram},
                           {uint64_t{1} << 53, uint64_t{1} << 54, model::MemoryKind::ram}});
  ASSERT_EQ(ram.size(), 2u);
  EXPECT_EQ(ram[0].first, 0x2000u);
  EXPECT_EQ(ram[0].last, 0x9fffu);
  EXPECT_EQ(ram[1].last, (uint64_t{1} << 52) - 1);
  EXPECT_FALSE(is_ram(ram, 0x1000));
  EXPECT_TRUE(is_ram(ram, 0x9000));
  EXPECT_FALSE(is_ram(ram, 0xa000));
}

}  // namespace
}  // namespace vtd::harness
