// SPDX-License-Identifier: Apache-2.0 OR MIT
// Who changed a page of a dead machine: every excuse, and where it ends.
#include <gtest/gtest.h>

#include "harness/qemu/changes.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;

constexpr Address kEngines = 0x30000000, kReserved = 0x30001000, kTable = 0x1000000, kCards = 0x8000, kDisks = 0x9000;
constexpr Address kProcessors = 0xa000, kOther = 0xb000;

ChangedPage changed(Address page, std::size_t bytes) {
  ChangedPage change{page, {}};
  for (std::size_t i = 0; i < bytes; ++i) change.bytes.push_back(page + 0x10 + i);
  return change;
}

// The disk may write everywhere but to `kCards`, and the processor was seen in three pages.
Culprits of(const std::vector<ChangedPage>& changes) {
  Suspects suspects;
  suspects.engines = {kEngines};
  suspects.card_wrote = [](Address at) { return at >= kCards + 0x10 && at < kCards + 0x20; };
  suspects.cards = {kCards};
  suspects.disks = {kDisks, kReserved, kTable};
  suspects.processors = {kProcessors, kReserved, kTable};
  suspects.reservation = {0x30000000, 0x30ffffff, model::MemoryKind::ram};
  suspects.tables = {kTable};
  return explain(changes, suspects);
}

TEST(Changes, are_put_down_to_whoever_may_make_them) {
  const Culprits found =
      of({changed(kEngines, 4096 - 0x10), changed(kCards, 16), changed(kDisks, 512), changed(kProcessors, 64)});
  EXPECT_EQ(found.engine, 1u);
  EXPECT_EQ(found.card, 1u);
  EXPECT_EQ(found.disk, 1u);
  EXPECT_EQ(found.processor, 1u);
  EXPECT_TRUE(found.unexplained.empty());
}

TEST(Changes, of_one_byte_too_many_in_the_cards_page_are_nobodys) {
  EXPECT_EQ(of({changed(kCards, 17)}).unexplained, std::vector<std::string>{"17 bytes from 0x8010 to 0x8020"});
}

TEST(Changes, of_few_bytes_are_strays_of_the_processor) {
  EXPECT_EQ(of({changed(kOther, 7)}).processor, 1u);
  EXPECT_EQ(of({changed(kOther, 8)}).unexplained.size(), 1u) << "a device writes as much";
}

TEST(Changes, are_strays_in_two_pages_and_no_more) {
  const Culprits found = of({changed(kOther, 1), changed(kOther + 0x1000, 1), changed(kOther + 0x2000, 1)});
  EXPECT_EQ(found.processor, kStraysMost);
  EXPECT_EQ(found.unexplained, std::vector<std::string>{"1 bytes from 0xd010 to 0xd010"});
}

TEST(Changes, of_the_reservation_and_of_tables_have_no_excuse) {
  for (const Address page : {kReserved, kTable}) {
    EXPECT_EQ(of({changed(page, 1)}).unexplained.size(), 1u) << "one byte in " << page;
    EXPECT_EQ(of({changed(page, 512)}).unexplained.size(), 1u) << "the disk may write to " << page;
  }
}

}  // namespace
}  // namespace vtd::harness::qemu
