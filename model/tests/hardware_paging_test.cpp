// SPDX-License-Identifier: Apache-2.0 OR MIT
// Live second-stage entries: mapping, unmapping, swapping and freeing tables, with the protocol kept and broken
// (S§6.2).
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwarePaging : public LiveEntries {};

TEST_F(HardwarePaging, good_map_and_unmap) {
  start();
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_clean();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova);  // page by page
  invalidate_iotlb(kSelective, kId, kIova + 0x1000);
  expect_clean();
  store(kLeaf, 0xb003);
  expect_clean();
  EXPECT_GT(hardware.checked(Rule::live_paging_entry_is_not_torn), 0u);
}

TEST_F(HardwarePaging, bad_unmap_not_invalidated) {
  start();
  store(kLeaf, 0);
  expect_stale(kLeaf);
}

// CAP.DWD: a write that is under way is waited for when DW says so, and else may land yet (S§6.5.4).
TEST_F(HardwarePaging, bad_unmap_without_draining_writes) {
  start(kCapability | kDrainsWrites);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kLeaf);
}

TEST_F(HardwarePaging, good_unmap_draining_writes) {
  start(kCapability | kDrainsWrites);
  store(kLeaf, 0);
  hardware.write(0, kIotlb, kStart | kDomain << 60 | kDrain | uint64_t{kId} << 32, 8);
  expect_clean();
}

TEST_F(HardwarePaging, good_and_bad_unmap_draining_writes_by_the_queue) {
  start(kCapability | kDrainsWrites);
  start_queue();
  constexpr uint64_t iotlb = 2 | kDomain << 4 | uint64_t{kId} << 16, drains = 1 << 6;
  store(kLeaf, 0);
  queue(iotlb | drains);
  queue(kWait, kStatus);
  submit();
  expect_clean();
  store(kLeaf + 8, 0);
  queue(iotlb);
  queue(kWait, kStatus);
  submit();
  expect_stale(kLeaf + 8);
}

// From major version 2 on hardware drains whatever is asked.
TEST_F(HardwarePaging, good_unmap_on_a_unit_that_always_drains) {
  start(kCapability | kDrainsWrites, kExtended, 0x20);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwarePaging, bad_unmap_invalidates_another_domain) {
  start();
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId + 1);
  expect_stale(kLeaf);
}

TEST_F(HardwarePaging, bad_unmap_of_two_pages_invalidates_one) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kLeaf + 8);
}

// ADDR is masked by AM: two pages from 0x1000 are 0x0 and 0x1000, not 0x1000 and 0x2000.
TEST_F(HardwarePaging, bad_address_not_aligned_to_its_mask) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova | 1);
  expect_stale(kLeaf + 8);
}

TEST_F(HardwarePaging, good_mask_covers_both_pages) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova | 2);
  expect_clean();
}

TEST_F(HardwarePaging, good_mask_reaches_below_the_address) {
  start();
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, 0x3000 | 2);
  expect_clean();
}

TEST_F(HardwarePaging, bad_paging_entry_by_halves) {
  start();
  store(kLeaf, 0, 4);
  expect_broken(Rule::live_paging_entry_is_not_torn, kLeaf);
}

TEST_F(HardwarePaging, bad_leaf_edited_in_place) {
  start();
  store(kLeaf, 0xa003);
  expect_broken(Rule::present_entry_is_not_edited, kLeaf);
}

TEST_F(HardwarePaging, good_ignored_bits_edited_in_place) {
  start();
  store(kLeaf, get(kLeaf) | uint64_t{1} << 60);
  expect_clean();
}

TEST_F(HardwarePaging, bad_small_pages_replaced_by_a_large_one_in_place) {
  start();
  store(kLink, 0x40000083);
  expect_broken(Rule::present_entry_is_not_edited, kLink);
}

TEST_F(HardwarePaging, bad_mapped_again_before_the_old_page_is_forgotten) {
  start();
  store(kLeaf, 0);
  store(kLeaf, 0xa003);
  expect_broken(Rule::old_entry_is_forgotten_first, kLeaf);
}

TEST_F(HardwarePaging, bad_large_page_over_small_ones_still_cached) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  store(kLink, 0);
  store(kLink, 0x40000083);
  expect_broken(Rule::old_entry_is_forgotten_first, kLink);
}

TEST_F(HardwarePaging, good_unmap_undone) {
  start();
  store(kLeaf, 0);
  store(kLeaf, 0x8003);
  expect_clean();
}

TEST_F(HardwarePaging, good_table_unlinked_and_freed) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  store(kLink, 0);
  EXPECT_TRUE(hardware.live(kNew + kLevel1)) << "caches may still lead there";
  invalidate_iotlb(kSelective, kId, kIova | 2);
  hardware.freed(kNew + kLevel1);
  expect_clean();
  EXPECT_FALSE(hardware.live(kNew + kLevel1));
}

TEST_F(HardwarePaging, bad_leaves_only_keeps_the_way_to_a_table) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  store(kLink, 0);
  invalidate_iotlb(kSelective, kId, kIova | 2 | 1 << 6);
  hardware.freed(kNew + kLevel1);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel1);
}

TEST_F(HardwarePaging, bad_table_below_an_unlinked_one_freed_at_once) {
  start();
  store(kNew + kLevel3, 0);
  hardware.freed(kNew + kLevel1);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel1);
}

TEST_F(HardwarePaging, bad_full_table_unlinked_and_one_page_invalidated) {
  start();
  store(kLink, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kLink);
}

TEST_F(HardwarePaging, good_link_swapped_for_a_clone) {
  start();
  put(kSpare + 8, get(kLeaf));
  put(kSpare + 16, get(kLeaf + 8));
  store(kLink, kSpare + 3);
  invalidate_iotlb(kSelective, kId, kIova);
  hardware.freed(kNew + kLevel1);
  expect_clean();
  EXPECT_TRUE(hardware.live(kSpare));
}

TEST_F(HardwarePaging, bad_link_swapped_and_not_invalidated) {
  start();
  put(kSpare + 8, get(kLeaf));
  put(kSpare + 16, get(kLeaf + 8));
  store(kLink, kSpare + 3);
  expect_stale(kLink);
}

// Below the swapped link another table was copied too: its old way is cached for every 2 MiB.
TEST_F(HardwarePaging, bad_deep_swap_invalidated_for_one_page) {
  start();
  const Address level2 = kSpare, level1 = kSpare + kPageBytes;
  put(level1 + 8, get(kLeaf));
  put(level1 + 16, get(kLeaf + 8));
  put(level2, level1 + 3);
  store(kNew + kLevel3, level2 + 3);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kNew + kLevel3);
}

TEST_F(HardwarePaging, bad_blank_table_installed_and_filled_later) {
  start();
  put(kSpare, 0);
  store(kLink, kSpare + 3);
  expect_broken(Rule::present_entry_is_not_edited, kLink);
}

TEST_F(HardwarePaging, bad_live_table_freed) {
  start();
  hardware.freed(kNew + kLevel3);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel3);
}

// Two domains share the table below: each has cached it under its own id.
TEST_F(HardwarePaging, bad_shared_table_forgotten_for_one_of_two_domains) {
  start();
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kLeaf);
}

TEST_F(HardwarePaging, good_shared_table_forgotten_for_both_domains) {
  start();
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  invalidate_iotlb(kSelective, 9, kIova);
  expect_clean();
}

TEST_F(HardwarePaging, bad_page_at_two_addresses_forgotten_at_one) {
  start();
  store(kLink + 8, kNew + kLevel1 + 3);
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kLeaf);
}

TEST_F(HardwarePaging, bad_page_at_two_addresses_forgotten_at_the_other) {
  start();
  store(kLink + 8, kNew + kLevel1 + 3);
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, kIova + 0x200000);
  expect_stale(kLeaf);
}

TEST_F(HardwarePaging, good_page_at_two_addresses_forgotten_for_the_domain) {
  start();
  store(kLink + 8, kNew + kLevel1 + 3);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwarePaging, bad_caching_mode_keeps_the_absent_page) {
  start(kCapability | kCachingMode);
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_stale(kNew + kLevel1 + 0x80);
}

TEST_F(HardwarePaging, good_caching_mode_forgets_the_absent_pages_of_a_new_table) {
  start(kCapability | kCachingMode);
  put(kSpare + 8, 0xa003);
  put(kSpare + 24, 0xb003);
  store(kLink + 8, kSpare + 3);
  invalidate_iotlb(kSelective, kId, 0x201000);
  invalidate_iotlb(kSelective, kId, 0x203000);
  expect_clean();
}

TEST_F(HardwarePaging, bad_caching_mode_keeps_one_of_the_absent_pages) {
  start(kCapability | kCachingMode);
  put(kSpare + 8, 0xa003);
  put(kSpare + 24, 0xb003);
  store(kLink + 8, kSpare + 3);
  invalidate_iotlb(kSelective, kId, 0x201000);
  expect_stale(kLink + 8);
}

}  // namespace
}  // namespace vtd::model
