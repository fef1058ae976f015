// SPDX-License-Identifier: Apache-2.0 OR MIT
// Live root and context entries: the protocol of retiring, installing and swapping, kept and broken (S§6.5.3, S§9).
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwareContext : public LiveEntries {};

TEST_F(HardwareContext, good_context_retired_and_installed) {
  start();
  retire_context();
  store(kContext + 8, 0);
  store(kContext, 0);
  expect_clean();
  EXPECT_FALSE(hardware.live(kNew + kLevel4));
  store(kContext + 8, 2 | 9 << 8);
  store(kContext, kNew + kLevel4 + 1);
  expect_clean();
  EXPECT_TRUE(hardware.live(kNew + kLevel1));
  EXPECT_GT(hardware.checked(Rule::live_context_is_not_torn), 0u);
  EXPECT_GT(hardware.checked(Rule::old_entry_is_forgotten_first), 0u);
}

TEST_F(HardwareContext, bad_high_half_first) {
  start();
  store(kContext + 8, 0);
  expect_broken(Rule::live_context_is_not_torn, kContext);
}

TEST_F(HardwareContext, bad_context_by_halves_of_qwords) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1}, 4);
  expect_broken(Rule::live_context_is_not_torn, kContext);
}

TEST_F(HardwareContext, bad_high_half_after_present) {
  start();
  retire_context();
  store(kContext, kNew + kLevel4 + 1);
  store(kContext + 8, 2 | 9 << 8);
  expect_broken(Rule::live_context_is_not_torn, kContext);
}

TEST_F(HardwareContext, good_software_bits_of_a_context) {
  start();
  store(kContext + 8, get(kContext + 8) | 0x78);
  expect_clean();
}

TEST_F(HardwareContext, bad_type_edited_in_place) {
  start();
  store(kContext, get(kContext) | 2 << 2);
  expect_broken(Rule::present_entry_is_not_edited, kContext);
}

TEST_F(HardwareContext, bad_context_invalidated_under_another_id) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  invalidate_context(kSelective, kSource, kId + 1);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kContext);
}

TEST_F(HardwareContext, bad_context_invalidated_for_another_device) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  invalidate_context(kSelective, kSource + 8, kId);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kContext);
}

TEST_F(HardwareContext, good_function_mask) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kSelective << 61 | uint64_t{3} << 32 | (kSource + 7) << 16 | kId, 8);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwareContext, bad_flush_while_present) {
  start();
  invalidate_context(kSelective, kSource, kId);
  invalidate_iotlb(kDomain, kId);
  store(kContext, get(kContext) & ~uint64_t{1});
  expect_stale(kContext);
}

TEST_F(HardwareContext, bad_context_installed_while_the_old_one_is_cached) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  store(kContext + 8, 2 | 9 << 8);
  store(kContext, kNew + kLevel4 + 1);
  expect_broken(Rule::old_entry_is_forgotten_first, kContext);
}

TEST_F(HardwareContext, good_context_put_back_as_it_was) {
  start();
  const uint64_t low = get(kContext);
  store(kContext, low & ~uint64_t{1});
  store(kContext, low);
  expect_clean();
}

TEST_F(HardwareContext, bad_id_given_to_another_table_too_early) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  put(kSpare, 0);
  const Address other = context_entry(kNew, 0x20);
  store(other + 8, 2 | kId << 8);
  store(other, kSpare + 1);
  expect_broken(Rule::old_entry_is_forgotten_first, other);
}

TEST_F(HardwareContext, good_context_swapped_for_a_copy) {
  start();
  put(kSpare, get(kNew + kLevel4));
  store(kContext, kSpare + 1);
  invalidate_context(kSelective, kSource, kId);
  hardware.freed(kNew + kLevel4);
  expect_clean();
  EXPECT_GT(hardware.checked(Rule::present_entry_is_not_edited), 0u);
  EXPECT_GT(hardware.checked(Rule::page_is_forgotten_before_free), 0u);
}

TEST_F(HardwareContext, bad_context_swapped_for_something_else) {
  start();
  put(kSpare, 0);
  store(kContext, kSpare + 1);
  expect_broken(Rule::present_entry_is_not_edited, kContext);
}

TEST_F(HardwareContext, bad_context_swapped_and_old_table_freed_at_once) {
  start();
  put(kSpare, get(kNew + kLevel4));
  store(kContext, kSpare + 1);
  hardware.freed(kNew + kLevel4);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel4);
}

TEST_F(HardwareContext, bad_context_swapped_and_not_invalidated) {
  start();
  put(kSpare, get(kNew + kLevel4));
  store(kContext, kSpare + 1);
  expect_stale(kContext);
}

TEST_F(HardwareContext, bad_context_swapped_for_a_deep_copy_needs_the_iotlb_too) {
  start();
  for (unsigned level = 4; level >= 1; --level) {
    const Address from = kNew + (6 - level) * kPageBytes, to = kSpare + (4 - level) * kPageBytes;
    put(to, level > 1 ? to + kPageBytes + 3 : 0);
    if (level == 1) put(to + 8, get(from + 8));
    if (level == 1) put(to + 16, get(from + 16));
  }
  store(kContext, kSpare + 1);
  invalidate_context(kSelective, kSource, kId);
  expect_stale(kContext);
}

TEST_F(HardwareContext, good_root_entry_swapped_for_a_cloned_context_table) {
  start();
  put(kSpare + 16 * kSource, get(kContext));
  put(kSpare + 16 * kSource + 8, get(kContext + 8));
  store(kNew, kSpare + 1);
  invalidate_context(kGlobal);
  hardware.freed(kNew + kContextPage);
  expect_clean();
  EXPECT_TRUE(hardware.live(kSpare));
}

TEST_F(HardwareContext, bad_root_entry_cleared_with_one_device_forgotten) {
  start();
  store(kNew, 0);
  invalidate_context(kSelective, kSource, kId);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kNew);
}

TEST_F(HardwareContext, good_root_entry_for_a_new_bus) {
  start();
  put(kSpare, 0);
  store(kNew + 16, kSpare + 1);
  expect_clean();
  EXPECT_TRUE(hardware.live(kSpare));
}

TEST_F(HardwareContext, bad_caching_mode_keeps_the_absent_context) {
  start(kCapability | kCachingMode);
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  expect_stale(context_entry(kNew, 0x20));
}

TEST_F(HardwareContext, good_caching_mode_forgets_the_absent_context_under_id_zero) {
  start(kCapability | kCachingMode);
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  invalidate_context(kSelective, 0x20, 0);
  expect_clean();
}

}  // namespace
}  // namespace vtd::model
