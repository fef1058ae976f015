// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every rule and fault reason of the legacy walk. What the specification leaves open is in walk_open_test.cpp.
#include "model/walk.h"

#include <gtest/gtest.h>

#include "model/tests/tables.h"

namespace vtd::model {
namespace {

using test::kContexts, test::kDevice, test::kHole, test::kL1, test::kL2, test::kL3, test::kL4, test::kL5,
    test::kPageSize, test::kReadWrite, test::kRoot, test::kSnoop, test::Tables;

constexpr uint64_t kRead = 1, kWrite = 2;

void expect_fault(const Outcome& o, Fault fault, bool recorded = true) {
  EXPECT_EQ(o.kind, OutcomeKind::fault);
  EXPECT_EQ(o.fault, fault) << fault_name(o.fault) << ", expected " << fault_name(fault);
  EXPECT_EQ(o.allowed_faults, 0) << "an exact code";
  EXPECT_EQ(o.recorded, recorded);
}
void expect_address(const Outcome& o, Address address, unsigned permissions = 3, unsigned page_shift = 12) {
  EXPECT_EQ(o.kind, OutcomeKind::translated) << fault_name(o.fault);
  EXPECT_EQ(o.address, address);
  EXPECT_EQ(o.permissions, permissions);
  EXPECT_EQ(o.page_shift, page_shift);
  EXPECT_EQ(o.allowed_faults, 0);
}

class Walk : public testing::Test {
 protected:
  Walk() { t.simple(); }
  void context(uint64_t low, uint64_t high) { t.context(kDevice, low, high); }
  Tables t;
};

TEST_F(Walk, TranslatesAndTellsItsPath) {
  const Outcome o = t.at(0x1abc);
  expect_address(o, 0x8abc);
  ASSERT_EQ(o.depth, 6u);
  const Outcome::Visited expected[] = {{7, kRoot, kContexts | 1}, {6, kContexts + 0x100, kL4 | 1},
                                       {4, kL4, kL3 | 3},         {3, kL3, kL2 | 3},
                                       {2, kL2, kL1 | 3},         {1, kL1 + 8, 0x8003}};
  for (unsigned i = 0; i < 6; ++i) {
    EXPECT_EQ(o.path[i].role, expected[i].role);
    EXPECT_EQ(o.path[i].entry, expected[i].entry);
    EXPECT_EQ(o.path[i].value, expected[i].value);
  }
}

TEST_F(Walk, IndexesEveryLevelByItsOwnNineBits) {
  const Iova iova = Iova{1} << 48 | Iova{2} << 39 | Iova{3} << 30 | Iova{4} << 21 | Iova{5} << 12 | 0x678;
  context(kL5 | 1, 3);
  t.paging(kL5, 1, kL4 | kReadWrite);
  t.paging(kL4, 2, kL3 | kReadWrite);
  t.paging(kL3, 3, kL2 | kReadWrite);
  t.paging(kL2, 4, kL1 | kReadWrite);
  t.paging(kL1, 5, 0x9000 | kReadWrite);
  expect_address(t.at(iova), 0x9678);
  expect_fault(t.at(iova ^ Iova{1} << 48), Fault::no_read_permission);
}

TEST_F(Walk, LargePagesKeepTheLowBitsOfTheIova) {
  t.paging(kL2, 1, 0x40000000 | kPageSize | kSnoop | kReadWrite);
  t.paging(kL3, 1, 0x140000000 | kPageSize | kReadWrite);
  expect_address(t.at(0x3fffff), 0x401fffff, 3, 21);
  EXPECT_TRUE(t.at(0x3fffff).snoop);
  expect_address(t.at(0x7fffffff), 0x17fffffff, 3, 30);
  EXPECT_FALSE(t.at(0x7fffffff).snoop);
  context(kL3 | 1, 1);  // three levels, whose top entries may be 1 GiB leaves
  expect_address(t.at(0x40000005), 0x140000005, 3, 30);
}

TEST_F(Walk, IgnoredBitsAreIgnored) {
  context(kL4 | 1, 2 | 0xf << 3);
  constexpr uint64_t kIgnored = uint64_t{1} << 63 | uint64_t{0x3ff} << 52 | 0x700 | 0x7c;
  t.paging(kL4, 0, kL3 | kIgnored | kReadWrite);
  t.paging(kL2, 0, kL1 | kIgnored | kReadWrite);
  t.paging(kL1, 1, 0x8000 | kIgnored | kPageSize | kReadWrite);
  expect_address(t.at(0x1000), 0x8000);
}

// --- root and context ------------------------------------------------------------------------------------------------

TEST_F(Walk, RootFaults) {
  t.hierarchy.root = kHole;
  expect_fault(t.at(0x1000), Fault::root_unreadable);
  t.hierarchy.root = kRoot;
  t.root(0, (kContexts | 0xfffffff000000ffe) & ~uint64_t{1});
  expect_fault(t.at(0x1000), Fault::root_not_present);
  t.root(0, kContexts | 3);
  expect_fault(t.at(0x1000), Fault::root_reserved);
  t.root(0, kContexts | 1, 1);
  expect_fault(t.at(0x1000), Fault::root_reserved);
  t.root(0, uint64_t{1} << 46 | kContexts | 1);
  expect_fault(t.at(0x1000), Fault::root_reserved);
  t.root(0, kHole | 1);
  expect_fault(t.at(0x1000), Fault::context_unreadable);
}

TEST_F(Walk, ModesOtherThanLegacyAreNotWalked) {
  for (const uint64_t mode : {1u, 2u, 3u}) {
    t.hierarchy.root = kRoot | mode << 10;
    expect_fault(t.at(0x1000), Fault::invalid_root_address);
  }
  t.supports(test::kCapability, test::kExtended | uint64_t{1} << 52);
  t.hierarchy.root = kRoot | 3 << 10;
  expect_fault(t.at(0x1000), Fault::dma_aborted);
  t.hierarchy.root = kRoot | 1 << 7;
  expect_fault(t.at(0x1000), Fault::invalid_root_address);
}

TEST_F(Walk, ContextFaultsAndFaultProcessingDisabled) {
  for (const uint64_t off : {0u, 2u}) {
    const bool recorded = off == 0;
    context(off | kL4, 2);
    expect_fault(t.at(0x1000), Fault::context_not_present, recorded);
    for (const auto& [low, high] : {std::pair<uint64_t, uint64_t>{0x10, 0},
                                    {0x800, 0},
                                    {uint64_t{1} << 46, 0},
                                    {0, 0x80},
                                    {0, 1 << 24},
                                    {0, uint64_t{1} << 63}}) {
      context(kL4 | off | 1 | low, 2 | high);
      expect_fault(t.at(0x1000), Fault::context_reserved, recorded);
    }
    for (const uint64_t width : {0u, 4u, 5u, 6u, 7u}) {
      context(kL4 | off | 1, width);
      expect_fault(t.at(0x1000), Fault::context_invalid, recorded);
    }
    context(kL4 | off | 1 | 3 << 2, 2);
    expect_fault(t.at(0x1000), Fault::context_invalid, recorded);
    context(kHole | off | 1, 2);
    expect_fault(t.at(0x1000), Fault::context_invalid, recorded);  // LCT.4.3: the top table cannot be read
    context(kL4 | off | 1, 2);
    expect_fault(t.at(0x5000), Fault::no_read_permission, recorded);
  }
}

TEST_F(Walk, UnsupportedWidthsAndTypesAreInvalid) {
  t.supports(test::kCapability & ~uint64_t{0xa00}, test::kExtended & ~uint64_t{0x44});
  for (const uint64_t width : {1u, 3u}) {
    context(kL4 | 1, width);
    expect_fault(t.at(0x1000), Fault::context_invalid);
  }
  for (const uint64_t type : {1u, 2u}) {
    context(kL4 | 1 | type << 2, 2);
    expect_fault(t.at(0x1000), Fault::context_invalid);
  }
  context(kL4 | 1, 2);
  expect_address(t.at(0x1000), 0x8000);
}

TEST_F(Walk, DomainIdBitsAboveTheWidthAreReserved) {
  t.supports((test::kCapability & ~uint64_t{7}) | 2, test::kExtended);
  context(kL4 | 1, 2 | 0xff << 8);
  expect_address(t.at(0x1000), 0x8000);
  context(kL4 | 1, 2 | 0x100 << 8);
  expect_fault(t.at(0x1000), Fault::context_reserved);
}

TEST_F(Walk, PassThroughIsLimitedByTheHostOnly) {
  context(kHole | 1 | 2 << 2, 3);
  expect_address(t.at(0x123456789abc), 0x123456789abc, 3, 0);
  expect_address(t.at(0x3fffffffffff, Access::write), 0x3fffffffffff, 3, 0);
  expect_fault(t.at(0x400000000000), Fault::address_beyond_width);
}

TEST_F(Walk, InputIsLimitedByTheTableAndByTheUnit) {
  expect_fault(t.at(Iova{1} << 48), Fault::address_beyond_width);
  expect_fault(t.at((Iova{1} << 48) - 1), Fault::no_read_permission);
  t.supports((test::kCapability & ~(uint64_t{63} << 16)) | 38 << 16, test::kExtended);
  t.paging(kL4, 1, kL3 | kReadWrite);
  expect_fault(t.at(Iova{1} << 39 | 0x1000), Fault::address_beyond_width);
  expect_address(t.at(0x1000), 0x8000);
  context(kHole | 1, 2);
  expect_fault(t.at(Iova{1} << 39), Fault::address_beyond_width);  // before any table is fetched
}

// --- paging ----------------------------------------------------------------------------------------------------------

TEST_F(Walk, PermissionsAreWhatAllLevelsAllow) {
  t.paging(kL3, 0, kL2 | kRead);
  expect_address(t.at(0x1000), 0x8000, kRead);
  expect_fault(t.at(0x1000, Access::write), Fault::no_write_permission);
  t.paging(kL2, 0, kL1 | kWrite);
  expect_fault(t.at(0x1000), Fault::no_read_permission);
  expect_fault(t.at(0x1000, Access::write), Fault::no_write_permission);
  expect_fault(t.at(0x1000, Access::zero_length_read), Fault::no_read_permission);
}

TEST_F(Walk, ZeroLengthReadsOfWriteOnlyPagesNeedTheCapability) {
  t.paging(kL1, 1, 0x8000 | kWrite);
  expect_address(t.at(0x1000, Access::write), 0x8000, kWrite);
  expect_fault(t.at(0x1000), Fault::no_read_permission);
  expect_address(t.at(0x1000, Access::zero_length_read), 0x8000, kWrite);
  t.supports(test::kCapability & ~(uint64_t{1} << 22), test::kExtended);
  expect_fault(t.at(0x1000, Access::zero_length_read), Fault::no_read_permission);
}

TEST_F(Walk, NotPresentMeansNothingElseIsLookedAt) {
  t.paging(kL2, 0, ~kReadWrite);
  expect_fault(t.at(0x1000), Fault::no_read_permission);
  expect_fault(t.at(0x1000, Access::write), Fault::no_write_permission);
}

TEST_F(Walk, ReservedBitsOfPagingEntries) {
  const struct {
    Address table;
    unsigned index;
    uint64_t entry;
  } rows[] = {{kL4, 0, kL3 | kPageSize | kReadWrite},
              {kL4, 0, kL3 | kSnoop | kReadWrite},
              {kL3, 0, kL2 | kSnoop | kReadWrite},
              {kL2, 0, kL1 | uint64_t{1} << 62 | kReadWrite},
              {kL2, 0, kL1 | uint64_t{1} << 46 | kReadWrite},
              {kL2, 0, kL1 | uint64_t{1} << 51 | kReadWrite},
              {kL2, 0, 0x201000 | kPageSize | kReadWrite},
              {kL3, 0, 0x40200000 | kPageSize | kReadWrite},
              {kL1, 1, 0x8000 | uint64_t{1} << 62 | kReadWrite},
              {kL1, 1, 0x8000 | uint64_t{1} << 50 | kReadWrite},
              {kL1, 1, ~uint64_t{0}}};
  for (const auto& row : rows) {
    Tables fresh;
    fresh.simple();
    fresh.paging(row.table, row.index, row.entry);
    SCOPED_TRACE(row.entry);
    expect_fault(fresh.at(0x1000), Fault::paging_reserved);
  }
}

TEST_F(Walk, UnsupportedPageSizesAndSnoopingAreReserved) {
  t.paging(kL2, 1, 0x40000000 | kPageSize | kReadWrite);
  t.paging(kL3, 1, 0x40000000 | kPageSize | kReadWrite);
  t.paging(kL1, 2, 0x8000 | kSnoop | kReadWrite);
  t.supports(test::kCapability & ~(uint64_t{1} << 34), test::kExtended);
  expect_fault(t.at(0x200000), Fault::paging_reserved);
  t.supports(test::kCapability & ~(uint64_t{1} << 35), test::kExtended & ~uint64_t{0x80});
  expect_address(t.at(0x200000), 0x40000000, 3, 21);
  expect_fault(t.at(0x40000000), Fault::paging_reserved);
  expect_fault(t.at(0x2000), Fault::paging_reserved);
}

TEST_F(Walk, LowerTablesInHolesAreUnreadable) {
  t.paging(kL3, 0, kHole | kReadWrite);
  expect_fault(t.at(0x1000), Fault::paging_unreadable);
  t.paging(kL4, 0, kHole | kReadWrite);
  expect_fault(t.at(0x1000), Fault::paging_unreadable);
}

TEST_F(Walk, TablesMayLieInAnyMemoryTheUnitCanRead) {
  t.machine.memory.add_range(kL1, kL1 + 0xfff, MemoryKind::reserved);
  t.machine.memory.add_range(kL2, kL2 + 0xfff, MemoryKind::acpi);
  expect_address(t.at(0x1000), 0x8000);
}

TEST_F(Walk, AWalkEndsThoughTablesNameThemselves) {
  t.paging(kL4, 0, kL4 | kReadWrite);  // level 4, 3, 2 and 1 in one page: the last is data
  expect_address(t.at(0x1000 - 0x1000), kL4, 3, 12);
  t.simple();
  t.paging(kL2, 0, kL4 | kReadWrite);  // level 2 back to the top table, read as level 1
  t.paging(kL4, 1, 0x9000 | kPageSize | kReadWrite);
  expect_address(t.at(0x1000), 0x9000);
}

TEST_F(Walk, OnePageInTwoRolesIsParsedByRole) {
  context(kContexts | 1, 2);  // the context table is also the level-4 table: entry 0 is not present
  expect_fault(t.at(0x1000), Fault::no_read_permission);
  t.root(0, kRoot | 1);  // the root table is also the context table of bus 0: width code 0
  expect_fault(t.at(0x1000, Access::read, RequestType::untranslated, 0), Fault::context_invalid);
  expect_fault(t.at(0x1000), Fault::context_not_present);
}

// --- interrupts and device-TLBs --------------------------------------------------------------------------------------

TEST_F(Walk, OutputInTheInterruptRangeFaults) {
  t.paging(kL1, 1, 0xfee00000 | kReadWrite);
  expect_fault(t.at(0x1000), Fault::interrupt_range);
  t.paging(kL3, 1, 0xc0000000 | kPageSize | kReadWrite);  // a 1 GiB page around the range
  expect_fault(t.at(0x40000000 + 0x3eefffff), Fault::interrupt_range);
  expect_address(t.at(0x40000000 + 0x3ef00000), 0xfef00000, 3, 30);
  expect_address(t.at(0x40000000 + 0x3edfffff), 0xfedfffff, 3, 30);
}

TEST_F(Walk, InputInTheInterruptRangeIsNotTranslated) {
  context(0, 0);
  expect_fault(t.at(0xfee00000), Fault::illegal_interrupt_request);
  expect_address(t.at(0xfeefffff, Access::zero_length_read), 0xfeefffff, 0, 0);
  expect_fault(t.at(0xfef00000), Fault::context_not_present);
}

TEST_F(Walk, OnlyDeviceTlbContextsAdmitTranslationAndTranslatedRequests) {
  for (const RequestType type : {RequestType::translation_request, RequestType::translated}) {
    for (const uint64_t tt : {0u, 2u}) {
      context(kL4 | 1 | tt << 2, 3);
      expect_fault(t.at(0x1000, Access::read, type), Fault::request_blocked);
    }
  }
  context(kL4 | 1 | 1 << 2, 2);
  expect_address(t.at(0x1000), 0x8000);
  expect_address(t.at(0x5000, Access::write, RequestType::translated), 0x5000, 3, 0);
  expect_fault(t.at(Iova{1} << 46, Access::read, RequestType::translated), Fault::address_beyond_width);
  expect_fault(t.at(0xfee00000, Access::read, RequestType::translated), Fault::interrupt_range);
}

TEST_F(Walk, TranslationRequestsAreToldWhatTheyGet) {
  constexpr RequestType kAsk = RequestType::translation_request;
  context(kL4 | 1 | 1 << 2, 2);
  t.paging(kL1, 1, 0x8000 | kRead);
  expect_address(t.at(0x1000, Access::write, kAsk), 0x8000, kRead);
  expect_address(t.at(0x5000, Access::read, kAsk), 0, 0);
  expect_address(t.at(Iova{1} << 48, Access::read, kAsk), 0, 0);
  t.paging(kL3, 1, 0xc0000000 | kPageSize | kReadWrite);
  expect_fault(t.at(0x40000000, Access::read, kAsk), Fault::interrupt_range);  // the whole page counts
  t.paging(kL1, 1, 0x8000 | uint64_t{1} << 62 | kRead);
  expect_fault(t.at(0x1000, Access::read, kAsk), Fault::paging_reserved);
}

TEST(FaultNames, AreDistinct) {
  EXPECT_STREQ(fault_name(Fault::paging_reserved), "reserved bits in paging entry");
  EXPECT_STREQ(fault_name(static_cast<Fault>(0x1f)), "unknown");
}

}  // namespace
}  // namespace vtd::model
