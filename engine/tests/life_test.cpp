// SPDX-License-Identifier: Apache-2.0 OR MIT
// After the switch: adoption, mappings, copy on write, hand-over, detach, and what hardware is told in which order.
#include <gtest/gtest.h>

#include "engine/tests/fake_machine.h"

namespace vtd::engine::test {
namespace {

TEST(Commit, InvalidatesInOrder) {
  FakeMachine m;
  m.usual();
  m.units[0].capability |= 0x10;
  ASSERT_EQ(m.take_over(), VTD_OK);
  EXPECT_EQ(m.units[0].told, (Told{"write buffer", "srtp", "context global", "iotlb global"}));
  EXPECT_NE(m.units[0].status >> 26 & 1, 0u);
}

TEST(Commit, UsesRegistersWithoutAQueueAndNothingWithESRTPS) {
  FakeMachine m(2);
  m.usual();
  for (FakeUnit& unit : m.units) unit.extended &= ~2ull;
  m.units[1].capability |= 1ull << 63;
  ASSERT_EQ(m.take_over(), VTD_OK);
  EXPECT_EQ(m.units[0].told, (Told{"srtp", "context global", "iotlb global"}));
  EXPECT_EQ(m.units[1].told, (Told{"srtp"}));
}

TEST(Commit, AStuckUnitIsToldAndTheOthersAreSwitched) {
  FakeMachine m(3);
  m.usual();
  m.units[1].stuck_srtp = true;
  EXPECT_EQ(m.take_over(), VTD_TIMEOUT);
  EXPECT_EQ(m.units[1].active_root, 0x1000u);
  EXPECT_GE(m.units[2].active_root, FakeMachine::kCrash);
  vtd_domain domain{};
  EXPECT_EQ(m.engine->attach(m.handle, 0, 0x10, &domain), VTD_WRONG_STATE);
}

TEST(Adoption, KeepsIdWidthTableAndMappings) {
  for (const unsigned strategy : {VTD_DEEP, VTD_SHALLOW}) {
    FakeMachine m;
    m.usual();
    m.context_entry(0x2000, 0x11, 0x10000, 5);
    ASSERT_EQ(m.take_over(strategy), VTD_OK);
    m.units[0].told.clear();
    const vtd_domain d = m.attach(0x10);
    EXPECT_EQ(d.kind, unsigned{VTD_ADOPTED});
    EXPECT_EQ(d.domain_id, 5u);
    EXPECT_EQ(d.width, 2u);
    EXPECT_GE(d.table, FakeMachine::kCrash);
    EXPECT_EQ(m.attach(0x11).handle, d.handle);
    EXPECT_EQ(m.translate(0x10, 0x5000), (Translation{0x105000, 3}));
    EXPECT_EQ(m.translate(0x11, 0x5000), (Translation{0x105000, 3}));
    const Told swap = {"context domain 5", "iotlb domain 5"};
    EXPECT_EQ(m.units[0].told, strategy == VTD_DEEP ? Told{} : swap);
    vtd_domain again{};
    EXPECT_EQ(m.engine->attach(m.handle, 0, 0x10, &again), VTD_EXISTS);
    EXPECT_EQ(m.engine->detach(m.handle, 0, 0x33), VTD_NO_DEVICE);
  }
}

TEST(Adoption, PassThroughStays) {
  FakeMachine m;
  m.usual();
  m.context_entry(0x2000, 0x20, 0, 9, 2, 2);
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x20);
  EXPECT_EQ(d.kind, unsigned{VTD_IDENTITY});
  EXPECT_EQ(d.table, 0u);
  EXPECT_EQ(m.translate(0x20, 0x1234), (Translation{0x1234, 3}));
  EXPECT_EQ(map(m, d, 0x1000, 0x1000, 0x1000), VTD_PASS_THROUGH);
}

TEST(Adoption, OthersGetANewDomain) {
  FakeMachine m;
  m.usual();
  m.units[0].capability |= 0x80;
  m.context_entry(0x2000, 0x20, 0x48000000, 6);  // quarantined
  m.context_entry(0x2000, 0x21, 0x10000, 7, 4);  // unsupported width
  ASSERT_EQ(m.take_over(), VTD_OK);
  EXPECT_EQ(m.ids(), (std::vector<std::uint64_t>{0, 5, 6, 7}));
  m.units[0].told.clear();
  const vtd_domain d = m.attach(0x21);
  EXPECT_EQ(d.kind, unsigned{VTD_NEW});
  EXPECT_EQ(d.domain_id, 1u);
  EXPECT_EQ(m.units[0].told, (Told{"context device 7 0x0021", "iotlb domain 7", "context device 0 0x0021",
                                   "iotlb domain 0", "iotlb domain 1"}));
  EXPECT_EQ(m.attach(0x20).domain_id, 2u);
  EXPECT_EQ(m.attach(0x500).domain_id, 3u);  // no context table before
  EXPECT_EQ(m.ids(), (std::vector<std::uint64_t>{0, 1, 2, 3, 5}));
  EXPECT_FALSE(m.translate(0x21, 0x5000));
  ASSERT_EQ(map(m, d, 0x5000, 0x9000, 0x1000, VTD_READ), VTD_OK);
  EXPECT_EQ(m.translate(0x21, 0x5008), (Translation{0x9008, 1}));
  EXPECT_FALSE(m.translate(0x500, 0x5000));
}

TEST(Adoption, IdsRunOutAndComeBack) {
  FakeMachine m;
  m.usual();
  m.units[0].capability &= ~7ull;  // 16 ids
  ASSERT_EQ(m.take_over(), VTD_OK);
  for (unsigned i = 0; i < 15; ++i) m.attach(0x20 + i);
  vtd_domain d{};
  EXPECT_EQ(m.engine->attach(m.handle, 0, 0x40, &d), VTD_NO_DOMAIN_ID);
  EXPECT_EQ(m.engine->detach(m.handle, 0, 0x22), VTD_OK);
  EXPECT_EQ(m.ids().size(), 15u);
  m.attach(0x40);
  EXPECT_EQ(m.ids().size(), 16u);
}

TEST(Detach, TellsHardwareAndReturnsTheIdAfterTheLastUser) {
  FakeMachine m;
  m.usual();
  m.context_entry(0x2000, 0x11, 0x10000, 5, 2, 1);
  ASSERT_EQ(m.take_over(), VTD_OK);
  m.attach(0x10);
  m.attach(0x11);
  m.units[0].told.clear();
  EXPECT_EQ(m.engine->detach(m.handle, 0, 0x10), VTD_OK);
  EXPECT_EQ(m.units[0].told, (Told{"context device 5 0x0010", "iotlb domain 5"}));
  EXPECT_FALSE(m.translate(0x10, 0x5000));
  EXPECT_EQ(m.translate(0x11, 0x5000), (Translation{0x105000, 3}));
  EXPECT_EQ(m.ids(), std::vector<std::uint64_t>{5});
  m.units[0].told.clear();
  const std::size_t before = m.pages_in_use;
  EXPECT_EQ(m.engine->detach(m.handle, 0, 0x11), VTD_OK);
  EXPECT_EQ(m.units[0].told, (Told{"context device 5 0x0011", "iotlb domain 5", "device-tlb 0 0x0011"}));
  EXPECT_TRUE(m.ids().empty());
  EXPECT_EQ(m.pages_in_use, before - 4);
}

TEST(Detach, LeavesTheBusThatSharesAContextTableAlone) {
  FakeMachine m;
  m.usual();
  m.root_entry(0x1000, 3, 0x2000);
  ASSERT_EQ(m.take_over(), VTD_OK);
  m.attach(0x10);
  EXPECT_EQ(m.engine->unplug(m.handle, 0, 0x10), VTD_OK);
  EXPECT_FALSE(m.translate(0x10, 0x5000));
  EXPECT_EQ(m.translate(0x310, 0x5000), (Translation{0x105000, 3}));
  EXPECT_EQ(m.ids(), std::vector<std::uint64_t>{5});
  m.attach(0x310);
  EXPECT_EQ(m.engine->detach(m.handle, 0, 0x310), VTD_OK);
  EXPECT_TRUE(m.ids().empty());
}

TEST(Map, NeverTouchesLegacyAndPicksLargePages) {
  FakeMachine m;
  m.units[0].capability |= 3ull << 34;
  m.usual();
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  EXPECT_EQ(map(m, d, 0x5000, 0x9000, 0x1000), VTD_EXISTS);
  EXPECT_EQ(map(m, d, 0x4000, 0x9000, 0x3000), VTD_EXISTS);
  EXPECT_FALSE(m.translate(0x10, 0x4000)) << "all or nothing";
  EXPECT_EQ(map(m, d, 0x1001, 0x9000, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 0x1000, 0x9000, 0), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 1ull << 39, 0x9000, 0x1000), VTD_BAD_ARGUMENT) << "MGAW";
  EXPECT_EQ(map(m, d, 0xfee00000, 0x9000, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(m.engine->map(m.handle, 77, 0, 0, 4096, 3), VTD_BAD_ARGUMENT);
  const std::size_t before = m.pages_in_use;
  ASSERT_EQ(map(m, d, 0x401ff000, 0x1801ff000, 0x1000 + 0x40000000 + 0x3fe00000 + 0x1000), VTD_OK);
  EXPECT_LE(m.pages_in_use, before + 3 + 2) << "one table of level 2, two of level 1, and notes";
  EXPECT_EQ(m.translate(0x10, 0x401ff010), (Translation{0x1801ff010, 3}));
  EXPECT_EQ(m.translate(0x10, 0x40345678), (Translation{0x180345678, 3}));
  EXPECT_EQ(m.translate(0x10, 0x80345678), (Translation{0x1c0345678, 3}));
  EXPECT_EQ(m.translate(0x10, 0xc0000000), (Translation{0x200000000, 3}));
  EXPECT_FALSE(m.translate(0x10, 0xc0001000));
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x40200000, 0x1000), VTD_NOT_MAPPED);
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x5000, 0x1000), VTD_NOT_MAPPED);
  m.units[0].told.clear();
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x401ff000, 0x1000 + 0x40000000 + 0x3fe00000 + 0x1000), VTD_OK);
  EXPECT_EQ(m.units[0].told, Told{"iotlb domain 5"});
  EXPECT_EQ(m.translate(0x10, 0x5000), (Translation{0x105000, 3}));
  EXPECT_FALSE(m.translate(0x10, 0x401ff000));
  EXPECT_LE(m.pages_in_use, before + 1);
}

TEST(Map, ALargePageNeedsBothSidesAligned) {
  FakeMachine m;
  m.units[0].capability |= 3ull << 34;
  m.usual();
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  ASSERT_EQ(map(m, d, 0x40000000, 0x9000, 0x400000), VTD_OK);
  EXPECT_EQ(m.translate(0x10, 0x40001000), (Translation{0xa000, 3}));
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x40001000, 0x1000), VTD_OK) << "small pages";
  ASSERT_EQ(map(m, d, 0x80200000, 0x100200000, 0x3fe00000), VTD_OK);
  EXPECT_EQ(m.translate(0x10, 0x80212345), (Translation{0x100212345, 3}));
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x80200000, 0x1000), VTD_NOT_MAPPED) << "a large page";
}

TEST(Map, RespectsPermissionsOnTheWay) {
  FakeMachine m;
  m.usual();
  m.old(0x11000)[1] = 0x14001;
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  EXPECT_EQ(map(m, d, 0x40000000, 0x9000, 0x1000, VTD_WRITE), VTD_EXISTS);
  EXPECT_EQ(map(m, d, 0x40000000, 0x9000, 0x1000, VTD_READ), VTD_OK);
}

TEST(Map, ClonesWhatOthersReach) {
  FakeMachine m;
  m.usual();
  m.context_entry(0x2000, 0x20, 0x10000, 6);  // another domain, the same tables
  m.old(0x12000)[1] = 0x13003;                // another path to the same table
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  m.units[0].told.clear();
  ASSERT_EQ(map(m, d, 0x6000, 0x9000, 0x1000), VTD_OK);
  EXPECT_EQ(m.units[0].told, (Told{"context domain 5", "iotlb domain 5", "iotlb domain 5"}));
  EXPECT_EQ(m.translate(0x10, 0x6000), (Translation{0x9000, 3}));
  EXPECT_EQ(m.translate(0x10, 0x205000), (Translation{0x105000, 3}));
  EXPECT_FALSE(m.translate(0x10, 0x206000));
  EXPECT_FALSE(m.translate(0x20, 0x6000));
  EXPECT_EQ(m.translate(0x20, 0x5000), (Translation{0x105000, 3}));
  EXPECT_EQ(m.engine->detach(m.handle, 0, 0x10), VTD_OK);
  EXPECT_EQ(m.translate(0x20, 0x205000), (Translation{0x105000, 3}));
}

TEST(HandOver, WaitsForAllDevicesAndKeepsNewMappings) {
  for (const unsigned strategy : {VTD_DEEP, VTD_SHALLOW}) {
    FakeMachine m;
    m.usual();
    m.context_entry(0x2000, 0x11, 0x10000, 5);
    m.context_entry(0x2000, 0x20, 0x10000, 6);
    m.old(0x11000)[4] = 0x12003;
    ASSERT_EQ(m.take_over(strategy), VTD_OK);
    const vtd_domain d = m.attach(0x10);
    ASSERT_EQ(map(m, d, 0x7000, 0x9000, 0x1000), VTD_OK);
    EXPECT_EQ(m.engine->hand_over(m.handle, 0, 0x10), VTD_OK);
    EXPECT_TRUE(m.translate(0x10, 0x5000)) << "the other device has not been attached";
    m.attach(0x11);
    EXPECT_EQ(m.engine->hand_over(m.handle, 0, 0x11), VTD_OK);
    EXPECT_FALSE(m.translate(0x10, 0x5000));
    EXPECT_FALSE(m.translate(0x11, 0x100005000));
    EXPECT_EQ(m.translate(0x11, 0x7000), (Translation{0x9000, 3}));
    EXPECT_EQ(m.translate(0x20, 0x5000), (Translation{0x105000, 3}));
    ASSERT_EQ(map(m, d, 0x5000, 0xa000, 0x1000), VTD_OK);
    EXPECT_EQ(m.translate(0x10, 0x5000), (Translation{0xa000, 3}));
  }
}

TEST(Iova, RangesAndHoles) {
  FakeMachine m;
  m.usual();
  m.old(0x13000)[6] = 0x107001;
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  vtd_iova_range r{};
  ASSERT_EQ(m.engine->next_range(m.handle, d.handle, 1, &r), VTD_OK);
  EXPECT_EQ(r.first, 0u);
  EXPECT_EQ(r.last, 0xfffu);
  EXPECT_EQ(r.legacy, 1u);
  ASSERT_EQ(map(m, d, 0x7000, 0x9000, 0x1000), VTD_OK);
  ASSERT_EQ(m.engine->next_range(m.handle, d.handle, 0x1000, &r), VTD_OK);
  EXPECT_EQ(r.first, 0x5000u);
  EXPECT_EQ(r.last, 0x6fffu);
  ASSERT_EQ(m.engine->next_range(m.handle, d.handle, 0x7000, &r), VTD_OK);
  EXPECT_EQ(r.legacy, 0u);
  EXPECT_EQ(m.engine->next_range(m.handle, d.handle, 0x8000, &r), VTD_NOT_MAPPED);
  std::uint64_t iova = 0;
  ASSERT_EQ(m.engine->find_iova(m.handle, d.handle, 0x4000, 0x1000, 0x7000, &iova), VTD_OK);
  EXPECT_EQ(iova, 0x1000u);
  EXPECT_EQ(m.engine->find_iova(m.handle, d.handle, 0x5000, 0x1000, 0x7000, &iova), VTD_EXISTS);
  ASSERT_EQ(m.engine->find_iova(m.handle, d.handle, 0x2000, 0x4000, 0xfef00000 + 0x3000, &iova), VTD_OK);
  EXPECT_EQ(iova, 0xfef00000u);
  ASSERT_EQ(m.engine->find_iova(m.handle, d.handle, 0x4000, 0x4000, 0xfef00000 + 0x3000, &iova), VTD_OK);
  EXPECT_EQ(iova, 0xfedfc000u);
  ASSERT_EQ(m.engine->find_iova(m.handle, d.handle, 0x1000, 0x1000, ~0ull, &iova), VTD_OK);
  EXPECT_EQ(iova, (1ull << 39) - 0x1000) << "MGAW";
}

TEST(Iova, AnswersOnTablesWithPathsWithoutNumber) {
  FakeMachine m;
  m.units[0].capability = (m.units[0].capability & ~0x3f0000ull) | 47ull << 16;
  m.usual();
  for (unsigned i = 0; i < 512; ++i) {
    m.old(0x10000)[i] = 0x11003;
    m.old(0x11000)[i] = 0x12003;
    m.old(0x12000)[i] = 0x13003;
    m.old(0x13000)[i] = 0x100003;
  }
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  vtd_iova_range r{};
  ASSERT_EQ(m.engine->next_range(m.handle, d.handle, 1ull << 40, &r), VTD_OK);
  EXPECT_EQ(r.first, 0u);
  EXPECT_EQ(r.last, (1ull << 48) - 1);
  std::uint64_t iova = 0;
  EXPECT_EQ(m.engine->find_iova(m.handle, d.handle, 0x1000, 0x1000, ~0ull, &iova), VTD_EXISTS);
}

TEST(Audit, TellsHazardsOfContextEntriesAndUnmappedRegions) {
  for (const unsigned strategy : {VTD_DEEP, VTD_SHALLOW}) {
    FakeMachine m;
    m.usual();
    m.old(0x13000)[8] = 0x30001003;
    m.old(0x13000)[9] = 0xfed90003;
    m.old(0x13000)[10] = 0x30002001;  // not writable
    m.context_entry(0x2000, 0x20, 0, 9, 2, 2);
    m.context_entry(0x2000, 0x21, 0x14000, 10, 2, 1);
    m.old(0x14000)[0] = 0x11001;  // the same leaves, but no path to them is writable
    m.old(0x12000)[1] = 0x15003;
    m.old(0x15000)[0] = 0x200003;
    m.reserved = {{0x200000, 0x200fff, 0, 0x10},
                  {0x200000, 0x201fff, 0, 0x10},
                  {0x200000, 0x200fff, 0, 0x30},
                  {0x200000, 0x200fff, 0, 0x20}};
    ASSERT_EQ(m.take_over(strategy), VTD_OK);
    for (unsigned round = 0; round < 2; ++round) {
      ASSERT_EQ(m.engine->audit(m.handle), VTD_OK);
      std::vector<std::array<std::uint64_t, 3>> told;
      for (const vtd_finding& f : m.findings()) told.push_back({f.reason, f.source_id, f.entry});
      EXPECT_EQ(told, (std::vector<std::array<std::uint64_t, 3>>{{VTD_COVERS_CRASH_MEMORY, 0x10, 0x2100},
                                                                 {VTD_COVERS_REGISTERS, 0x10, 0x2100},
                                                                 {VTD_REACHES_EVERYTHING, 0x20, 0x2200},
                                                                 {VTD_BYPASSES_TABLES, 0x21, 0x2210},
                                                                 {VTD_REGION_UNMAPPED, 0x10, 0},
                                                                 {VTD_REGION_UNMAPPED, 0x30, 0}}));
    }
    const vtd_domain d = m.attach(0x30);
    ASSERT_EQ(map(m, d, 0, 0x30003000, 0x1000), VTD_OK);
    ASSERT_EQ(m.engine->audit(m.handle), VTD_OK);
    EXPECT_EQ(m.findings().size(), 6u) << "what map makes is no hazard";
  }
}

}  // namespace
}  // namespace vtd::engine::test
