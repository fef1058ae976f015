// SPDX-License-Identifier: Apache-2.0 OR MIT
// The watch sorts accesses, settles stores in order, and sees each fetch of old memory. The callbacks are called by
// hand, as the compiler does it: before the access.
#include "harness/watch.h"

#include <gtest/gtest.h>

#include <cstring>

#include "harness/host.h"
#include "harness/tests/scenarios.h"
#include "model/scenario/build.h"

extern "C" {
void __sanitizer_cov_load4(const void*);
void __sanitizer_cov_load8(const void*);
void __sanitizer_cov_store1(void*);
void __sanitizer_cov_store8(void*);
void __sanitizer_cov_store16(void*);
void* vtdfuzz_memcpy(void*, const void*, std::size_t);
void* vtdfuzz_memmove(void*, const void*, std::size_t);
void* vtdfuzz_memset(void*, int, std::size_t);
}

namespace vtd::harness::test {
namespace {

constexpr model::Address kOld = 0x1005000;

class WatchTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(model::build(scenario_of(small()), machine));
    hardware.start(machine, trace, 0);
    host.boot(0);
    host.call([&] { page = static_cast<uint64_t*>(calls().alloc(calls().ctx, VTD_ZEROED)); });
    trace.clear();
  }
  const vtd_host& calls() { return host.callbacks(); }
  const uint64_t* show(uint64_t bytes = 4096) {
    return static_cast<const uint64_t*>(calls().map_old(calls().ctx, kOld, bytes));
  }
  void store8(uint64_t* at, uint64_t value) {
    __sanitizer_cov_store8(at);
    *at = value;
  }
  std::vector<model::Event> stores() const {
    std::vector<model::Event> found;
    for (const model::Event& e : trace.events()) {
      if (e.kind == model::EventKind::store) found.push_back(e);
    }
    return found;
  }

  model::Machine machine;
  model::Hardware hardware;
  model::Trace trace;
  model::Observed observed;
  Host host{machine, hardware, trace, observed};
  uint64_t* page = nullptr;
};

TEST_F(WatchTest, NothingIsSeenOfAnEngineThatIsNotObserved) {
  host.call([&] { page[0] = 1; });
  EXPECT_FALSE(host.observed());
  EXPECT_FALSE(observed.loads_watched || observed.stores_watched);
}

TEST_F(WatchTest, AStoreThatHardwareCannotSeeIsTracedOnRequestOnly) {
  host.call([&] { store8(page, 1); });
  EXPECT_TRUE(stores().empty());
  EXPECT_TRUE(host.observed());
  host.trace_everything(true);
  host.call([&] { store8(page, 1); });
  EXPECT_EQ(stores().size(), 1u);
}

TEST_F(WatchTest, AStoreSettlesAtTheNextAccessWithItsValue) {
  host.trace_everything(true);
  host.call([&] {
    store8(page, 1);
    EXPECT_TRUE(stores().empty());
    store8(page + 1, 2);
    EXPECT_EQ(stores().size(), 1u);
    calls().barrier(calls().ctx);
    EXPECT_EQ(stores().size(), 2u);
    store8(page, 3);
  });
  const auto seen = stores();
  ASSERT_EQ(seen.size(), 3u);
  const uint64_t values[] = {1, 2, 3};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(seen[i].value, values[i]);
    EXPECT_EQ(seen[i].width, 8u);
  }
  EXPECT_EQ(seen[1].address, seen[0].address + 8);
  EXPECT_TRUE(observed.stores_watched);
}

TEST_F(WatchTest, NarrowStraddlingAndWideStoresKeepTheirWidths) {
  auto* const bytes = reinterpret_cast<unsigned char*>(page);
  host.trace_everything(true);
  host.call([&] {
    __sanitizer_cov_store1(bytes + 3);
    bytes[3] = 0xff;
    __sanitizer_cov_store8(bytes + 12);
    std::memset(bytes + 12, 0x11, 8);
    __sanitizer_cov_store16(page + 4);
    page[4] = page[5] = 7;
  });
  const auto seen = stores();
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen[0].width, 1u);
  EXPECT_EQ(seen[0].value, 0xff000000u);
  EXPECT_EQ(seen[1].width, 1u) << "half of a store that straddles qwords";
  EXPECT_EQ(seen[2].address, seen[1].address + 8);
  EXPECT_EQ(seen[3].width, 8u);
  EXPECT_EQ(seen[4].width, 8u);
}

TEST_F(WatchTest, AQwordOfAWindowIsFetchedOnce) {
  host.call([&] {
    const uint64_t* shown = show();
    __sanitizer_cov_load8(shown + 1);
    __sanitizer_cov_load8(shown + 2);
    EXPECT_EQ(observed.fetched_twice.times, 0u);
    __sanitizer_cov_load4(reinterpret_cast<const char*>(shown + 1) + 4);
    EXPECT_EQ(observed.fetched_twice.times, 1u);
    EXPECT_EQ(observed.fetched_twice.address, kOld + 12);
    calls().unmap_old(calls().ctx, shown, 4096);
    shown = show();
    __sanitizer_cov_load8(shown + 1);
  });
  EXPECT_EQ(observed.fetched_twice.times, 1u) << "another window is another reading";
}

TEST_F(WatchTest, ABlockCopyFetchesAllItsQwords) {
  host.call([&] {
    const uint64_t* shown = show();
    vtdfuzz_memcpy(page, shown, 4096);
    EXPECT_EQ(observed.fetched_twice.times, 0u);
    __sanitizer_cov_load8(shown + 511);
  });
  EXPECT_EQ(observed.fetched_twice.times, 1u);
  EXPECT_EQ(page[1], 0x8003u);
  EXPECT_TRUE(stores().empty()) << "the page is not live: one event says it all";
  EXPECT_EQ(trace.events().back().kind, model::EventKind::block);
}

TEST_F(WatchTest, BlockOperationsDoWhatTheirNamesSay) {
  host.call([&] {
    vtdfuzz_memset(page, 0x22, 32);
    page[1] = 5;
    vtdfuzz_memmove(page + 1, page, 16);
  });
  EXPECT_EQ(page[0], 0x2222222222222222u);
  EXPECT_EQ(page[1], 0x2222222222222222u);
  EXPECT_EQ(page[2], 5u);
}

TEST_F(WatchTest, ALoadOutsideOfEveryWindowIsWild) {
  host.call([&] {
    const uint64_t* shown = show(16);
    __sanitizer_cov_load8(shown + 2);
    EXPECT_EQ(observed.wild_load.times, 1u);
    calls().unmap_old(calls().ctx, shown, 16);
    __sanitizer_cov_load8(shown);
  });
  EXPECT_EQ(observed.wild_load.times, 2u);
}

TEST_F(WatchTest, StoresToOldMemoryAndToPagesNotHeldAreWild) {
  host.call([&] {
    const uint64_t* shown = show();
    __sanitizer_cov_store8(const_cast<uint64_t*>(shown));
    EXPECT_EQ(observed.wild_store.times, 1u);
    EXPECT_EQ(observed.wild_store.address, kOld);
    __sanitizer_cov_store8(page + 512);
    EXPECT_EQ(observed.wild_store.times, 2u);
    uint64_t local = 0;
    __sanitizer_cov_store8(&local);
  });
  EXPECT_EQ(observed.wild_store.times, 2u);
}

TEST_F(WatchTest, NothingIsSeenBetweenCalls) {
  __sanitizer_cov_store8(page + 512);
  __sanitizer_cov_load8(page);
  EXPECT_EQ(observed.wild_store.times, 0u);
}

}  // namespace
}  // namespace vtd::harness::test
