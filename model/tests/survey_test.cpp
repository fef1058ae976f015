// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a survey counts, that it stays linear where paths explode, and that every range it lists is what a walk finds.
#include "model/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "model/tests/tables.h"

namespace vtd::model {
namespace {

using test::kContexts, test::kDevice, test::kHole, test::kL1, test::kL2, test::kL3, test::kL4, test::kPageSize,
    test::kReadWrite, test::kRegisters, test::kRoot, test::Tables;
using testing::ElementsAre, testing::IsEmpty;

class Surveyed : public testing::Test {
 protected:
  Surveyed() { t.simple(); }
  const Space& space() {
    s = survey(t.hierarchy);
    EXPECT_EQ(s.spaces.size(), 1u);
    return s.spaces.at(0);
  }
  Tables t;
  Survey s;
};

TEST_F(Surveyed, CountsTablesDevicesAndLeaves) {
  t.paging(kL1, 2, 0x9000 | kReadWrite);
  t.paging(kL1, 4, 0xa000 | 1);
  t.paging(kL2, 1, 0x40000000 | kPageSize | kReadWrite);
  t.paging(kL3, 5, 0x140000000 | kPageSize | 2);
  const Space& space = this->space();
  EXPECT_THAT(s.table_pages, ElementsAre(0, 1, 1, 1, 1, 0, 1, 1));
  EXPECT_EQ(s.distinct_table_pages, 6u);
  EXPECT_EQ(s.superpages, 2u);
  EXPECT_THAT(s.domain_ids, ElementsAre(5));
  ASSERT_EQ(s.devices.size(), 1u);
  EXPECT_EQ(s.devices[0].source, kDevice);
  EXPECT_EQ(s.devices[0].at, kContexts + 0x100);
  EXPECT_EQ(s.devices[0].space, 0u);
  EXPECT_EQ(space.table, kL4);
  EXPECT_EQ(space.levels, 4u);
  EXPECT_THAT(space.tables, ElementsAre(0, 1, 1, 1, 1, 0));
  EXPECT_THAT(space.leaves, ElementsAre(0, 3, 1, 1));
  EXPECT_THAT(space.permissions, ElementsAre(0, 1, 1, 3));
  EXPECT_EQ(space.ranges, 4u);
  EXPECT_EQ(space.listed.size(), 4u);
  EXPECT_EQ(space.mapped_bytes, 0x3000u + 0x200000 + 0x40000000);
  EXPECT_EQ(space.lowest, 0x1000u);
  EXPECT_EQ(space.highest, 0x17fffffffu);
  EXPECT_FALSE(space.truncated);
}

// Runs join across tables and page sizes when IOVA and address go on and permissions stay.
TEST_F(Surveyed, RangesAreMaximal) {
  t.paging(kL1, 1, 0);
  t.paging(kL1, 510, 0x3fe000 | kReadWrite);
  t.paging(kL1, 511, 0x3ff000 | kReadWrite);
  t.paging(kL2, 1, 0x400000 | kPageSize | kReadWrite);
  t.paging(kL2, 2, 0x17000 | kReadWrite);
  t.paging(0x17000, 0, 0x600000 | kReadWrite);
  t.paging(0x17000, 1, 0x601000 | 1);
  const Space& space = this->space();
  EXPECT_EQ(space.ranges, 2u);
  ASSERT_EQ(space.listed.size(), 2u);
  EXPECT_EQ(space.listed[0].first, 0x1fe000u);
  EXPECT_EQ(space.listed[0].last, 0x400fffu);
  EXPECT_EQ(space.listed[0].address, 0x3fe000u);
  EXPECT_EQ(space.listed[1].permissions, 1u);
  EXPECT_EQ(space.listed[1].first, 0x401000u);
}

TEST_F(Surveyed, PermissionsAreEffectiveAndNoneIsNoRange) {
  t.paging(kL3, 0, kL2 | 1);
  t.paging(kL1, 2, 0x9000 | 2);
  const Space& space = this->space();
  EXPECT_THAT(space.permissions, ElementsAre(1, 1, 0, 0));
  EXPECT_EQ(space.ranges, 1u);
  EXPECT_EQ(space.mapped_bytes, 0x1000u);
}

TEST_F(Surveyed, SharedTablesCountOncePerSpaceAndMapOncePerPath) {
  t.paging(kL2, 7, kL1 | kReadWrite);
  t.context(kDevice + 1, kL4 | 1, 2 | 6 << 8);
  t.context(kDevice + 2, kL3 | 1, 1 | 6 << 8);  // three levels: a space of its own
  s = survey(t.hierarchy);
  EXPECT_THAT(s.table_pages, ElementsAre(0, 1, 1, 1, 1, 0, 1, 1));
  ASSERT_EQ(s.spaces.size(), 2u);
  EXPECT_EQ(s.devices[0].space, s.devices[1].space);
  EXPECT_EQ(s.spaces[0].leaves[1], 2u);
  EXPECT_THAT(s.spaces[1].tables, ElementsAre(0, 1, 1, 1, 0, 0));
  EXPECT_THAT(s.domain_ids, ElementsAre(5, 6));
}

TEST_F(Surveyed, RootEntriesMayShareAContextTable) {
  for (unsigned bus = 0; bus < 256; ++bus) t.root(bus, kContexts | 1);
  s = survey(t.hierarchy);
  EXPECT_EQ(s.devices.size(), 256u);
  EXPECT_EQ(s.devices[255].source, 0xff10);
  EXPECT_EQ(s.table_pages[kContextRole], 1u);
  EXPECT_EQ(s.spaces.size(), 1u);
}

TEST_F(Surveyed, DevicesWithoutASpace) {
  t.context(0, kL4 | 1 | 0x10, 2 | 7 << 8);   // reserved bits: the id does not count
  t.context(1, kL4 | 1, 0 | 8 << 8);          // invalid width
  t.context(2, 1 | 2 << 2, 3 | 9 << 8);       // pass-through
  t.context(3, kHole | 1, 2 | 10 << 8);       // a table in a hole
  t.context(4, kRegisters | 1, 2 | 10 << 8);  // a table in registers
  t.context(5, kL4 | 2, 2 | 11 << 8);         // not present
  s = survey(t.hierarchy);
  ASSERT_EQ(s.devices.size(), 6u);
  constexpr Verdict128 kVerdicts[] = {Verdict128::reserved, Verdict128::invalid, Verdict128::pass_through,
                                      Verdict128::follow,   Verdict128::follow,  Verdict128::follow};
  for (unsigned i = 0; i < 6; ++i) {
    EXPECT_EQ(s.devices[i].verdict, kVerdicts[i]) << i;
    EXPECT_EQ(s.devices[i].space == SurveyedDevice::kNoSpace, i < 5) << i;
  }
  EXPECT_THAT(s.domain_ids, ElementsAre(5, 8, 9, 10));
}

TEST_F(Surveyed, NothingWithoutAReadableLegacyRoot) {
  t.hierarchy.root = kHole;
  EXPECT_FALSE(survey(t.hierarchy).root_readable);
  t.hierarchy.root = kRoot | 1 << 10;
  EXPECT_FALSE(survey(t.hierarchy).root_readable);
  EXPECT_THAT(survey(t.hierarchy).devices, IsEmpty());
}

TEST_F(Surveyed, APageInTwoRolesIsOnePage) {
  t.paging(kL2, 0, kL4 | kReadWrite);  // level 4 as level 1
  space();
  EXPECT_EQ(s.distinct_table_pages, 5u);
  EXPECT_EQ(s.table_pages[1], 1u);
  EXPECT_EQ(s.table_pages[4], 1u);
}

// Tables count even where no IOVA of this unit leads, ranges do not.
TEST_F(Surveyed, OnlyIovasOfTheGuestAddressWidthMap) {
  t.supports((test::kCapability & ~(uint64_t{63} << 16)) | 38 << 16, test::kExtended);
  t.paging(kL4, 1, kL3 | kReadWrite);
  EXPECT_EQ(space().ranges, 1u);
  EXPECT_EQ(s.spaces[0].highest, 0x1fffu);
  t.supports((test::kCapability & ~(uint64_t{63} << 16)) | 31 << 16, test::kExtended);  // 4 GiB: inside the first entry
  t.paging(kL3, 3, 0x40000000 | kPageSize | kReadWrite);
  t.paging(kL3, 4, 0x140000000 | kPageSize | kReadWrite);
  EXPECT_EQ(space().ranges, 2u);
  EXPECT_EQ(s.spaces[0].highest, 0xffffffffu);
  EXPECT_THAT(s.spaces[0].tables, ElementsAre(0, 1, 1, 1, 1, 0));
}

// Four pages, 2^36 paths: every entry of each upper table names the one below.
TEST_F(Surveyed, ExplodingPathsStayLinearAndExact) {
  for (unsigned i = 0; i < kEntriesPerPage; ++i) {
    t.paging(kL4, i, kL3 | kReadWrite);
    t.paging(kL3, i, kL2 | kReadWrite);
    t.paging(kL2, i, kL1 | kReadWrite);
  }
  t.paging(kL1, 0, 0x9000 | kReadWrite);
  t.paging(kL1, 511, 0x8000 | kReadWrite);  // runs on into the next path's first page
  t.paging(kL1, 1, 0);
  const Space& space = this->space();
  constexpr uint64_t kPaths = uint64_t{1} << 27;
  EXPECT_EQ(space.leaves[1], 2 * kPaths);
  EXPECT_EQ(space.ranges, kPaths + 1);
  EXPECT_EQ(space.mapped_bytes, 2 * kPaths * kPageBytes);
  EXPECT_EQ(space.highest, (uint64_t{1} << 48) - 1);
  EXPECT_TRUE(space.truncated);
  EXPECT_LE(space.listed.size(), Survey::kRangesMost);
  EXPECT_GT(space.listed.size(), 1000u);
}

// Nothing is mapped below: there is nothing to list, and no path is taken.
TEST_F(Surveyed, PathsThatMapNothingAreNotTaken) {
  t.paging(kL1, 1, 0);
  for (unsigned i = 0; i < kEntriesPerPage; ++i) {
    t.paging(kL4, i, kL3 | kReadWrite);
    t.paging(kL3, i, kL2 | kReadWrite);
    t.paging(kL2, i, kL1 | kReadWrite);
  }
  EXPECT_EQ(space().ranges, 0u);
  EXPECT_FALSE(s.spaces[0].truncated);
}

// --- against the walk ------------------------------------------------------------------------------------------------

// A few tables full of random links and leaves, reserved bits and bad pointers among them.
class Random : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr Address kFirstTable = 0x20000;
  static constexpr unsigned kTables = 6;

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  uint64_t entry(unsigned number) {
    const uint64_t permissions = below(4);
    switch (below(8)) {
      case 0:
        return kHole | permissions;
      case 1:
        return uint64_t{1} << 62 | kL1 | permissions;
      case 2:
        return 0x40000000 | kPageSize | permissions;
      case 3:
        return (Address{0x40000000} + number * Address{0x200000}) | kPageSize | permissions;
      default:
        return (kFirstTable + below(kTables) * kPageBytes) | permissions;
    }
  }
  // Few indexes, neighbours among them, so that a scan of all their combinations is short.
  static constexpr unsigned kIndexes[] = {0, 1, 2, 510, 511};

  std::mt19937_64 random_{GetParam()};
};

TEST_P(Random, ListedRangesAreExactlyWhatWalksFind) {
  Tables t;
  t.context(kDevice, kFirstTable | 1, 1);  // three levels
  for (unsigned table = 0; table < kTables; ++table) {
    for (const unsigned index : kIndexes) t.paging(kFirstTable + table * kPageBytes, index, entry(index));
  }
  const Survey s = survey(t.hierarchy);
  ASSERT_EQ(s.spaces.size(), 1u);
  const Space& space = s.spaces[0];
  ASSERT_FALSE(space.truncated);
  ASSERT_EQ(space.listed.size(), space.ranges);

  const auto expected = [&](Iova iova) -> const MappedRange* {
    for (const MappedRange& r : space.listed) {
      if (iova >= r.first && iova <= r.last) return &r;
    }
    return nullptr;
  };
  for (const unsigned i : kIndexes) {
    for (const unsigned j : kIndexes) {
      for (const unsigned k : kIndexes) {
        const Iova iova = Iova{i} << 30 | Iova{j} << 21 | Iova{k} << 12;
        const MappedRange* range = expected(iova);
        for (const Access access : {Access::read, Access::write}) {
          const bool allowed = range != nullptr && (range->permissions & static_cast<unsigned>(access)) != 0;
          const Outcome o = walk(t.hierarchy, {kDevice, iova, access, RequestType::untranslated});
          ASSERT_EQ(o.kind == OutcomeKind::translated, allowed) << std::hex << iova;
          if (allowed) { ASSERT_EQ(o.address, range->address + (iova - range->first)) << std::hex << iova; }
        }
      }
    }
  }

  uint64_t bytes = 0;
  for (std::size_t i = 0; i < space.listed.size(); ++i) {
    bytes += space.listed[i].last - space.listed[i].first + 1;
    if (i == 0) continue;
    const MappedRange &before = space.listed[i - 1], &range = space.listed[i];
    ASSERT_GT(range.first, before.last);
    const bool joins = before.last + 1 == range.first && before.permissions == range.permissions &&
                       before.address + (range.first - before.first) == range.address;
    ASSERT_FALSE(joins);
  }
  ASSERT_EQ(bytes, space.mapped_bytes);
  if (space.ranges != 0) {
    ASSERT_EQ(space.lowest, space.listed.front().first);
    ASSERT_EQ(space.highest, space.listed.back().last);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, Random, testing::Range(0u, 100u));

}  // namespace
}  // namespace vtd::model
