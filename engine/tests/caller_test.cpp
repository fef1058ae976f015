// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mistakes of a caller: each is answered with an error, and nothing has happened.
#include <gtest/gtest.h>

#include "engine/tests/fake_machine.h"

namespace vtd::engine::test {
namespace {

struct Surroundings {
  vtd_range ram = {0, 0x3fffffff, VTD_RAM, 0};
  vtd_range crash = {FakeMachine::kCrash, FakeMachine::kCrash + 0xffffff, VTD_RAM, 0};
  vtd_host host{};
  vtd_platform platform{};
  unsigned pages = 0;

  Surroundings() {
    host.abi = platform.abi = VTD_ABI;
    host.size = sizeof host;
    host.ctx = this;
    host.alloc = [](void* ctx, std::uint32_t) -> void* {
      ++static_cast<Surroundings*>(ctx)->pages;
      return nullptr;
    };
    platform.size = sizeof platform;
    platform.host_address_width = 46;
    platform.unit_count = platform.memory_count = platform.crash_count = 1;
    platform.memory = &ram;
    platform.crash = &crash;
  }
  int boot() {
    vtd_boot* made = nullptr;
    return vtd_engine_get()->boot(&host, &platform, &made);
  }
};

TEST(Caller, WhoAsksForAnImpossibleBootGetsNone) {
  Surroundings well;
  EXPECT_EQ(well.boot(), VTD_NO_MEMORY) << "the control: only memory is missing";
  EXPECT_EQ(well.pages, 1u);
  const auto refused = [](auto spoil) {
    Surroundings s;
    spoil(s);
    return s.boot() == VTD_BAD_ARGUMENT && s.pages == 0;
  };
  EXPECT_TRUE(refused([](Surroundings& s) { s.host.abi = VTD_ABI + 1; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.host.size = sizeof s.host - 8; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.abi = VTD_ABI + 1; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.size = sizeof s.platform - 8; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.unit_count = 0; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.unit_count = 33; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.host_address_width = 12; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.host_address_width = 53; }));
  EXPECT_TRUE(refused([](Surroundings& s) { s.platform.strategy = VTD_AUTO + 1; }));

  const vtd_engine& engine = *vtd_engine_get();
  vtd_boot* boot = nullptr;
  EXPECT_EQ(engine.boot(nullptr, &well.platform, &boot), VTD_BAD_ARGUMENT);
  EXPECT_EQ(engine.boot(&well.host, nullptr, &boot), VTD_BAD_ARGUMENT);
  EXPECT_EQ(engine.boot(&well.host, &well.platform, nullptr), VTD_BAD_ARGUMENT);
}

TEST(Caller, OrderIsKept) {
  FakeMachine m;
  m.usual();
  ASSERT_EQ(m.boot(), VTD_OK);
  vtd_domain domain{};
  std::uint64_t iova = 0;
  const auto life_is_refused = [&] {
    return m.engine->attach(m.handle, 0, 0x10, &domain) == VTD_WRONG_STATE &&
           m.engine->detach(m.handle, 0, 0x10) == VTD_WRONG_STATE &&
           m.engine->unplug(m.handle, 0, 0x10) == VTD_WRONG_STATE &&
           m.engine->hand_over(m.handle, 0, 0x10) == VTD_WRONG_STATE &&
           m.engine->map(m.handle, 0, 0x1000, 0x9000, 0x1000, 3) == VTD_WRONG_STATE &&
           m.engine->unmap(m.handle, 0, 0x1000, 0x1000) == VTD_WRONG_STATE &&
           m.engine->find_iova(m.handle, 0, 0x1000, 0x1000, 1u << 30, &iova) == VTD_WRONG_STATE;
  };
  EXPECT_EQ(m.commit(), VTD_WRONG_STATE);
  EXPECT_EQ(m.engine->audit(m.handle), VTD_WRONG_STATE);
  EXPECT_TRUE(life_is_refused());
  ASSERT_EQ(m.copy(), VTD_OK);
  EXPECT_EQ(m.copy(), VTD_WRONG_STATE);
  EXPECT_TRUE(life_is_refused());
  ASSERT_EQ(m.commit(), VTD_OK);
  EXPECT_EQ(m.copy(), VTD_WRONG_STATE);
  EXPECT_EQ(m.commit(), VTD_WRONG_STATE);
}

TEST(Caller, WhatDoesNotExistIsNotFound) {
  FakeMachine m;
  m.usual();
  ASSERT_EQ(m.take_over(), VTD_OK);
  vtd_finding finding{};
  EXPECT_EQ(m.engine->finding(m.handle, static_cast<std::uint32_t>(m.findings().size()), &finding), VTD_BAD_ARGUMENT);
  EXPECT_NE(m.engine->root(m.handle, 0), 0u);
  EXPECT_EQ(m.engine->root(m.handle, 1), 0u);
  std::uint64_t word = ~std::uint64_t{0};
  EXPECT_EQ(m.engine->domain_ids(m.handle, 1, &word, 1), 0u);
  EXPECT_EQ(word, ~std::uint64_t{0});
  EXPECT_EQ(m.engine->domain_ids(m.handle, 0, nullptr, 0), 256u) << "how many there are";
  EXPECT_EQ(m.engine->domain_ids(m.handle, 0, &word, 1), 256u) << "as many words as there is room for";
  EXPECT_EQ(word, std::uint64_t{1} << 5);
  vtd_domain domain{};
  EXPECT_EQ(m.engine->attach(m.handle, 1, 0x10, &domain), VTD_BAD_ARGUMENT);
  EXPECT_EQ(m.engine->attach(m.handle, 0, 0x10000, &domain), VTD_BAD_ARGUMENT);
}

TEST(Caller, RangesArePagesThatExist) {
  FakeMachine m;
  m.usual();
  ASSERT_EQ(m.take_over(), VTD_OK);
  const vtd_domain d = m.attach(0x10);
  const std::size_t pages = m.pages_in_use;
  std::uint64_t iova = 0;
  EXPECT_EQ(map(m, d, 0x1000, 0x9000, 0x1000, 0), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 0x1000, 0x9000, 0x1000, 4), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 0x1000, 0x9001, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 0x1000, std::uint64_t{1} << 46, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 0x1000, (std::uint64_t{1} << 46) - 0x1000, 0x2000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(map(m, d, 0x1000, 0xfee00000, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(m.engine->unmap(m.handle, d.handle, 0x1000, 0), VTD_BAD_ARGUMENT);
  const auto find = [&](std::uint64_t bytes, std::uint64_t alignment) {
    return m.engine->find_iova(m.handle, d.handle, bytes, alignment, 1u << 30, &iova);
  };
  EXPECT_EQ(find(0, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(find(0x1800, 0x1000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(find(0x1000, 0x800), VTD_BAD_ARGUMENT);
  EXPECT_EQ(find(0x1000, 0x3000), VTD_BAD_ARGUMENT);
  EXPECT_EQ(find(0x1000, 0x1000), VTD_OK);
  EXPECT_EQ(m.pages_in_use, pages);
}

// A second audit starts anew: what it says of hazards and regions takes the place of what the first one said, and
// mappings of the crash kernel's own are none.
TEST(Caller, AuditsMayBeRepeated) {
  FakeMachine m;
  m.usual();
  m.old(0x13000)[7] = FakeMachine::kCrash | 3;
  m.reserved.push_back({0x8000, 0x8fff, 0, 0x10});
  m.reserved.push_back({0x8000, 0x8fff, 9, 0x10});
  ASSERT_EQ(m.take_over(), VTD_OK);
  ASSERT_EQ(m.engine->audit(m.handle), VTD_OK);
  const std::size_t told = m.findings().size();
  EXPECT_GE(told, 2u);
  const vtd_domain fresh = m.attach(0x21), adopted = m.attach(0x10);
  ASSERT_EQ(map(m, fresh, 0x1000, FakeMachine::kCrash + 0x100000, 0x1000), VTD_OK);
  ASSERT_EQ(map(m, adopted, 0x40000000, FakeMachine::kCrash + 0x100000, 0x1000), VTD_OK);
  ASSERT_EQ(m.engine->audit(m.handle), VTD_OK);
  EXPECT_EQ(m.findings().size(), told);
}

}  // namespace
}  // namespace vtd::engine::test
