// SPDX-License-Identifier: Apache-2.0 OR MIT
// Calls that cannot be carried out: memory that is refused, hardware that does not answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/tests/fake_machine.h"

namespace vtd::engine::test {
namespace {

// Every call of a life, refused at every allocation it makes: nothing changes, and nothing is kept.
TEST(Life, CallsAreAllOrNothing) {
  using Call = int (*)(FakeMachine&, const vtd_domain&);
  const Call calls[] = {
      [](FakeMachine& m, const vtd_domain&) {
        vtd_domain d{};
        return m.engine->attach(m.handle, 0, 0x11, &d);
      },
      [](FakeMachine& m, const vtd_domain&) {
        vtd_domain d{};
        return m.engine->attach(m.handle, 0, 0x700, &d);
      },
      [](FakeMachine& m, const vtd_domain&) {
        vtd_domain d{};
        return m.engine->attach(m.handle, 0, 0x30, &d);
      },
      [](FakeMachine& m, const vtd_domain& d) { return map(m, d, 0x6000, 0x9000, 0x1000); },
      [](FakeMachine& m, const vtd_domain& d) { return map(m, d, 0x3fe00000, 0x9000, 0x900000); },
      [](FakeMachine& m, const vtd_domain&) { return m.engine->hand_over(m.handle, 0, 0x10); },
      [](FakeMachine& m, const vtd_domain&) { return m.engine->unplug(m.handle, 0, 0x10); },
      [](FakeMachine& m, const vtd_domain&) { return m.engine->audit(m.handle); },
      [](FakeMachine& m, const vtd_domain& d) {
        vtd_iova_range r{};
        return m.engine->next_range(m.handle, d.handle, 0, &r);
      },
  };
  for (const unsigned strategy : {VTD_DEEP, VTD_SHALLOW}) {
    for (const Call& call : calls) {
      int status = VTD_NO_MEMORY;
      for (std::size_t n = 1; status != VTD_OK; ++n) {
        FakeMachine m;
        m.usual();
        m.root_entry(0x1000, 3, 0x2000);
        m.context_entry(0x2000, 0x11, 0x11000, 6);
        m.units[0].capability |= 0x200;
        m.old(0x2000)[2 * 0x11 + 1] = 6 << 8 | 1;
        m.old(0x12000)[1] = m.old(0x12000)[3] = 0x13003;
        for (unsigned i = 100; i < 400; ++i) m.old(0x12000)[i] = 0x13003 + i % 150 * 0x1000ull;  // many shared tables
        ASSERT_EQ(m.take_over(strategy), VTD_OK);
        const vtd_domain d = m.attach(0x10);
        ASSERT_EQ(d.kind, unsigned{VTD_ADOPTED});
        const std::size_t before = m.pages_in_use;
        m.refuse_from = m.allocations + n;
        status = call(m, d);
        if (status == VTD_OK) break;
        ASSERT_EQ(status, VTD_NO_MEMORY);
        ASSERT_EQ(m.pages_in_use, before) << "allocation " << n;
        EXPECT_EQ(m.translate(0x10, 0x5000), (Translation{0x105000, 3}));
        EXPECT_EQ(m.translate(0x310, 0x5000), (Translation{0x105000, 3}));
        EXPECT_EQ(m.translate(0x11, 0x5000), (Translation{0x105000, 3}));
        EXPECT_EQ(m.ids(), (std::vector<std::uint64_t>{5, 6}));
        m.refuse_from = 0;
        EXPECT_EQ(call(m, d), VTD_OK) << "a second try";
      }
    }
  }
}

TEST(Life, HardwareThatDoesNotAnswerKeepsWhatItMayRemember) {
  FakeMachine m;
  m.usual();
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  ASSERT_EQ(map(m, d, 0x40000000, 0x9000, 0x1000), VTD_OK);
  m.units[0].stuck_queue = true;
  const std::size_t before = m.pages_in_use;
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x40000000, 0x1000), VTD_TIMEOUT);
  EXPECT_FALSE(m.translate(0x10, 0x40000000));
  EXPECT_EQ(m.engine->detach(m.handle, 0, 0x10), VTD_TIMEOUT);
  EXPECT_FALSE(m.translate(0x10, 0x5000));
  EXPECT_EQ(m.pages_in_use, before);
  EXPECT_EQ(m.ids(), std::vector<std::uint64_t>{5});
  m.shutdown();
}

// A unit whose queue stands still while page after page is unmapped; 4096 bytes of descriptors fit, less one.
class FullQueue : public testing::Test {
 protected:
  static constexpr unsigned kPages = 256;
  void take_over(unsigned type) {
    m.usual();
    m.context_entry(0x2000, 0x10, 0x10000, 5, 2, type);
    ASSERT_EQ(m.take_over(), VTD_OK);
    domain = m.attach(0x10);
    ASSERT_EQ(map(m, domain, kFirst, 0x900000, kPages * kPage), VTD_OK);
    unit().stuck_queue = true;
  }
  // Answers how many bytes the tail has moved in all.
  unsigned unmap(unsigned pages) {
    unsigned moved = 0;
    for (; pages != 0; --pages, ++unmapped) {
      const std::uint32_t before = unit().queue_tail;
      EXPECT_EQ(m.engine->unmap(m.handle, domain.handle, kFirst + unmapped * kPage, kPage), VTD_TIMEOUT);
      moved += static_cast<unsigned>((unit().queue_tail - before) % kPage);
    }
    return moved;
  }
  void recover() {
    unit().stuck_queue = false;
    unit().queue_head = unit().queue_tail;
  }
  FakeUnit& unit() { return m.units[0]; }

  static constexpr std::uint64_t kPage = 4096, kFirst = 0x40000000;
  FakeMachine m;
  vtd_domain domain{};
  unsigned unmapped = 0;
};

TEST_F(FullQueue, IsNotOverwritten) {
  take_over(/*type=*/0);
  const unsigned moved = unmap(kPages);
  EXPECT_GT(moved, kPage / 2);
  EXPECT_LT(moved, kPage);
  recover();
  EXPECT_EQ(map(m, domain, kFirst, 0x900000, kPage), VTD_OK) << "everything is forgotten once hardware answers";
  m.shutdown();
}

TEST_F(FullQueue, RequestsThatFoundRoomAreAnsweredLate) {
  take_over(/*type=*/1);
  unmap(4);
  recover();
  EXPECT_EQ(map(m, domain, kFirst, 0x900000, kPage), VTD_OK);
  m.shutdown();
}

// Nothing can make up for a device-TLB that was never asked: nothing may become present any more.
TEST_F(FullQueue, ADeviceThatWasNotAskedIsNotForgotten) {
  take_over(/*type=*/1);
  EXPECT_LT(unmap(kPages), kPage);
  recover();
  EXPECT_EQ(map(m, domain, kFirst, 0x900000, kPage), VTD_TIMEOUT);
  m.shutdown();
}

// However many devices there are, the waiting ends soon.
TEST(Life, ManyDeviceTlbsAreAskedTogether) {
  FakeMachine m;
  m.usual();
  for (unsigned devfn = 0; devfn < 256; ++devfn) m.context_entry(0x2000, devfn, 0x10000, 5, 2, /*type=*/1);
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  ASSERT_EQ(map(m, d, 0x40000000, 0x9000, 0x2000), VTD_OK);
  m.units[0].told.clear();
  ASSERT_EQ(m.engine->unmap(m.handle, d.handle, 0x40000000, 0x1000), VTD_OK);
  const Told& told = m.units[0].told;
  const auto asked = std::count_if(told.begin(), told.end(), [](const std::string& s) { return s.starts_with("dev"); });
  EXPECT_EQ(asked, 256);
  m.units[0].stuck_queue = true;
  m.pauses = 0;
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x40001000, 0x1000), VTD_TIMEOUT);
  EXPECT_LT(m.pauses, 32u * 1024);
  m.shutdown();
}

}  // namespace
}  // namespace vtd::engine::test
