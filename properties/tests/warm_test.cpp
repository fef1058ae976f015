// SPDX-License-Identifier: Apache-2.0 OR MIT
// Once warm, judging allocates nothing: a fuzz engine judges tens of thousands of takeovers a second.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "properties/tests/desk.h"

namespace {
unsigned long allocations = 0;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // it inlines one of the pair below and not the other
#endif
void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const memory = std::malloc(bytes); memory != nullptr) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace vtd::properties::test {
namespace {

TEST(Warm, judging_allocates_nothing) {
  Desk desk;
  desk.usual();
  desk.paging(frame(4), 2, kHole);
  desk.taken_over();
  desk.claims.attached.push_back({0, 0x10, 1, 0, 5, 2, desk.copy_of(frame(2), 4), false});
  const auto life = [&] {
    desk.after_copy();
    desk.after_commit();
    desk.after_call();
    desk.properties.hardware_rules(desk.evidence(), desk.judge);
  };
  life();
  const unsigned long before = allocations;
  EXPECT_GT(before, 0u);
  life();
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(desk.judge.held());
}

}  // namespace
}  // namespace vtd::properties::test
