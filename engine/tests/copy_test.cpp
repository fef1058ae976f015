// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copying: sharing, cycles, what is kept bit for bit, what is quarantined, what is refused, and failing allocations.
#include <gtest/gtest.h>

#include "engine/tests/fake_machine.h"

namespace vtd::engine::test {
namespace {

vtd_report report_of(FakeMachine& m) {
  vtd_report report{};
  EXPECT_EQ(m.engine->report(m.handle, &report), VTD_OK);
  return report;
}

TEST(Copy, TranslatesAsBefore) {
  FakeMachine m;
  m.usual();
  m.old(0x13000)[7] = 0x8000000000107801 | 0x7f8;  // ignored bits and SNP survive
  ASSERT_EQ(m.take_over(), VTD_OK);
  EXPECT_EQ(m.translate(0x10, 0x5123), (Translation{0x105123, 3}));
  EXPECT_EQ(m.translate(0x10, 0x7000), (Translation{0x107000, 1}));
  EXPECT_FALSE(m.translate(0x10, 0x6000));
  EXPECT_FALSE(m.translate(0x11, 0x5000));
  const vtd_report report = report_of(m);
  EXPECT_EQ(report.root_tables, 1u);
  EXPECT_EQ(report.context_tables, 1u);
  for (unsigned level = 1; level <= 4; ++level) EXPECT_EQ(report.paging_tables[level], 1u);
  EXPECT_GE(m.units[0].active_root, FakeMachine::kCrash);
  EXPECT_EQ(m.ids(), std::vector<std::uint64_t>{5});
}

TEST(Copy, TouchesNoRegister) {
  FakeMachine m;
  m.usual();
  ASSERT_EQ(m.boot(), VTD_OK);
  ASSERT_EQ(m.copy(), VTD_OK);
  EXPECT_TRUE(m.units[0].told.empty());
  EXPECT_EQ(m.units[0].root, 0x1000u);
}

TEST(Copy, KeepsSharing) {
  FakeMachine m(2);
  m.usual();
  m.root_entry(0x1000, 7, 0x2000);
  m.old(0x12000)[9] = 0x13003;
  m.context_entry(0x2000, 0x18, 0x10000, 6);
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_report report = report_of(m);
  EXPECT_EQ(report.root_tables, 2u);
  EXPECT_EQ(report.context_tables, 2u);  // one for each unit
  EXPECT_EQ(report.paging_tables[1], 1u);
  EXPECT_EQ(report.paging_tables[4], 1u);
  EXPECT_EQ(m.translate(0x710, 0x1205000, 1), (Translation{0x105000, 3}));
}

TEST(Copy, EndsOnCyclesAndPathsWithoutNumber) {
  FakeMachine m;
  m.usual();
  m.old(0x10000)[1] = 0x10003;          // N20
  m.old(0x12000)[1] = 0x10003;          // N21
  for (unsigned i = 2; i < 512; ++i) {  // N19
    m.old(0x10000)[i] = 0x11003;
    m.old(0x11000)[i] = 0x12003;
    m.old(0x12000)[i] = 0x13003;
  }
  ASSERT_EQ(m.take_over(), VTD_OK);
  EXPECT_LT(m.old_reads, 20u);
  EXPECT_EQ(m.translate(0x10, (2ull << 39) + (3ull << 30) + (4ull << 21) + 0x5000), (Translation{0x105000, 3}));
}

TEST(Copy, QuarantinesWhatCannotBeKept) {
  FakeMachine m;
  m.usual();
  m.unreadable = {0x20000};
  const std::uint64_t pages[] = {0x48000003, 0x50000003, 0x30005003, 0xfee01003, 0x20003};
  const unsigned reasons[] = {VTD_HOLE, VTD_NOT_OLD_RAM, VTD_IN_CRASH_MEMORY, VTD_IN_INTERRUPT_RANGE, VTD_UNREADABLE};
  for (unsigned i = 0; i < 5; ++i) {
    m.old(0x12000)[10 + i] = m.old(0x11000)[10 + i] = pages[i];
    m.context_entry(0x2000, 0x80 + i, pages[i] & ~0xfffull, 20 + i);
    m.root_entry(0x1000, 0x80 + i, pages[i] & ~0xfffull);
  }
  m.old(0x2000)[2 * 0x80] |= 2;
  ASSERT_EQ(m.take_over(), VTD_OK);
  unsigned seen[8][8] = {};
  for (const vtd_finding& f : m.findings()) {
    EXPECT_EQ(f.kind, unsigned{VTD_QUARANTINED});
    ++seen[f.level][f.reason];
  }
  for (const unsigned level : {7u, 6u, 3u, 2u}) {
    for (const unsigned reason : reasons) EXPECT_EQ(seen[level][reason], 1u) << level << " " << reason;
  }
  EXPECT_EQ(m.ids(), (std::vector<std::uint64_t>{5, 20, 21, 22, 23, 24}));
  const std::uint64_t* context = m.page(m.page(m.units[0].active_root)[0] & ~0xfffull);
  EXPECT_EQ(context[2 * 0x80], 2u);
  EXPECT_EQ(context[2 * 0x80 + 1], 20u << 8 | 2);
  EXPECT_EQ(m.translate(0x10, 0x5000), (Translation{0x105000, 3}));
}

TEST(Copy, KeepsMalformedEntriesAndFollowsNone) {
  FakeMachine m;
  m.usual();
  m.root_entry(0x1000, 1, 0x48000000 | 2);           // reserved bit: M2
  m.old(0x1000)[5] = 7;                              // bus 2: high qword without P
  m.context_entry(0x2000, 0x20, 0x48000000, 0x100);  // M10
  m.context_entry(0x2000, 0x21, 0x48000000, 9, 4);   // M14
  m.context_entry(0x2000, 0x22, 0x48000000, 10, 2, 3);
  m.context_entry(0x2000, 0x23, 0x48000000, 11, 2, 2);  // pass-through
  m.old(0x11000)[3] = 0x48000803;                       // M23
  m.old(0x11000)[4] = 0x4000000048000003;               // M24
  m.old(0x11000)[5] = 0x400048000003;                   // M25
  m.old(0x10000)[6] = 0x48000083;                       // M22
  ASSERT_EQ(m.take_over(), VTD_OK);
  EXPECT_TRUE(m.findings().empty());
  const std::uint64_t* root = m.page(m.units[0].active_root);
  EXPECT_EQ(root[2], 0x48000003u);
  EXPECT_EQ(root[5], 7u);
  const std::uint64_t* context = m.page(root[0] & ~0xfffull);
  EXPECT_EQ(context[2 * 0x23], 0x48000009u);
  EXPECT_EQ(m.ids(), (std::vector<std::uint64_t>{5, 9, 10, 11}));
}

TEST(Copy, ReportsConflicts) {
  FakeMachine m;
  m.units[0].capability |= 0x80 | 0x200;  // caching mode, 3 levels too
  m.usual();
  m.context_entry(0x2000, 0x20, 0x11000, 5, 2);
  m.context_entry(0x2000, 0x21, 0x10000, 5, 1);
  m.context_entry(0x2000, 0x22, 0x10000, 5, 2);
  m.context_entry(0x2000, 0x23, 0x10000, 0, 2);
  m.context_entry(0x2000, 0x24, 0x10000, 0, 2);
  ASSERT_EQ(m.take_over(), VTD_OK);
  std::vector<unsigned> reasons;
  for (const vtd_finding& f : m.findings()) reasons.push_back(f.reason);
  EXPECT_EQ(reasons, (std::vector<unsigned>{VTD_ID_TWO_TABLES, VTD_ID_TWO_WIDTHS, VTD_ID_RESERVED}));
}

struct Refusal {
  int status;
  void (*spoil)(FakeMachine&);
};

TEST(Copy, RefusesWithAReason) {
  const Refusal refusals[] = {
      {VTD_NOT_ENABLED, [](FakeMachine& m) { m.units[0].status = 0x40000000; }},
      {VTD_NOT_ENABLED, [](FakeMachine& m) { m.units[0].status = 0x80000000; }},
      {VTD_BAD_MODE, [](FakeMachine& m) { m.units[0].root = 0x1400; }},
      {VTD_BAD_ROOT, [](FakeMachine& m) { m.units[0].root = 0x48000000; }},
      {VTD_BAD_ROOT, [](FakeMachine& m) { m.unreadable = {0x1000}; }},
      {VTD_BAD_CAPABILITY, [](FakeMachine& m) { m.units[0].capability |= 7; }},
      {VTD_BAD_CAPABILITY, [](FakeMachine& m) { m.units[0].capability &= ~0x1f00ull; }},
      {VTD_BAD_CAPABILITY, [](FakeMachine& m) { m.units[0].extended &= ~2ull, m.units[0].version = 0x60; }},
      {VTD_BUSY, [](FakeMachine& m) { m.units[0].status |= 1u << 27; }},
      {VTD_BUSY, [](FakeMachine& m) { m.units[0].context_command = 1ull << 63; }},
      {VTD_QUEUE_ERROR, [](FakeMachine& m) { m.units[0].status |= 1u << 26, m.units[0].queue_tail = 32; }},
  };
  for (const Refusal& refusal : refusals) {
    FakeMachine m;
    m.usual();
    refusal.spoil(m);
    EXPECT_EQ(m.take_over(), refusal.status);
    EXPECT_TRUE(m.units[0].told.empty());
    if (m.handle == nullptr) { EXPECT_EQ(m.pages_in_use, 0u); }
  }
}

TEST(Copy, GivesEverythingBackWhenMemoryRunsOut) {
  for (const unsigned strategy : {VTD_DEEP, VTD_SHALLOW}) {
    bool enough = false;
    for (std::size_t n = 1; !enough; ++n) {
      FakeMachine m(2);
      m.usual();
      for (unsigned i = 0; i < 40; ++i) m.old(0x12000)[i + 20] = 0x60003 + i % 30 * 0x1000ull;
      m.context_entry(0x2000, 0x20, 0x48000000, 6);
      m.old(0x12000)[9] = 0x13003;
      ASSERT_EQ(m.boot(strategy), VTD_OK);
      const std::size_t before = m.pages_in_use;
      m.refuse_from = m.allocations + n;
      const int status = m.copy();
      enough = status == VTD_OK;
      if (enough) break;
      EXPECT_EQ(status, VTD_NO_MEMORY);
      EXPECT_EQ(m.pages_in_use, before) << n;
      EXPECT_EQ(m.engine->root(m.handle, 0), 0u);
      m.refuse_from = 0;
      EXPECT_EQ(m.copy(), VTD_OK) << "a second try";
    }
  }
}

TEST(Copy, AutoFallsBackToShallow) {
  FakeMachine m;
  m.usual();
  ASSERT_EQ(m.boot(VTD_AUTO), VTD_OK);
  for (unsigned i = 0; i < 512; ++i) {
    for (unsigned k = 0; k < 10; ++k) m.old(0x200000 + k * 0x1000)[i] = 0x2000003 + (k * 512 + i) * 0x1000ull;
  }
  for (unsigned k = 0; k < 10; ++k) m.old(0x11000)[k + 1] = 0x200003 + k * 0x1000ull;
  ASSERT_EQ(m.copy(), VTD_OK);
  EXPECT_EQ(report_of(m).strategy, unsigned{VTD_SHALLOW});
  EXPECT_EQ(report_of(m).paging_tables[4], 0u);
  ASSERT_EQ(m.commit(), VTD_OK);
  EXPECT_EQ(m.translate(0x10, 0x5000), (Translation{0x105000, 3}));
}

TEST(Copy, ShallowReadsNoPageTwice) {
  FakeMachine m;
  m.usual();
  for (unsigned i = 0; i < 20; ++i) m.context_entry(0x2000, 0x20 + i, 0x10000, 30 + i);
  ASSERT_EQ(m.take_over(VTD_SHALLOW), VTD_OK);
  EXPECT_EQ(m.old_reads, 3u);
}

TEST(Copy, WritesBackForUnitsThatDoNotSnoop) {
  FakeMachine m;
  m.usual();
  m.units[0].extended &= ~1ull;
  ASSERT_EQ(m.boot(), VTD_OK);
  ASSERT_EQ(m.copy(), VTD_OK);
  EXPECT_EQ(m.flushed_bytes, 6 * 4096u);
}

}  // namespace
}  // namespace vtd::engine::test
