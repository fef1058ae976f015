// SPDX-License-Identifier: Apache-2.0 OR MIT
// Corners of the exact comparison that random hierarchies seldom meet.
#include <gtest/gtest.h>

#include "properties/equivalence.h"
#include "properties/tests/desk.h"

namespace vtd::properties::test {
namespace {

class Count final : public Differences {
 public:
  bool found(const Difference& d) override {
    if (times++ == 0) first = d;
    return times < 1'000'000;  // a walk without end is to fail, not to hang
  }
  unsigned times = 0;
  Difference first{};
};

class Compared : public testing::Test {
 protected:
  bool same(Desk& desk) {
    Hierarchy now = desk.before[0];
    now.root = desk.claims.units[0].root;
    now.old_for_generation = 255;
    Places places;
    places.look_at(desk.machine, 0);
    Quarantines quarantines;
    quarantines.read(desk.claims);
    Equivalence equivalence;
    equivalence.begin({&desk.before[0], &now, 0, false}, places, quarantines);
    found = {};
    const bool answer = equivalence.hierarchies(found);
    EXPECT_EQ(answer, found.times == 0);
    return answer;
  }
  // Level-3 entry 3 and level-2 entry 503 lead the input addresses FEE00000-FEFFFFFF to frame(5).
  static void map_interrupt_range(Desk& desk, unsigned type) {
    desk.root(frame(0), 0, frame(1));
    desk.context(frame(1), 0x10, frame(2), 5, type);
    desk.paging(frame(2), 0, frame(3));
    desk.paging(frame(3), 3, frame(4));
    desk.paging(frame(4), 503, frame(5));
    desk.paging(frame(5), 0, 0x8000);
  }
  void taken(Desk& desk) {
    desk.boot();
    desk.copy();
    EXPECT_TRUE(same(desk));
  }

  Count found;
};

TEST_F(Compared, good_requests_to_the_interrupt_range_meet_no_table) {
  Desk desk;
  map_interrupt_range(desk, 0);
  taken(desk);
  desk.put(desk.copy_of(frame(5), 1), 0);
  EXPECT_TRUE(same(desk));
}

TEST_F(Compared, bad_device_tlbs_ask_about_the_interrupt_range) {
  Desk desk;
  map_interrupt_range(desk, 1);
  taken(desk);
  desk.put(desk.copy_of(frame(5), 1), 0);
  EXPECT_FALSE(same(desk));
}

TEST_F(Compared, bad_table_that_is_excused_on_one_path_only) {
  Desk desk;
  map_interrupt_range(desk, 0);
  desk.paging(frame(3), 4, frame(4));
  taken(desk);
  desk.put(desk.copy_of(frame(5), 1), 0);
  EXPECT_FALSE(same(desk));
  EXPECT_EQ(found.first.first, Iova{4} << 30 | Iova{503} << 21);
}

TEST_F(Compared, bad_tables_that_only_translation_requests_tell_apart) {
  for (const bool with_device_tlb : {false, true}) {
    Desk desk;
    desk.usual();
    desk.context(frame(1), 0x20, frame(2), 6, with_device_tlb);
    desk.paging(frame(4), 2, 0xfee00000, 0x83);
    taken(desk);
    // The same memory in small pages: the unit hands out those outside FEEx_xxxx, but not the large page.
    const Address split = desk.new_page();
    for (unsigned i = 0; i < kEntriesPerPage; ++i) desk.paging(split, i, 0xfee00000 + i * kPageBytes);
    desk.paging(desk.copy_of(frame(4), 2), 2, split);
    EXPECT_EQ(same(desk), !with_device_tlb);
  }
}

TEST_F(Compared, widths_count_as_far_as_the_unit_reaches) {
  for (const unsigned guest_width : {39u, 48u}) {
    Desk desk((kCapability & ~(std::uint64_t{0x3f} << 16)) | std::uint64_t{guest_width - 1} << 16);
    desk.usual();
    taken(desk);
    const Address context = desk.copy_of(frame(1), kContextRole) + 0x10 * 16;
    desk.put(context, desk.copy_of(frame(3), 3) | 1);
    desk.put(context + 8, 1 | 5 << 8);
    EXPECT_EQ(same(desk), guest_width == 39) << "three levels say what four say, but beyond 39 bits they fault with 4";
  }
}

TEST_F(Compared, good_entries_beyond_the_guest_width) {
  Desk desk((kCapability & ~(std::uint64_t{0x3f} << 16)) | std::uint64_t{38} << 16);
  desk.usual();
  desk.paging(frame(2), 1, frame(3));
  taken(desk);
  desk.put(desk.copy_of(frame(2), 4) + 8, 0);
  EXPECT_TRUE(same(desk));
}

TEST_F(Compared, good_superpage_in_small_pages) {
  Desk desk;
  desk.usual();
  desk.paging(frame(4), 2, 0x800000, 0x83);
  taken(desk);
  const Address split = desk.new_page();
  for (unsigned i = 0; i < kEntriesPerPage; ++i) desk.paging(split, i, 0x800000 + i * kPageBytes);
  desk.paging(desk.copy_of(frame(4), 2), 2, split);
  EXPECT_TRUE(same(desk));
  desk.paging(split, 511, 0x800000);
  EXPECT_FALSE(same(desk));
  EXPECT_EQ(found.times, 1u);
  EXPECT_EQ(found.first.first, Iova{2} << 21 | Iova{511} << 12);
}

TEST_F(Compared, good_links_into_the_reservation_that_stay) {
  Desk desk;
  desk.usual();
  desk.paging(frame(4), 2, kCrash + 0x700000);
  desk.boot();
  desk.copy(Strategy::shallow);
  EXPECT_TRUE(same(desk)) << "the same pointer is the same memory";
}

TEST_F(Compared, every_difference_is_told) {
  Desk desk;
  desk.usual();
  taken(desk);
  desk.put(desk.copy_of(frame(5), 1) + 8, 0);
  desk.paging(desk.copy_of(frame(5), 1), 9, 0x9000);
  desk.paging(desk.copy_of(frame(4), 2), 9, 0x800000, 0x83);
  EXPECT_FALSE(same(desk));
  EXPECT_EQ(found.times, 3u);
}

// Four pages and 2^36 paths (catalogue N19): the number of paths must not matter.
TEST_F(Compared, good_more_paths_than_there_is_time) {
  Desk desk;
  desk.root(frame(0), 0, frame(1));
  desk.context(frame(1), 0x10, frame(2), 5);
  for (unsigned i = 0; i < kEntriesPerPage; ++i) {
    for (unsigned table = 2; table < 5; ++table) desk.paging(frame(table), i, frame(table + 1));
    desk.paging(frame(5), i, 0x8000);
  }
  desk.paging(frame(5), 7, 0, 0);
  taken(desk);
  desk.put(desk.copy_of(frame(5), 1) + 7 * 8, 0xabc000);  // not present either
  EXPECT_TRUE(same(desk));
}

// 512 * 512 * 512 ways down to one mapping, on one side only: a visitor that goes on hears of it once a device.
TEST_F(Compared, WhatIsBelowASharedTableIsToldOnceADevice) {
  for (const bool old_one : {true, false}) {
    Desk desk;
    desk.root(frame(0), 0, frame(1));
    const Address empty = frame(6), shared = frame(2);
    desk.put(empty, 0);
    for (const unsigned devfn : {0x10u, 0x18u}) desk.context(frame(1), devfn, old_one ? shared : empty, 5);
    for (unsigned level = 2; level < 5; ++level)
      for (unsigned i = 0; i < 512; ++i) desk.paging(frame(level), i, frame(level + 1));
    desk.paging(frame(5), 1, 0x8000);
    desk.boot();
    desk.copy(Strategy::shallow);
    for (const unsigned devfn : {0x10u, 0x18u})
      desk.context(desk.copy_of(frame(1), kContextRole), devfn, old_one ? empty : shared, 5);
    EXPECT_FALSE(same(desk));
    EXPECT_GE(found.times, 2u) << old_one;
    EXPECT_LT(found.times, 2 * 4 * 512u) << old_one;
  }
}

}  // namespace
}  // namespace vtd::properties::test
