// SPDX-License-Identifier: Apache-2.0 OR MIT
// The structures below the engine: growing arrays and indexes against the standard library's, word maps against a loop.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "engine/memory_map.h"
#include "engine/page_index.h"
#include "engine/rules.h"
#include "engine/scan.h"

namespace vtd::engine {
namespace {

// A host that counts pages and refuses from a number on.
struct CountingHost {
  CountingHost() {
    vtd_host api{};
    api.ctx = this;
    api.alloc = [](void* ctx, std::uint32_t flags) -> void* {
      auto& self = *static_cast<CountingHost*>(ctx);
      if (++self.allocations >= self.refuse_from) return nullptr;
      void* page = std::aligned_alloc(kPageBytes, kPageBytes);
      std::memset(page, (flags & VTD_ZEROED) != 0 ? 0 : 0xa5, kPageBytes);
      ++self.pages;
      return page;
    };
    api.free = [](void* ctx, void* page) {
      --static_cast<CountingHost*>(ctx)->pages;
      std::free(page);
    };
    host.start(api);
  }
  Host host{};
  int pages = 0;
  std::size_t allocations = 0, refuse_from = ~std::size_t{0};
};

TEST(PageIndex, AgreesWithAMap) {
  CountingHost h;
  PageIndex index{};
  std::map<Word, Word> expected;
  std::mt19937_64 random(1);  // NOLINT: the same every time
  for (unsigned step = 0; step < 60000; ++step) {
    const Word key = 1 + random() % 9000 + (random() % 3 << 60);
    if (random() % 3 != 0) {
      ASSERT_TRUE(index.room(h.host, 1));
      index.at(key) = expected[key] = step;
    } else if (expected.erase(key) != 0) {
      index.erase(key);
    }
  }
  std::size_t keys = 0;
  index.each([&](Word key, Word value) {
    ++keys;
    EXPECT_EQ(expected.at(key), value);
  });
  EXPECT_EQ(keys, expected.size());
  for (const auto& [key, value] : expected) {
    ASSERT_NE(index.find(key), nullptr);
    EXPECT_EQ(*index.find(key), value);
  }
  index.clear(h.host);
  EXPECT_EQ(h.pages, 0);
  EXPECT_EQ(index.find(5), nullptr);
}

TEST(PageIndex, RollsBackWhatItTook) {
  CountingHost h;
  PageIndex index{};
  for (Word key = 1; key <= 150; ++key) {
    ASSERT_TRUE(index.room(h.host, 1));
    index.at(key) = key;
  }
  const int before = h.pages;
  index.begin();
  ASSERT_TRUE(index.room(h.host, 1000));
  for (Word key = 1000; key < 2000; ++key) index.at(key) = 1;
  index.erase(7);
  index.at(7) = 70;
  for (Word key = 1000; key < 2000; ++key) index.erase(key);
  index.rollback(h.host);
  EXPECT_EQ(h.pages, before);
  for (Word key = 1; key <= 150; ++key) EXPECT_EQ(*index.find(key), key == 7 ? 70 : key);
  h.refuse_from = h.allocations + 3;
  EXPECT_FALSE(index.room(h.host, 5000));
  EXPECT_EQ(h.pages, before);
  index.clear(h.host);
  EXPECT_EQ(h.pages, 0);
}

TEST(PageArray, GrowsThroughAllDepthsAndBack) {
  CountingHost h;
  PageArray<MemoryMap*> array{};
  constexpr std::uint32_t kMany = 512 * 600;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    auto** slot = array.append(h.host);
    ASSERT_NE(slot, nullptr);
    *slot = reinterpret_cast<MemoryMap*>(std::uintptr_t{i});
  }
  EXPECT_EQ(h.pages, 600 + 1 + 2);
  EXPECT_EQ(array[123456], reinterpret_cast<MemoryMap*>(std::uintptr_t{123456}));
  array.shrink(512 * 3);
  array.trim(h.host);
  EXPECT_EQ(h.pages, 3 + 1);
  EXPECT_EQ(array[1000], reinterpret_cast<MemoryMap*>(std::uintptr_t{1000}));
  array.shrink(1);
  array.trim(h.host);
  EXPECT_EQ(h.pages, 1);
  array.clear(h.host);
  EXPECT_EQ(h.pages, 0);
}

TEST(WordMap, AgreesWithALoop) {
  alignas(64) static Word page[kWordsPerPage];
  std::mt19937_64 random(2);  // NOLINT: the same every time
  for (unsigned round = 0; round < 200; ++round) {
    for (Word& word : page) word = random() % (round + 1) == 0 ? random() & random() : 0;
    const Word wanted = 3, unwanted = 0x4000000000000880;
    std::vector<unsigned> expected, got;
    for (unsigned i = 0; i < kWordsPerPage; ++i) {
      if ((page[i] & wanted) != 0 && (page[i] & unwanted) == 0) expected.push_back(i);
    }
    WordMap map = WordMap::of(page, wanted, unwanted);
    EXPECT_EQ(map.any(), !expected.empty());
    for (unsigned i = 0; map.next(i);) got.push_back(i);
    ASSERT_EQ(got, expected);
  }
}

TEST(WordMap, SearchesFromAnyWordUpAndDown) {
  alignas(64) static Word page[kWordsPerPage];
  for (const unsigned set : {0u, 1u, 63u, 64u, 130u, 447u, 448u, 511u}) page[set] = 1;
  for (unsigned from = 0; from <= kWordsPerPage; ++from) {
    unsigned up = from, index = 0;
    while (up < kWordsPerPage && page[up] == 0) ++up;
    WordMap map = WordMap::of(page, 1, 2);
    if (from < kWordsPerPage) {
      map.start_at(from);
      ASSERT_EQ(map.next(index), up < kWordsPerPage) << from;
      ASSERT_TRUE(up >= kWordsPerPage || index == up) << from;
    }
    int down = static_cast<int>(from) - 1;
    while (down >= 0 && page[down] == 0) --down;
    ASSERT_EQ(WordMap::of(page, 1, 2).last_below(from), down) << from;
  }
}

TEST(MemoryMap, KnowsOldRamAndWhyNot) {
  CountingHost h;
  const vtd_range ranges[] = {{0x1000, 0x9fbff, VTD_RAM, 0},
                              {0x100000, 0x1007ff, VTD_RAM, 0},
                              {0x100800, 0xffffffff, VTD_RAM, 0},
                              {0x100000000, 0x1000007ff, VTD_RAM, 0},
                              {0x100000800, 0x1ffffffff, VTD_RESERVED, 0},
                              {0xfffffffffffff000, 0xffffffffffffffff, VTD_RAM, 0}};
  const vtd_range crash[] = {{0x200000, 0x2fffff, VTD_RAM, 0}};
  vtd_platform platform{};
  platform.memory = ranges;
  platform.memory_count = 6;
  platform.crash = crash;
  platform.crash_count = 1;
  MemoryMap map{};
  ASSERT_TRUE(map.open(h.host, platform));
  for (unsigned round = 0; round < 2; ++round) {  // the second time from what the first one remembered
    for (const Word good : {0x1000ull, 0x9e000ull, 0x100000ull, 0x101000ull, 0x1ff000ull, 0x300000ull, 0xfedff000ull,
                            0xfef00000ull, 0xfffffffffffff000ull}) {
      EXPECT_TRUE(map.is_old_ram(good)) << std::hex << good;
    }
    const std::pair<Word, vtd_reason> bad[] = {{0, VTD_HOLE},
                                               {0x9f000, VTD_NOT_OLD_RAM},
                                               {0xa0000, VTD_HOLE},
                                               {0x200000, VTD_IN_CRASH_MEMORY},
                                               {0x2ff000, VTD_IN_CRASH_MEMORY},
                                               {0xfee00000, VTD_IN_INTERRUPT_RANGE},
                                               {0xfeeff000, VTD_IN_INTERRUPT_RANGE},
                                               {0x100000000, VTD_NOT_OLD_RAM},
                                               {0x200000000, VTD_HOLE}};
    for (const auto& [page, reason] : bad) {
      EXPECT_FALSE(map.is_old_ram(page)) << std::hex << page;
      EXPECT_EQ(map.why_not(page), reason) << std::hex << page;
    }
  }
  map.close(h.host);
}

TEST(Field, CoversAndReplaces) {
  static_assert(!covers_word_once<Field<63, 1>>() && !covers_word_once<Field<63, 0>, Flag<3>>());
  static_assert(Field<7, 4>::put(0xff, 0x12) == 0x2f && !Field<7, 4>::fits(16) &&
                PageField<51>::put(~Word{0}, 0) == 0xfff0000000000fff);
  static_assert(bits(63, 0) == ~Word{0} && bits(3, 3) == 8);
}

}  // namespace
}  // namespace vtd::engine
