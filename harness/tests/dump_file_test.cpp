// SPDX-License-Identifier: Apache-2.0 OR MIT
// Dump files of both formats, flattened or not: the pages are those of the machine. Truncated and damaged ones never
// end the process, and what is not in them is never taken for zeros.
#include "harness/import/dump_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "harness/dump/dump_scenario.h"
#include "harness/dump/machine_dump.h"
#include "harness/tests/dump_writer.h"
#include "model/scenario/build.h"
#include "model/tests/temp_folder.h"

namespace vtd::harness {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kMachine =
    "vtd 1\n"
    "root at=0x1000000 table=0x1001000\n"
    "context at=0x1001000 devfn=1f.2 table=0x1002000 domain=7\n"
    "paging at=0x1002000 to=0x1003000\n"
    "paging at=0x1003000 to=0x1004000\n"
    "paging at=0x1004000 to=0x1005000\n"
    "paging at=0x1005000 index=16 count=400 to=0x5000000\n"
    "word at=0x7000000 value=0x1234\n";
const std::vector<model::MemoryRange> kRam = {{0, 0x1fffffff, model::MemoryKind::ram}};

class DumpFileTest : public testing::Test {
 protected:
  DumpFileTest() {
    model::Scenario scenario;
    EXPECT_FALSE(model::parse_text(kMachine, scenario));
    EXPECT_FALSE(model::build(scenario, machine_));
    MachineDump dump(machine_);
    pages_ = pages_of(dump);
  }

  std::string write(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
    return path_;
  }
  // Every page is there, or is said not to be; the number of those that are.
  std::size_t right_pages(Dump& dump) const {
    std::size_t right = 0;
    for (const auto& [page, expected] : pages_) {
      PageWords words;
      if (dump.read(page, words) != InDump::there) continue;
      EXPECT_EQ(words, expected) << std::hex << page;
      ++right;
    }
    return right;
  }
  void expect_the_machine(const std::string& content, const std::string& format) {
    const DumpFile file = open_dump(write(content));
    EXPECT_EQ(file.format, format);
    EXPECT_EQ(right_pages(*file.dump), pages_.size());
    EXPECT_EQ(bytes_of(file.dump->ram()), 0x20000000u);
    EXPECT_EQ(bytes_of(file.dump->held()), pages_.size() * model::kPageBytes);
    PageWords words;
    EXPECT_EQ(file.dump->read(0x3000000, words), InDump::left_out);
    EXPECT_EQ(file.dump->read(0x90000000, words), InDump::no_ram);
    EXPECT_EQ(import_dump(path_, *file.dump, {}).units.at(0).root, 0x1000000u);
  }
  // The refusal, or "accepted"; whatever is accepted can be searched.
  std::string refusal(const std::string& content) const {
    try {
      const DumpFile file = open_dump(write(content));
      scan(*file.dump);
    } catch (const InputError& error) {
      EXPECT_THAT(error.message, StartsWith(path_ + ": "));
      EXPECT_EQ(error.message.find('\n'), std::string::npos);
      return error.message;
    }
    return "accepted";
  }

  model::Machine machine_;
  Pages pages_;
  model::test::TempFolder folder_;
  std::string path_ = folder_.file("dump");
};

TEST_F(DumpFileTest, reads_elf) { expect_the_machine(elf_core(pages_, kRam), "ELF"); }
TEST_F(DumpFileTest, reads_kdump) {
  expect_the_machine(kdump(pages_), "kdump-compressed");
  expect_the_machine(kdump(pages_, {0x20000, false}), "kdump-compressed");
}
TEST_F(DumpFileTest, reads_flattened_dumps) {
  expect_the_machine(flattened(kdump(pages_)), "kdump-compressed, flattened");
  expect_the_machine(flattened(elf_core(pages_, kRam)), "ELF, flattened");
}

TEST_F(DumpFileTest, what_is_cut_off_is_left_out) {
  for (const std::string& whole : {elf_core(pages_, kRam), kdump(pages_, {0x20000, false})}) {
    const DumpFile file = open_dump(write(whole.substr(0, whole.size() - 100)));
    EXPECT_EQ(right_pages(*file.dump), pages_.size() - 1) << file.format;
    EXPECT_EQ(bytes_of(file.dump->ram()), 0x20000000u);
  }
}

TEST_F(DumpFileTest, a_file_may_end_anywhere) {
  const KdumpOptions bulky = {0x20000, false};  // where most of the file is pages
  for (const std::string& whole : {elf_core(pages_, kRam), kdump(pages_, bulky), flattened(kdump(pages_))}) {
    std::size_t refused = 0, accepted = 0, most = 0;
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 25) {
      if (refusal(whole.substr(0, size)) != "accepted") {
        ++refused;
        continue;
      }
      ++accepted;
      most = std::max(most, right_pages(*open_dump(path_).dump));
    }
    EXPECT_GT(refused, 0u);
    EXPECT_LT(most, pages_.size());
    EXPECT_EQ(accepted == 0, most == 0) << "of what is accepted nothing could be read";
  }
}

// A dump by virtual addresses tells a page once for each mapping of it.
TEST_F(DumpFileTest, segments_may_tell_the_same_memory) {
  const std::string elf = elf_core(pages_, kRam);
  Elf64_Ehdr header{};
  std::memcpy(&header, elf.data(), sizeof header);
  const std::string segments = elf.substr(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr));
  header.e_phoff = elf.size();
  header.e_phnum = static_cast<Elf64_Half>(4 * header.e_phnum);
  std::string mapped(reinterpret_cast<const char*>(&header), sizeof header);
  mapped += elf.substr(sizeof header) + segments + segments + segments + segments;
  expect_the_machine(mapped, "ELF");
}

TEST_F(DumpFileTest, refusals_say_what_is_wrong) {
  EXPECT_THAT(refusal(""), HasSubstr("libkdumpfile cannot read it"));
  EXPECT_THAT(refusal("what a kernel says last\n"), HasSubstr("libkdumpfile cannot read it"));
  const std::string flat = flattened(kdump(pages_));
  EXPECT_THAT(refusal(flat.substr(0, flat.size() - 40)), HasSubstr("the file ends"));
  EXPECT_THAT(refusal(flat.substr(0, 4096) + std::string("\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1x", 17)),
              HasSubstr("a piece lies where no dump reaches"));
  std::string elf = elf_core(pages_, kRam);
  elf[18] = 3;  // e_machine: a 32-bit x86
  EXPECT_THAT(refusal(elf), HasSubstr("is an ELF file, but no core of a 64-bit x86 machine"));
  EXPECT_THAT(refusal(elf_core(pages_, kRam).substr(0, 300)), HasSubstr("ends before segment"));
  EXPECT_EQ(refusal(elf_core({}, {{0x1000, ~uint64_t{0} - 1, model::MemoryKind::ram}})), "accepted");
  EXPECT_THAT(refusal(elf_core({}, {{0x2000, 0x1000, model::MemoryKind::ram}})),
              HasSubstr("segment 0 is larger than memory can be"));
}

// Segments over the same bytes, so that the file holds less than it claims; and a bitmap that claims all of memory.
TEST_F(DumpFileTest, a_file_that_claims_more_than_it_has_is_refused) {
  std::string elf = elf_core(pages_, kRam);
  for (unsigned i = 0; i < pages_.size(); ++i) {
    Elf64_Phdr* const segment = reinterpret_cast<Elf64_Phdr*>(elf.data() + sizeof(Elf64_Ehdr)) + i;
    segment->p_offset = 0;
    segment->p_paddr = Elf64_Addr{i} << 24;
    segment->p_filesz = segment->p_memsz = elf.size();
  }
  EXPECT_THAT(refusal(elf), HasSubstr("its segments hold more bytes than the file has"));
  std::string full = kdump(pages_);
  for (std::size_t at = 6 * 4096; at < 10 * 4096; ++at) full[at] = static_cast<char>(0xff);
  EXPECT_THAT(refusal(full), HasSubstr("more than the file can describe"));
}

// Bytes of the headers, the bitmaps and the descriptors that say something else.
TEST_F(DumpFileTest, a_damaged_file_never_ends_the_process) {
  std::mt19937_64 random(1);
  std::size_t refused = 0, runs = 0;
  for (const std::string& whole : {elf_core(pages_, kRam), kdump(pages_), flattened(kdump(pages_))}) {
    for (unsigned i = 0; i < 60; ++i, ++runs) {
      std::string damaged = whole;
      for (unsigned n = 0; n < 1 + i % 8; ++n) {
        const bool header = random() % 2 == 0;
        damaged[random() % (header ? std::min<std::size_t>(600, whole.size()) : whole.size())] =
            static_cast<char>(random() % 3 == 0 ? 0xff : random());
      }
      refused += refusal(damaged) != "accepted" ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 0u);
  EXPECT_LT(refused, runs);
}

}  // namespace
}  // namespace vtd::harness
