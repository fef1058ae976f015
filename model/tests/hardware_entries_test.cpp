// SPDX-License-Identifier: Apache-2.0 OR MIT
// Live entries while hardware may be using them: the protocol of every kind of entry, kept and broken.
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

constexpr Iova kIova = 0x1000;  // of the entry at kLevel1 + 8

class HardwareEntries : public HardwareBench {
 protected:
  void start(uint64_t capability = kCapability, uint64_t extended = kExtended) {
    boot(capability, extended);
    take_over();
  }
  void retire_context() {
    store(kContext, get(kContext) & ~uint64_t{1});
    flush(kContext);
    invalidate_context(kSelective, kSource, kId);
    invalidate_iotlb(kDomain, kId);
  }
  void expect_stale(Address entry) {
    expect_held();
    hardware.call_returned();
    expect_broken(Rule::nothing_stale_after_call, entry);
  }
  void expect_clean() {
    hardware.call_returned();
    expect_held();
  }
  const Address kContext = context_entry(kNew), kLeaf = kNew + kLevel1 + 8, kLink = kNew + kLevel2;
};

// --- context entries -------------------------------------------------------------------------------------------------

TEST_F(HardwareEntries, good_context_retired_and_installed) {
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

TEST_F(HardwareEntries, bad_high_half_first) {
  start();
  store(kContext + 8, 0);
  expect_broken(Rule::live_context_is_not_torn, kContext);
}

TEST_F(HardwareEntries, bad_context_by_halves_of_qwords) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1}, 4);
  expect_broken(Rule::live_context_is_not_torn, kContext);
}

TEST_F(HardwareEntries, bad_high_half_after_present) {
  start();
  retire_context();
  store(kContext, kNew + kLevel4 + 1);
  store(kContext + 8, 2 | 9 << 8);
  expect_broken(Rule::live_context_is_not_torn, kContext);
}

TEST_F(HardwareEntries, good_software_bits_of_a_context) {
  start();
  store(kContext + 8, get(kContext + 8) | 0x78);
  expect_clean();
}

TEST_F(HardwareEntries, bad_type_edited_in_place) {
  start();
  store(kContext, get(kContext) | 2 << 2);
  expect_broken(Rule::present_entry_is_not_edited, kContext);
}

TEST_F(HardwareEntries, bad_context_invalidated_under_another_id) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  invalidate_context(kSelective, kSource, kId + 1);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kContext);
}

TEST_F(HardwareEntries, bad_context_invalidated_for_another_device) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  invalidate_context(kSelective, kSource + 8, kId);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kContext);
}

TEST_F(HardwareEntries, good_function_mask) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kSelective << 61 | uint64_t{3} << 32 | (kSource + 7) << 16 | kId, 8);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwareEntries, bad_flush_while_present) {
  start();
  invalidate_context(kSelective, kSource, kId);
  invalidate_iotlb(kDomain, kId);
  store(kContext, get(kContext) & ~uint64_t{1});
  expect_stale(kContext);
}

TEST_F(HardwareEntries, bad_context_installed_while_the_old_one_is_cached) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  store(kContext + 8, 2 | 9 << 8);
  store(kContext, kNew + kLevel4 + 1);
  expect_broken(Rule::old_entry_is_forgotten_first, kContext);
}

TEST_F(HardwareEntries, good_context_put_back_as_it_was) {
  start();
  const uint64_t low = get(kContext);
  store(kContext, low & ~uint64_t{1});
  store(kContext, low);
  expect_clean();
}

TEST_F(HardwareEntries, bad_id_given_to_another_table_too_early) {
  start();
  store(kContext, get(kContext) & ~uint64_t{1});
  put(kSpare, 0);
  const Address other = context_entry(kNew, 0x20);
  store(other + 8, 2 | kId << 8);
  store(other, kSpare + 1);
  expect_broken(Rule::old_entry_is_forgotten_first, other);
}

TEST_F(HardwareEntries, good_context_swapped_for_a_copy) {
  start();
  put(kSpare, get(kNew + kLevel4));
  store(kContext, kSpare + 1);
  invalidate_context(kSelective, kSource, kId);
  hardware.freed(kNew + kLevel4);
  expect_clean();
  EXPECT_GT(hardware.checked(Rule::present_entry_is_not_edited), 0u);
  EXPECT_GT(hardware.checked(Rule::page_is_forgotten_before_free), 0u);
}

TEST_F(HardwareEntries, bad_context_swapped_for_something_else) {
  start();
  put(kSpare, 0);
  store(kContext, kSpare + 1);
  expect_broken(Rule::present_entry_is_not_edited, kContext);
}

TEST_F(HardwareEntries, bad_context_swapped_and_old_table_freed_at_once) {
  start();
  put(kSpare, get(kNew + kLevel4));
  store(kContext, kSpare + 1);
  hardware.freed(kNew + kLevel4);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel4);
}

TEST_F(HardwareEntries, bad_context_swapped_and_not_invalidated) {
  start();
  put(kSpare, get(kNew + kLevel4));
  store(kContext, kSpare + 1);
  expect_stale(kContext);
}

TEST_F(HardwareEntries, bad_context_swapped_for_a_deep_copy_needs_the_iotlb_too) {
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

TEST_F(HardwareEntries, good_root_entry_swapped_for_a_cloned_context_table) {
  start();
  put(kSpare + 16 * kSource, get(kContext));
  put(kSpare + 16 * kSource + 8, get(kContext + 8));
  store(kNew, kSpare + 1);
  invalidate_context(kGlobal);
  hardware.freed(kNew + kContextPage);
  expect_clean();
  EXPECT_TRUE(hardware.live(kSpare));
}

TEST_F(HardwareEntries, bad_root_entry_cleared_with_one_device_forgotten) {
  start();
  store(kNew, 0);
  invalidate_context(kSelective, kSource, kId);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kNew);
}

TEST_F(HardwareEntries, good_root_entry_for_a_new_bus) {
  start();
  put(kSpare, 0);
  store(kNew + 16, kSpare + 1);
  expect_clean();
  EXPECT_TRUE(hardware.live(kSpare));
}

TEST_F(HardwareEntries, bad_caching_mode_keeps_the_absent_context) {
  start(kCapability | kCachingMode);
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  expect_stale(context_entry(kNew, 0x20));
}

TEST_F(HardwareEntries, good_caching_mode_forgets_the_absent_context_under_id_zero) {
  start(kCapability | kCachingMode);
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  invalidate_context(kSelective, 0x20, 0);
  expect_clean();
}

// --- paging entries --------------------------------------------------------------------------------------------------

TEST_F(HardwareEntries, good_map_and_unmap) {
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

TEST_F(HardwareEntries, bad_unmap_not_invalidated) {
  start();
  store(kLeaf, 0);
  expect_stale(kLeaf);
}

TEST_F(HardwareEntries, bad_unmap_invalidates_another_domain) {
  start();
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId + 1);
  expect_stale(kLeaf);
}

TEST_F(HardwareEntries, bad_unmap_of_two_pages_invalidates_one) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kLeaf + 8);
}

// ADDR is masked by AM: two pages from 0x1000 are 0x0 and 0x1000, not 0x1000 and 0x2000.
TEST_F(HardwareEntries, bad_address_not_aligned_to_its_mask) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova | 1);
  expect_stale(kLeaf + 8);
}

TEST_F(HardwareEntries, good_mask_covers_both_pages) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  invalidate_iotlb(kSelective, kId, kIova | 2);
  expect_clean();
}

TEST_F(HardwareEntries, good_mask_reaches_below_the_address) {
  start();
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, 0x3000 | 2);
  expect_clean();
}

TEST_F(HardwareEntries, bad_paging_entry_by_halves) {
  start();
  store(kLeaf, 0, 4);
  expect_broken(Rule::live_paging_entry_is_not_torn, kLeaf);
}

TEST_F(HardwareEntries, bad_leaf_edited_in_place) {
  start();
  store(kLeaf, 0xa003);
  expect_broken(Rule::present_entry_is_not_edited, kLeaf);
}

TEST_F(HardwareEntries, good_ignored_bits_edited_in_place) {
  start();
  store(kLeaf, get(kLeaf) | uint64_t{1} << 60);
  expect_clean();
}

TEST_F(HardwareEntries, bad_small_pages_replaced_by_a_large_one_in_place) {
  start();
  store(kLink, 0x40000083);
  expect_broken(Rule::present_entry_is_not_edited, kLink);
}

TEST_F(HardwareEntries, bad_mapped_again_before_the_old_page_is_forgotten) {
  start();
  store(kLeaf, 0);
  store(kLeaf, 0xa003);
  expect_broken(Rule::old_entry_is_forgotten_first, kLeaf);
}

TEST_F(HardwareEntries, bad_large_page_over_small_ones_still_cached) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  store(kLink, 0);
  store(kLink, 0x40000083);
  expect_broken(Rule::old_entry_is_forgotten_first, kLink);
}

TEST_F(HardwareEntries, good_unmap_undone) {
  start();
  store(kLeaf, 0);
  store(kLeaf, 0x8003);
  expect_clean();
}

TEST_F(HardwareEntries, good_table_unlinked_and_freed) {
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

TEST_F(HardwareEntries, bad_leaves_only_keeps_the_way_to_a_table) {
  start();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  store(kLink, 0);
  invalidate_iotlb(kSelective, kId, kIova | 2 | 1 << 6);
  hardware.freed(kNew + kLevel1);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel1);
}

TEST_F(HardwareEntries, bad_table_below_an_unlinked_one_freed_at_once) {
  start();
  store(kNew + kLevel3, 0);
  hardware.freed(kNew + kLevel1);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel1);
}

TEST_F(HardwareEntries, bad_full_table_unlinked_and_one_page_invalidated) {
  start();
  store(kLink, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kLink);
}

TEST_F(HardwareEntries, good_link_swapped_for_a_clone) {
  start();
  put(kSpare + 8, get(kLeaf));
  put(kSpare + 16, get(kLeaf + 8));
  store(kLink, kSpare + 3);
  invalidate_iotlb(kSelective, kId, kIova);
  hardware.freed(kNew + kLevel1);
  expect_clean();
  EXPECT_TRUE(hardware.live(kSpare));
}

TEST_F(HardwareEntries, bad_link_swapped_and_not_invalidated) {
  start();
  put(kSpare + 8, get(kLeaf));
  put(kSpare + 16, get(kLeaf + 8));
  store(kLink, kSpare + 3);
  expect_stale(kLink);
}

// Below the swapped link another table was copied too: its old way is cached for every 2 MiB.
TEST_F(HardwareEntries, bad_deep_swap_invalidated_for_one_page) {
  start();
  const Address level2 = kSpare, level1 = kSpare + kPageBytes;
  put(level1 + 8, get(kLeaf));
  put(level1 + 16, get(kLeaf + 8));
  put(level2, level1 + 3);
  store(kNew + kLevel3, level2 + 3);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kNew + kLevel3);
}

TEST_F(HardwareEntries, bad_blank_table_installed_and_filled_later) {
  start();
  put(kSpare, 0);
  store(kLink, kSpare + 3);
  expect_broken(Rule::present_entry_is_not_edited, kLink);
}

TEST_F(HardwareEntries, bad_live_table_freed) {
  start();
  hardware.freed(kNew + kLevel3);
  expect_broken(Rule::page_is_forgotten_before_free, kNew + kLevel3);
}

// Two domains share the table below: each has cached it under its own id.
TEST_F(HardwareEntries, bad_shared_table_forgotten_for_one_of_two_domains) {
  start();
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kLeaf);
}

TEST_F(HardwareEntries, good_shared_table_forgotten_for_both_domains) {
  start();
  store(context_entry(kNew, 0x20) + 8, 2 | 9 << 8);
  store(context_entry(kNew, 0x20), kNew + kLevel4 + 1);
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  invalidate_iotlb(kSelective, 9, kIova);
  expect_clean();
}

TEST_F(HardwareEntries, bad_page_at_two_addresses_forgotten_at_one) {
  start();
  store(kLink + 8, kNew + kLevel1 + 3);
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, kIova);
  expect_stale(kLeaf);
}

TEST_F(HardwareEntries, bad_page_at_two_addresses_forgotten_at_the_other) {
  start();
  store(kLink + 8, kNew + kLevel1 + 3);
  store(kLeaf, 0);
  invalidate_iotlb(kSelective, kId, kIova + 0x200000);
  expect_stale(kLeaf);
}

TEST_F(HardwareEntries, good_page_at_two_addresses_forgotten_for_the_domain) {
  start();
  store(kLink + 8, kNew + kLevel1 + 3);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwareEntries, bad_caching_mode_keeps_the_absent_page) {
  start(kCapability | kCachingMode);
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_stale(kNew + kLevel1 + 0x80);
}

TEST_F(HardwareEntries, good_caching_mode_forgets_the_absent_pages_of_a_new_table) {
  start(kCapability | kCachingMode);
  put(kSpare + 8, 0xa003);
  put(kSpare + 24, 0xb003);
  store(kLink + 8, kSpare + 3);
  invalidate_iotlb(kSelective, kId, 0x201000);
  invalidate_iotlb(kSelective, kId, 0x203000);
  expect_clean();
}

TEST_F(HardwareEntries, bad_caching_mode_keeps_one_of_the_absent_pages) {
  start(kCapability | kCachingMode);
  put(kSpare + 8, 0xa003);
  put(kSpare + 24, 0xb003);
  store(kLink + 8, kSpare + 3);
  invalidate_iotlb(kSelective, kId, 0x201000);
  expect_stale(kLink + 8);
}

// --- what the unit can see -------------------------------------------------------------------------------------------

TEST_F(HardwareEntries, good_written_back_then_linked) {
  start(kCapability, kNotCoherent);
  put(kSpare + 8, 0xa003);
  flush(kSpare, kPageBytes);
  store(kLink + 8, kSpare + 3);
  flush(kLink + 8);
  expect_clean();
  EXPECT_GT(hardware.checked(Rule::contents_before_publication), 0u);
}

TEST_F(HardwareEntries, bad_linked_then_written_back) {
  start(kCapability, kNotCoherent);
  put(kSpare + 8, 0xa003);
  store(kLink + 8, kSpare + 3);
  flush(kSpare, kPageBytes);
  flush(kLink + 8);
  expect_broken(Rule::contents_before_publication, kSpare);
}

TEST_F(HardwareEntries, bad_invalidated_then_written_back) {
  start(kCapability, kNotCoherent);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  flush(kLeaf);
  expect_stale(kLeaf);
}

TEST_F(HardwareEntries, good_written_back_then_invalidated) {
  start(kCapability, kNotCoherent);
  store(kLeaf, 0);
  flush(kLeaf);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwareEntries, bad_mapping_never_written_back) {
  start(kCapability, kNotCoherent);
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_stale(kNew + kLevel1);
}

TEST_F(HardwareEntries, bad_context_retired_without_write_back) {
  start(kCapability, kNotCoherent);
  store(kContext, get(kContext) & ~uint64_t{1});
  invalidate_context(kSelective, kSource, kId);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kContext);
}

TEST_F(HardwareEntries, good_mapping_flushed_from_the_write_buffer) {
  boot(kCapability | kWriteBuffer);
  copy();
  command(kWbf);
  set_root();
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  expect_clean();
  store(kNew + kLevel1 + 0x80, 0xa003);
  command(kWbf);
  expect_clean();
}

TEST_F(HardwareEntries, bad_mapping_left_in_the_write_buffer) {
  boot(kCapability | kWriteBuffer);
  copy();
  command(kWbf);
  set_root();
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  expect_clean();
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_stale(kGcmd);
}

// --- builds that do not report stores --------------------------------------------------------------------------------

TEST_F(HardwareEntries, good_unreported_stores) {
  hardware.watch_stores(false);
  start();
  put(kLink, 0);
  invalidate_iotlb(kGlobal);
  hardware.freed(kNew + kLevel1);
  expect_clean();
}

TEST_F(HardwareEntries, bad_unreported_stores_and_a_live_table_freed) {
  hardware.watch_stores(false);
  start();
  put(kLink + 8, kSpare + 3);
  hardware.freed(kSpare);
  expect_broken(Rule::page_is_forgotten_before_free, kSpare);
}

}  // namespace
}  // namespace vtd::model
