// SPDX-License-Identifier: Apache-2.0 OR MIT
// Memory: the map, frames of old memory, crash arenas and their two views, and the way back to empty.
#include "model/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace vtd::model {
namespace {

constexpr Address kLastAddress = ~Address{0};

bool operator_equal(const MemoryRange& a, const MemoryRange& b) {
  return a.first == b.first && a.last == b.last && a.kind == b.kind;
}
testing::AssertionResult map_is(const Memory& memory, std::initializer_list<MemoryRange> expected) {
  const auto& got = memory.ranges();
  if (std::equal(got.begin(), got.end(), expected.begin(), expected.end(), operator_equal))
    return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure();
  for (const MemoryRange& r : got) failure << std::hex << r.first << "-" << r.last << " kind " << int(r.kind) << "\n";
  return failure;
}

TEST(MemoryMap, LaterRangesWinAndNeighboursOfAKindMerge) {
  Memory memory;
  EXPECT_TRUE(memory.add_range(0x10000, 0x1ffff, MemoryKind::ram));
  EXPECT_TRUE(memory.add_range(0x20000, 0x2ffff, MemoryKind::ram));
  EXPECT_TRUE(map_is(memory, {{0x10000, 0x2ffff, MemoryKind::ram}}));
  EXPECT_TRUE(memory.add_range(0x18000, 0x18fff, MemoryKind::mmio));
  EXPECT_TRUE(map_is(memory, {{0x10000, 0x17fff, MemoryKind::ram},
                              {0x18000, 0x18fff, MemoryKind::mmio},
                              {0x19000, 0x2ffff, MemoryKind::ram}}));
  EXPECT_TRUE(memory.add_range(0x0, 0x18fff, MemoryKind::reserved));
  EXPECT_TRUE(map_is(memory, {{0, 0x18fff, MemoryKind::reserved}, {0x19000, 0x2ffff, MemoryKind::ram}}));
  EXPECT_TRUE(memory.add_range(0, kLastAddress, MemoryKind::acpi));
  EXPECT_TRUE(map_is(memory, {{0, kLastAddress, MemoryKind::acpi}}));
  EXPECT_TRUE(memory.add_range(0x5000, 0x5fff, MemoryKind::hole));
  EXPECT_TRUE(map_is(memory, {{0, 0x4fff, MemoryKind::acpi}, {0x6000, kLastAddress, MemoryKind::acpi}}));
  EXPECT_FALSE(memory.add_range(2, 1, MemoryKind::ram));
}

TEST(MemoryMap, KindsAreFoundAtTheEdges) {
  Memory memory;
  memory.add_range(0x1000, 0x1fff, MemoryKind::ram);
  memory.add_range(0xfffffffffffff000, kLastAddress, MemoryKind::mmio);
  EXPECT_EQ(memory.kind_of(0xfff), MemoryKind::hole);
  EXPECT_EQ(memory.kind_of(0x1000), MemoryKind::ram);
  EXPECT_EQ(memory.kind_of(0x1fff), MemoryKind::ram);
  EXPECT_EQ(memory.kind_of(0x2000), MemoryKind::hole);
  EXPECT_EQ(memory.kind_of(kLastAddress), MemoryKind::mmio);
  EXPECT_EQ(memory.kinds_in_page(kLastAddress), 1u << unsigned(MemoryKind::mmio));
}

TEST(MemoryMap, RefusesTooManyRanges) {
  Memory memory;
  for (Address page = 0; page < Memory::kRangesMost * 4; page += 2)
    memory.add_range(page << 12, page << 12, MemoryKind::ram);
  EXPECT_LE(memory.ranges().size(), Memory::kRangesMost);
  EXPECT_FALSE(memory.add_range(0x1000, 0x1000, MemoryKind::mmio));
}

TEST(MemoryMap, OldRamIsWholePagesOfRamOutsideTheOwnReservationAndTheInterruptRange) {
  Memory memory;
  memory.add_range(0x1000, 0x9fbff, MemoryKind::ram);
  memory.add_range(0x100000, 0xffffffff, MemoryKind::ram);
  ASSERT_TRUE(memory.set_crash(0, 0x200000, 0x2fffff));
  ASSERT_TRUE(memory.set_crash(1, 0x400000, 0x4fffff));
  EXPECT_TRUE(memory.is_old_ram(0x9e000, 0));
  EXPECT_FALSE(memory.is_old_ram(0x9f000, 0)) << "its end is a hole";
  EXPECT_FALSE(memory.is_old_ram(0, 0));
  memory.add_range(0x50000, 0x507ff, MemoryKind::hole);
  memory.add_range(0x60400, 0x607ff, MemoryKind::hole);
  EXPECT_FALSE(memory.is_old_ram(0x50000, 0)) << "its beginning is a hole";
  EXPECT_FALSE(memory.is_old_ram(0x60000, 0)) << "there is a hole in it";
  EXPECT_TRUE(memory.is_old_ram(0x51000, 0));
  EXPECT_FALSE(memory.is_old_ram(0x200000, 0));
  EXPECT_TRUE(memory.is_old_ram(0x200000, 1));
  EXPECT_TRUE(memory.is_old_ram(0x4ff000, 0));
  EXPECT_FALSE(memory.is_old_ram(0x4ff000, 1));
  EXPECT_FALSE(memory.is_old_ram(kInterruptFirst, 0));
  EXPECT_FALSE(memory.is_old_ram(page_of(kInterruptLast), 0));
  EXPECT_TRUE(memory.is_old_ram(kInterruptLast + 1, 0));
}

TEST(CrashMemory, ReservationsAreWholePagesSetOnceAndApart) {
  Memory memory;
  EXPECT_FALSE(memory.set_crash(0, 0x1000, 0x1ffe));
  EXPECT_FALSE(memory.set_crash(0, 0x1001, 0x1fff));
  EXPECT_FALSE(memory.set_crash(0, 0x2000, 0x1fff));
  EXPECT_FALSE(memory.set_crash(0, 0, kLastAddress));
  EXPECT_FALSE(memory.set_crash(0, 0, Memory::kArenaBytes + kPageBytes - 1));
  EXPECT_TRUE(memory.set_crash(0, 0x10000, 0x1ffff));
  EXPECT_FALSE(memory.set_crash(0, 0x30000, 0x3ffff));
  EXPECT_FALSE(memory.set_crash(1, 0x1f000, 0x2ffff));
  EXPECT_TRUE(memory.set_crash(1, 0x20000, 0x20000 + Memory::kArenaBytes - 1));
}

TEST(Frames, AreZeroAtFirstUseFoundAgainAndForgotten) {
  Memory memory;
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(memory.has_frame(0x7000));
    uint64_t* words = memory.make_frame(0x7008);
    EXPECT_EQ(words[0] | words[511], 0u);
    words[0] = 1;
    words[511] = 2;
    EXPECT_EQ(memory.make_frame(0x7000), words);
    EXPECT_EQ(memory.page(0x7fff, View::cpu), words);
    EXPECT_EQ(memory.page(0x7000, View::device), words);
    EXPECT_EQ(memory.page(0x8000, View::cpu)[0], 0u);
    EXPECT_EQ(memory.frames(), 1u);
    memory.clear();
    EXPECT_EQ(memory.frames(), 0u);
    EXPECT_EQ(memory.page(0x7000, View::cpu)[0], 0u);
  }
}

TEST(Frames, KeepTheirContentsWhileTheIndexGrowsAndWhenThousandsAreGivenBack) {
  Memory memory;
  const auto address = [](uint64_t i) { return i * 0x40201000; };
  for (int round = 0; round < 2; ++round) {
    for (uint64_t i = 0; i < 5000; ++i) {
      uint64_t* words = memory.make_frame(address(i));
      ASSERT_EQ(words[7], 0u);
      words[7] = i + 1;
    }
    for (uint64_t i = 0; i < 5000; ++i) {
      ASSERT_EQ(memory.page(address(i), View::cpu)[7], i + 1);
      ASSERT_EQ(memory.frame_address(i), address(i));
    }
    memory.clear();
  }
}

// What earlier scenarios left in the index must not be taken for frames of this one.
TEST(Frames, OfEarlierScenariosAreNotFound) {
  Memory memory;
  for (uint64_t round = 0; round < 20; ++round) {
    for (uint64_t i = 0; i < 400; ++i) {
      const Address page = (i * 7 + round * 3) % 1000 << 12;
      ASSERT_FALSE(memory.has_frame(page));
      memory.make_frame(page)[0] = page;
    }
    for (uint64_t i = 0; i < 400; ++i) {
      const Address page = (i * 7 + round * 3) % 1000 << 12;
      ASSERT_TRUE(memory.has_frame(page));
      ASSERT_EQ(memory.page(page, View::cpu)[0], page);
    }
    ASSERT_EQ(memory.frames(), 400u);
    memory.clear();
  }
}

TEST(Places, ArePhysicalAddressesOfPointers) {
  Memory memory;
  memory.make_frame(0x5000);
  memory.make_frame(0x9000);
  ASSERT_TRUE(memory.set_crash(0, 0x100000, 0x1fffff));
  ASSERT_TRUE(memory.set_crash(1, 0x300000, 0x3fffff));
  const Memory::Place old = memory.place_of(memory.old_pointer(0x9123, 0));
  EXPECT_EQ(old.arena, Memory::Arena::old_frames);
  EXPECT_EQ(old.pa, 0x9123u);
  EXPECT_EQ(old.frame, 1u);
  EXPECT_EQ(memory.place_of(memory.crash_pointer(0x1ffff8, 0)).pa, 0x1ffff8u);
  EXPECT_EQ(memory.place_of(memory.crash_pointer(0x300000, 1)).pa, 0x300000u);
  EXPECT_EQ(memory.place_of(memory.crash_pointer(0x300000, 1)).arena, Memory::Arena::crash1);
  EXPECT_EQ(memory.place_of(memory.crash_pointer(0x1ff000, 0) + kPageBytes).arena, Memory::Arena::none)
      << "past the end";
  EXPECT_EQ(memory.place_of(memory.old_pointer(0x9000, 0) + kPageBytes).arena, Memory::Arena::none)
      << "a frame not made yet";
  EXPECT_EQ(memory.place_of(&memory).arena, Memory::Arena::none);
  EXPECT_EQ(memory.place_of(nullptr).arena, Memory::Arena::none);
  EXPECT_EQ(memory.crash_pointer(0x200000, 0), nullptr);
  EXPECT_EQ(memory.old_pointer(0x100000, 0), nullptr);
  EXPECT_EQ(memory.old_pointer(0x100010, 1), memory.crash_pointer(0x100010, 0)) << "the first reservation is old later";
  EXPECT_EQ(0x100010 + memory.linear_base(0), reinterpret_cast<uintptr_t>(memory.crash_pointer(0x100010, 0)));
}

TEST(Places, AFrameWrittenBeforeTheReservationIsKnownMovesIntoIt) {
  Memory memory;
  memory.make_frame(0x101000)[3] = 7;
  ASSERT_TRUE(memory.set_crash(0, 0x100000, 0x1fffff));
  EXPECT_EQ(memory.page(0x101000, View::cpu)[3], 7u);
  EXPECT_EQ(memory.page(0x101000, View::device)[3], 7u);
  EXPECT_EQ(memory.make_frame(0x101000), memory.page(0x101000, View::cpu));
}

class TwoViews : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(memory.set_crash(0, 0x100000, 0x1fffff));
    memory.set_two_views(true);
  }
  uint64_t& word(Address pa) { return *reinterpret_cast<uint64_t*>(memory.crash_pointer(pa, 0)); }
  uint64_t seen(Address pa) const { return memory.page(pa, View::device)[pa % kPageBytes / 8]; }
  Memory memory;
};

TEST_F(TwoViews, ALineReachesTheDeviceWhenItIsWrittenBackAndNotBefore) {
  memory.touch_crash(0x101000, 0);
  for (const Address at : {0x101038u, 0x101040u, 0x101078u, 0x101080u}) word(at) = at;
  EXPECT_EQ(seen(0x101040), 0u);
  memory.write_back(0x101047, 1, 0);
  EXPECT_EQ(seen(0x101038), 0u);
  EXPECT_EQ(seen(0x101040), 0x101040u);
  EXPECT_EQ(seen(0x101078), 0x101078u);
  EXPECT_EQ(seen(0x101080), 0u);
  memory.write_back(0x101080, 0, 0);
  EXPECT_EQ(seen(0x101080), 0u) << "no bytes, no lines";
  EXPECT_EQ(memory.page(0x101000, View::cpu)[0x80 / 8], 0x101080u);
}

TEST_F(TwoViews, AWriteBackMayCrossPagesAndIsClippedToTheReservation) {
  memory.touch_crash(0x1fe000, 0);
  memory.touch_crash(0x1ff000, 0);
  word(0x1feff8) = 1;
  word(0x1ff000) = 2;
  word(0x1ffff8) = 3;
  memory.write_back(0x1feff8, ~uint64_t{0}, 0);
  EXPECT_EQ(seen(0x1feff8), 1u);
  EXPECT_EQ(seen(0x1ff000), 2u);
  EXPECT_EQ(seen(0x1ffff8), 3u);
  memory.write_back(0, 0x80000, 0);
  memory.write_back(0x7000000, 64, 0);
}

TEST_F(TwoViews, WhatTheScenarioPutThereIsInBothViewsUntilTheEngineTakesThePage) {
  memory.make_frame(0x102000)[1] = 9;
  EXPECT_EQ(seen(0x102008), 9u);
  memory.touch_crash(0x102000, 0);
  word(0x102008) = 10;
  EXPECT_EQ(seen(0x102008), 9u);
  memory.fill_device_view(0x102000, 0, 0xee);
  EXPECT_EQ(seen(0x102008), 0xeeeeeeeeeeeeeeeeu);
  EXPECT_EQ(word(0x102008), 10u);
}

// A few pages are wiped, thousands go back to the operating system: two ways to one result.
TEST(Clear, LeavesZerosInBothViews) {
  constexpr Address kFirst = 0x1000000, kLast = 0x3ffffff;
  Memory memory;
  for (const std::size_t pages : {3u, 6000u, 6000u}) {
    ASSERT_TRUE(memory.set_crash(0, kFirst, kLast));
    memory.set_two_views(true);
    for (std::size_t i = 0; i < pages; ++i) {
      const Address page = kFirst + i * kPageBytes;
      memory.touch_crash(page, 0);
      ASSERT_EQ(memory.page(page, View::cpu)[511] | memory.page(page, View::device)[511], 0u) << i;
      std::memset(memory.crash_pointer(page, 0), 0xff, kPageBytes);
      memory.write_back(page, kPageBytes, 0);
    }
    memory.clear();
    ASSERT_FALSE(memory.has_crash(0) || memory.two_views());
  }
}

TEST(OneView, IsWhatCoherentMachinesHave) {
  Memory memory;
  ASSERT_TRUE(memory.set_crash(0, 0x100000, 0x1fffff));
  memory.touch_crash(0x100000, 0);
  memory.fill_device_view(0x100000, 0, 0xee);
  *reinterpret_cast<uint64_t*>(memory.crash_pointer(0x100000, 0)) = 5;
  EXPECT_EQ(memory.page(0x100000, View::device)[0], 5u);
}

}  // namespace
}  // namespace vtd::model
