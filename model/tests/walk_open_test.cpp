// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the specification leaves the outcome open: allowed sets, and outcomes that are undefined.
#include <gtest/gtest.h>

#include "model/tests/tables.h"
#include "model/walk.h"

namespace vtd::model {
namespace {

using test::kContexts, test::kDevice, test::kHole, test::kL1, test::kL2, test::kL3, test::kL4, test::kReadWrite,
    test::kRegisters, test::kRoot, test::Tables;

constexpr unsigned bit_of(Fault f) { return 1u << static_cast<unsigned>(f); }

void expect_either(const Outcome& o, Fault fault, unsigned also) {
  EXPECT_EQ(o.kind, OutcomeKind::fault);
  EXPECT_EQ(o.fault, fault) << fault_name(o.fault);
  EXPECT_EQ(o.allowed_faults, also);
}

class Open : public testing::Test {
 protected:
  Open() { t.simple(); }
  OutcomeKind kind(Iova iova = 0x1000, Access access = Access::read) const { return t.at(iova, access).kind; }
  Tables t;
};

TEST_F(Open, TablesInRegistersOrInTheInterruptRange) {
  for (const Address where : {kRegisters, Address{0xfee00000}, Address{0xfeeff000}}) {
    Tables fresh;
    fresh.simple();
    fresh.paging(kL2, 0, where | kReadWrite);
    EXPECT_EQ(fresh.at(0x1000).kind, OutcomeKind::undefined);
    fresh.context(kDevice, where | 1, 2);
    EXPECT_EQ(fresh.at(0x1000).kind, OutcomeKind::undefined);
    fresh.root(0, where | 1);
    EXPECT_EQ(fresh.at(0x1000).kind, OutcomeKind::undefined);
    fresh.hierarchy.root = where;
    EXPECT_EQ(fresh.at(0x1000).kind, OutcomeKind::undefined);
  }
}

TEST_F(Open, TablesInAPageThatIsOnlyPartlyMemory) {
  t.machine.memory.add_range(kL1 + 0x800, kL1 + 0xfff, MemoryKind::hole);
  EXPECT_EQ(kind(), OutcomeKind::undefined);
}

TEST_F(Open, OldTablesInTheReservationOfTheirOwnTakeoverAndNoOther) {
  ASSERT_TRUE(t.machine.memory.set_crash(0, kL1, kL1 + 0xfff));
  EXPECT_EQ(kind(), OutcomeKind::translated) << "no reservation counts";
  t.hierarchy.old_for_generation = 1;
  EXPECT_EQ(kind(), OutcomeKind::translated);
  t.hierarchy.old_for_generation = 0;
  EXPECT_EQ(kind(), OutcomeKind::undefined);
}

TEST_F(Open, AReservationIsMemoryWhateverTheMapSays) {
  ASSERT_TRUE(t.machine.memory.set_crash(0, kHole, kHole + 0xfff));
  t.paging(kL2, 0, kHole | kReadWrite);
  t.paging(kHole, 1, 0x9000 | kReadWrite);
  EXPECT_EQ(t.at(0x1000).address, 0x9000u);
}

TEST_F(Open, ARootPointerAboveTheHostAddressWidth) {
  t.hierarchy.root = uint64_t{1} << 46 | kRoot;
  EXPECT_EQ(kind(), OutcomeKind::undefined);
}

TEST_F(Open, ScalableModeWhereTheUnitHasIt) {
  t.supports(test::kCapability, test::kExtended | uint64_t{1} << 43);
  t.hierarchy.root = kRoot | 1 << 10;
  EXPECT_EQ(kind(), OutcomeKind::undefined);
}

TEST_F(Open, AWriteToTheInterruptRange) { EXPECT_EQ(kind(0xfee00000, Access::write), OutcomeKind::undefined); }

TEST_F(Open, PassThroughWithAnotherThanTheLargestWidth) {
  t.context(kDevice, 1 | 2 << 2, 2);
  EXPECT_EQ(kind(), OutcomeKind::undefined);
  t.supports(test::kCapability & ~uint64_t{0x800}, test::kExtended);
  EXPECT_EQ(kind(), OutcomeKind::translated);
}

TEST_F(Open, PassThroughWithAPointerAboveTheHostAddressWidth) {
  t.context(kDevice, uint64_t{1} << 46 | 1 | 2 << 2, 3);
  EXPECT_EQ(kind(), OutcomeKind::undefined);
  t.context(kDevice, uint64_t{1} << 46 | 1 | 2 << 2 | 0x10, 3);
  expect_either(t.at(0x1000), Fault::context_reserved, 0);
  t.context(kDevice, uint64_t{1} << 46 | 1 | 2 << 2, 3 | 0x80);
  expect_either(t.at(0x1000), Fault::context_reserved, 0);
}

TEST_F(Open, AContextThatIsBothReservedAndInvalid) {
  t.context(kDevice, kL4 | 1 | 0x10, 0);
  expect_either(t.at(0x1000), Fault::context_reserved, bit_of(Fault::context_invalid));
}

// An entry that denies the access, and a bad one: either code, but never a translation.
TEST_F(Open, DeniedAboveOrInABadEntry) {
  t.paging(kL1, 1, 0x8000 | uint64_t{1} << 62 | 1);
  expect_either(t.at(0x1000, Access::write), Fault::no_write_permission, bit_of(Fault::paging_reserved));
  expect_either(t.at(0x1000), Fault::paging_reserved, 0);
  t.paging(kL3, 0, kL2 | 2);
  expect_either(t.at(0x1000), Fault::no_read_permission, bit_of(Fault::paging_reserved));
  t.paging(kL2, 0, kHole | kReadWrite);
  expect_either(t.at(0x1000), Fault::no_read_permission, bit_of(Fault::paging_unreadable));
  expect_either(t.at(0x1000, Access::write), Fault::paging_unreadable, 0);
  t.paging(kL2, 0, kRegisters | kReadWrite);
  expect_either(t.at(0x1000), Fault::no_read_permission,
                bit_of(Fault::paging_unreadable) | bit_of(Fault::paging_reserved));
  EXPECT_EQ(kind(0x1000, Access::write), OutcomeKind::undefined);
}

}  // namespace
}  // namespace vtd::model
