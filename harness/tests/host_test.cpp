// SPDX-License-Identifier: Apache-2.0 OR MIT
// The host keeps the contract of vtd_host: which pages it gives, what it shows, what it counts.
#include "harness/host.h"

#include <gtest/gtest.h>

#include <cstring>

#include "harness/poison.h"
#include "harness/tests/scenarios.h"
#include "model/scenario/build.h"

extern "C" [[gnu::weak]] int __asan_address_is_poisoned(const volatile void* address);

namespace vtd::harness::test {
namespace {

constexpr model::Address kCrash = 0x30000000, kNextCrash = 0x34000000, kOld = 0x1005000;

bool poisoned(const void* at) { return __asan_address_is_poisoned(at) != 0; }

class HostTest : public testing::Test {
 protected:
  void boot(const std::string& more = "", unsigned generation = 0) {
    ASSERT_FALSE(model::build(scenario_of(small(more)), machine));
    hardware.start(machine, trace, generation);
    host.boot(generation);
  }
  const vtd_host& calls() { return host.callbacks(); }
  void* alloc(uint32_t flags = 0) {
    void* page = nullptr;
    host.call([&] { page = calls().alloc(calls().ctx, flags); });
    return page;
  }
  void free(void* page) {
    host.call([&] { calls().free(calls().ctx, page); });
  }
  const void* map(uint64_t pa, uint64_t bytes) {
    const void* shown = nullptr;
    host.call([&] { shown = calls().map_old(calls().ctx, pa, bytes); });
    return shown;
  }
  void unmap(const void* shown, uint64_t bytes) {
    host.call([&] { calls().unmap_old(calls().ctx, shown, bytes); });
  }
  uint64_t physical(const void* page) { return reinterpret_cast<uintptr_t>(page) - calls().linear_base; }

  model::Machine machine;
  model::Hardware hardware;
  model::Trace trace;
  model::Observed observed;
  Host host{machine, hardware, trace, observed};
};

TEST_F(HostTest, PagesComeEvenFirstThenFreedOnesThenOddOnes) {
  boot("crash generation=0 first=0x30000000 last=0x30003fff\n");
  void* const first = alloc();
  EXPECT_EQ(physical(first), kCrash);
  void* const second = alloc();
  EXPECT_EQ(physical(second), kCrash + 0x2000);
  free(first);
  EXPECT_EQ(alloc(), first);
  EXPECT_EQ(physical(alloc()), kCrash + 0x1000);
  EXPECT_EQ(physical(alloc()), kCrash + 0x3000);
  EXPECT_EQ(alloc(), nullptr);
  EXPECT_EQ(observed.refused, 1u);
  EXPECT_EQ(observed.pages_in_use, 4u);
}

TEST_F(HostTest, ContentsAreZeroOrJunk) {
  boot();
  const auto* zeroed = static_cast<const unsigned char*>(alloc(VTD_ZEROED));
  const auto* junk = static_cast<const unsigned char*>(alloc());
  EXPECT_EQ(zeroed[0] | zeroed[4095], 0);
  EXPECT_EQ(junk[0], model::Memory::kJunk);
  EXPECT_EQ(junk[4095], model::Memory::kJunk);
}

TEST_F(HostTest, PagesTheEngineDoesNotHoldArePoisoned) {
  if (!can_poison()) GTEST_SKIP() << "AddressSanitizer is not linked";
  boot();
  auto* const page = static_cast<unsigned char*>(alloc());
  EXPECT_FALSE(poisoned(page) || poisoned(page + 4095));
  EXPECT_TRUE(poisoned(page + 4096));
  free(page);
  EXPECT_TRUE(poisoned(page));
  boot();
  EXPECT_TRUE(poisoned(page + 4096));
  EXPECT_EQ(alloc(), page);
  EXPECT_FALSE(poisoned(page));
  boot();
  EXPECT_TRUE(poisoned(page)) << "held at the end of a run";
}

TEST_F(HostTest, RefusesWhatTheScenarioNamesAndNothingElse) {
  for (const bool one : {false, true}) {
    boot(one ? "refuse_one number=2\n" : "refuse_allocation number=2\n");
    EXPECT_NE(alloc(), nullptr);
    EXPECT_EQ(alloc(), nullptr);
    EXPECT_EQ(alloc() != nullptr, one);
    EXPECT_EQ(observed.refused, one ? 1u : 2u);
    EXPECT_EQ(observed.allocations, 3u);
  }
}

TEST_F(HostTest, WrongFreesAreSeen) {
  boot();
  void* const page = alloc();
  free(page);
  EXPECT_EQ(observed.bad_free.times, 0u);
  free(page);
  EXPECT_EQ(observed.bad_free.times, 1u);
  free(static_cast<char*>(alloc()) + 8);
  EXPECT_EQ(observed.bad_free.times, 2u);
  unmap(&page, 8);
  EXPECT_EQ(observed.bad_free.times, 3u);
}

TEST_F(HostTest, ShowsOldRamOnlyAndWithinOnePage) {
  boot("unreadable page=0x1007000\n");
  const auto* entry = static_cast<const uint64_t*>(map(kOld + 8, 8));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(*entry, 0x8003u);
  EXPECT_EQ(observed.old_mapped, 1u);
  unmap(entry, 8);
  EXPECT_EQ(observed.old_mapped, 0u);
  EXPECT_EQ(map(0x1007000, 4096), nullptr) << "unreadable, which is no offence";
  EXPECT_EQ(observed.not_old_ram.times, 0u);
  EXPECT_EQ(map(kCrash, 4096), nullptr);
  EXPECT_EQ(map(0xfed90000, 4096), nullptr);
  EXPECT_EQ(map(0x80000000, 4096), nullptr);
  EXPECT_EQ(map(kOld + 8, 4096), nullptr);
  EXPECT_EQ(map(kOld, 0), nullptr);
  EXPECT_EQ(observed.not_old_ram.times, 5u);
  EXPECT_EQ(observed.not_old_ram.address, kCrash);
}

TEST_F(HostTest, TheFirstReservationIsOldMemoryForTheSecondCrashKernel) {
  boot();
  auto* const page = static_cast<uint64_t*>(alloc(VTD_ZEROED));
  page[3] = 42;
  hardware.next_generation(1);
  host.boot(1);
  EXPECT_EQ(physical(alloc()), kNextCrash);
  const auto* shown = static_cast<const uint64_t*>(map(kCrash, 4096));
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown[3], 42u);
  EXPECT_EQ(map(kNextCrash, 4096), nullptr);
}

TEST_F(HostTest, OldMemoryIsPoisonedUnlessShown) {
  if (!can_poison()) GTEST_SKIP() << "AddressSanitizer is not linked";
  boot();
  const auto* shown = static_cast<const unsigned char*>(map(kOld, 16));
  EXPECT_FALSE(poisoned(shown) || poisoned(shown + 15));
  EXPECT_TRUE(poisoned(shown + 16));
  const void* again = map(kOld + 64, 8);
  unmap(again, 8);
  EXPECT_FALSE(poisoned(shown + 15)) << "the other window is still open";
  unmap(shown, 16);
  EXPECT_TRUE(poisoned(shown));
}

TEST_F(HostTest, AChangeOfOldMemoryIsSeen) {
  boot();
  const auto* shown = static_cast<const uint64_t*>(map(kOld, 4096));
  host.compare_old_pages();
  EXPECT_EQ(observed.old_changed.times, 0u);
  const_cast<uint64_t*>(shown)[7] = 1;
  host.compare_old_pages();
  EXPECT_EQ(observed.old_changed.times, 1u);
  EXPECT_EQ(observed.old_changed.address, kOld);
}

TEST_F(HostTest, AUnitThatDoesNotSnoopSeesWhatWasWrittenBack) {
  boot("unit capability=client extended=client\n");
  ASSERT_TRUE(machine.memory.two_views());
  auto* const page = static_cast<uint64_t*>(alloc(VTD_ZEROED));
  page[8] = 42;
  const auto seen = [&] { return machine.memory.page(physical(page), model::View::device)[8]; };
  EXPECT_NE(seen(), 42u);
  host.call([&] { calls().flush(calls().ctx, page + 8, 8); });
  EXPECT_EQ(seen(), 42u);
  EXPECT_NE(machine.memory.page(physical(page), model::View::device)[16], 0u)
      << "another line: not even the zeroing was written back";
}

TEST_F(HostTest, AWriteBackThatLeavesItsPageIsSeen) {
  boot();
  auto* const page = static_cast<uint64_t*>(alloc());
  host.call([&] { calls().flush(calls().ctx, page + 511, 8); });
  host.call([&] { calls().flush(calls().ctx, page, model::kPageBytes); });
  EXPECT_EQ(observed.wild_flush.times, 0u);
  host.call([&] { calls().flush(calls().ctx, page + 511, 9); });
  EXPECT_EQ(observed.wild_flush.times, 1u);
}

TEST_F(HostTest, ShimsNameWhoAskedThemForOneCall) {
  boot();
  int asker = 0;
  host.call([&] {
    calls().on_behalf_of(calls().ctx, &asker);
    calls().alloc(calls().ctx, 0);
  });
  EXPECT_EQ(trace.events().back().where, reinterpret_cast<uintptr_t>(&asker));
  alloc();
  EXPECT_NE(trace.events().back().where, reinterpret_cast<uintptr_t>(&asker));
}

TEST_F(HostTest, FatalAndEndlessPollingLeaveTheEngine) {
  boot();
  bool reached = false;
  EXPECT_EQ(host.call([&] {
    calls().fatal(calls().ctx, "no way on", "engine/x.cpp", 7);
    reached = true;
  }),
            Ending::fatal);
  EXPECT_FALSE(reached);
  EXPECT_STREQ(host.fatal_what(), "no way on");
  EXPECT_EQ(host.call([&] {
    for (;;) calls().pause(calls().ctx);
  }),
            Ending::polled_forever);
  EXPECT_EQ(host.call([&] { calls().mmio_read(calls().ctx, 9, 0, 8); }), Ending::bad_register);
  EXPECT_EQ(host.call([&] { calls().mmio_read(calls().ctx, 0, 4, 8); }), Ending::bad_register);
  EXPECT_EQ(host.call([&] { calls().mmio_read(calls().ctx, 0, 8, 8); }), Ending::returned);
}

TEST_F(HostTest, TheTraceNeverHoldsAPointer) {
  boot();
  void* const page = alloc();
  map(kOld, 4096);
  free(page);
  free(&trace);
  for (const model::Event& event : trace.events()) {
    EXPECT_LT(event.address, uint64_t{1} << 40);
    EXPECT_LT(event.value, uint64_t{1} << 40);
  }
}

}  // namespace
}  // namespace vtd::harness::test
