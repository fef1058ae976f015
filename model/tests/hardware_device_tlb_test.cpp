// SPDX-License-Identifier: Apache-2.0 OR MIT
// Devices that translate for themselves (TT=01b): what they were told is invalidated too, last, and only while they are
// there (S§6.5.2).
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwareDeviceTlb : public LiveEntries {
 protected:
  static constexpr uint64_t kWithTlb = 1 << 2;
  static constexpr uint64_t kEverything = 0x7ffffffffffff001;

  void start_with_queue(uint64_t extended = kExtended) {
    boot(kCapability, extended);
    put(context_entry(kOld), get(context_entry(kOld)) | kWithTlb);
    copy();
    put(kContext, get(kContext) | kWithTlb);
    flush(kContext);
    start_queue();
    set_root();
    queue(kContextGlobal);
    queue(kIotlbGlobal);
    wait();
    hardware.call_returned();
    expect_held();
  }
  void wait() {
    queue(kWait, kStatus);
    submit();
  }
  void forget_iotlb() { queue(2 | kDomain << 4 | kId << 16); }
  void forget_context() { queue(1 | kSelective << 4 | kId << 16 | uint64_t{kSource} << 32); }
  void forget_device_tlb(uint64_t address = kEverything, SourceId source = kSource) {
    queue(3 | uint64_t{source} << 32, address);
  }
  void expect_device_tlb_stale(Address entry) {
    wait();
    expect_held();
    hardware.call_returned();
    ASSERT_FALSE(hardware.violations().empty());
    const Violation& first = hardware.violations().front();
    EXPECT_STREQ(rule_name(first.rule), rule_name(Rule::device_tlbs_forget_too));
    EXPECT_EQ(first.address, entry);
    EXPECT_EQ(first.got, kSource);
  }
};

TEST_F(HardwareDeviceTlb, good_page_unmapped_and_forgotten_by_the_device) {
  start_with_queue();
  store(kLeaf, 0);
  forget_iotlb();
  forget_device_tlb();
  wait();
  expect_clean();
  EXPECT_EQ(hardware.checked(Rule::device_tlbs_forget_too), 1u);
  EXPECT_EQ(hardware.checked(Rule::departed_device_is_not_asked), 1u);
}

TEST_F(HardwareDeviceTlb, bad_page_unmapped_and_remembered_by_the_device) {
  start_with_queue();
  store(kLeaf, 0);
  forget_iotlb();
  expect_device_tlb_stale(kLeaf);
}

TEST_F(HardwareDeviceTlb, bad_another_device_is_asked) {
  start_with_queue();
  store(kLeaf, 0);
  forget_iotlb();
  forget_device_tlb(kEverything, kSource + 1);
  wait();
  hardware.call_returned();
  EXPECT_TRUE(broke(Rule::departed_device_is_not_asked));
  EXPECT_TRUE(broke(Rule::device_tlbs_forget_too));
}

// The device asks again, and the unit answers from its IOTLB.
TEST_F(HardwareDeviceTlb, bad_device_asked_before_the_unit_forgets) {
  start_with_queue();
  store(kLeaf, 0);
  forget_device_tlb();
  forget_iotlb();
  expect_device_tlb_stale(kLeaf);
}

TEST_F(HardwareDeviceTlb, bad_device_asked_before_the_entry_is_written_back) {
  start_with_queue(kNotCoherent);
  store(kLeaf, 0);
  forget_iotlb();
  forget_device_tlb();
  wait();
  hardware.call_returned();
  EXPECT_TRUE(broke(Rule::nothing_stale_after_call));
}

TEST_F(HardwareDeviceTlb, good_pages_selected) {
  start_with_queue();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  forget_iotlb();
  forget_device_tlb(kIova);
  forget_device_tlb(kIova + 0x1000);
  wait();
  expect_clean();
}

TEST_F(HardwareDeviceTlb, bad_one_of_two_pages_selected) {
  start_with_queue();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  forget_iotlb();
  forget_device_tlb(kIova);
  expect_device_tlb_stale(kLeaf + 8);
}

// With S the lowest zero of ADDR says how many: 0x1000 with S=1 are the four pages from 0.
TEST_F(HardwareDeviceTlb, good_size_coded_in_the_address) {
  start_with_queue();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  forget_iotlb();
  forget_device_tlb(0x1000 | 1);
  wait();
  expect_clean();
}

TEST_F(HardwareDeviceTlb, bad_size_too_small) {
  start_with_queue();
  store(kLeaf, 0);
  store(kLeaf + 8, 0);
  forget_iotlb();
  forget_device_tlb(0x0000 | 1);  // the two pages from 0
  expect_device_tlb_stale(kLeaf + 8);
}

TEST_F(HardwareDeviceTlb, bad_context_retired_and_remembered_by_the_device) {
  start_with_queue();
  store(kContext, get(kContext) & ~uint64_t{1});
  forget_context();
  forget_iotlb();
  expect_device_tlb_stale(kContext);
}

TEST_F(HardwareDeviceTlb, good_device_that_left_needs_nothing) {
  start_with_queue();
  hardware.device_left(0, kSource);
  store(kContext, get(kContext) & ~uint64_t{1});
  forget_context();
  forget_iotlb();
  wait();
  expect_clean();
}

TEST_F(HardwareDeviceTlb, bad_device_that_left_is_asked) {
  start_with_queue();
  hardware.device_left(0, kSource);
  forget_device_tlb();
  wait();
  EXPECT_TRUE(broke(Rule::departed_device_is_not_asked));
}

// The context entry of the old tables or of the new ones says TT=01b of a device that has a TLB.
TEST_F(HardwareDeviceTlb, bad_device_without_a_tlb_is_asked) {
  start_with_queue();
  forget_device_tlb(kEverything, kSource + 0x100);
  wait();
  EXPECT_TRUE(broke(Rule::departed_device_is_not_asked)) << "its bus has no context table";
}

TEST_F(HardwareDeviceTlb, bad_device_that_may_not_use_its_tlb_is_asked) {
  start_with_queue();
  store(context_entry(kNew, kSource + 1) + 8, 2 | kId << 8);
  store(context_entry(kNew, kSource + 1), (kNew + kLevel4) | 1);
  flush(context_entry(kNew, kSource + 1), 16);
  forget_device_tlb(kEverything, kSource + 1);
  wait();
  EXPECT_TRUE(broke(Rule::departed_device_is_not_asked)) << "TT=00b";
}

// It was there when it was asked.
TEST_F(HardwareDeviceTlb, good_device_leaves_while_the_queue_stands_still) {
  start_with_queue();
  hardware.silence(0, 0);
  store(kLeaf, 0);
  forget_iotlb();
  forget_device_tlb();
  wait();
  hardware.call_returned(/*claims_success=*/false);
  hardware.device_left(0, kSource);
  hardware.listen(0);
  expect_clean();
}

TEST_F(HardwareDeviceTlb, good_device_is_asked_though_its_context_is_gone) {
  start_with_queue();
  store(kContext, 0);
  forget_context();
  forget_iotlb();
  forget_device_tlb();
  wait();
  expect_clean();
}

TEST_F(HardwareDeviceTlb, bad_device_has_left_before_the_queue_stands_still) {
  start_with_queue();
  hardware.silence(0, 0);
  hardware.device_left(0, kSource);
  forget_device_tlb();
  wait();
  EXPECT_TRUE(broke(Rule::departed_device_is_not_asked)) << "although nobody fetches it";
}

TEST_F(HardwareDeviceTlb, bad_device_that_came_back_remembers) {
  start_with_queue();
  hardware.device_left(0, kSource);
  hardware.device_came(0, kSource);
  store(kLeaf, 0);
  forget_iotlb();
  expect_device_tlb_stale(kLeaf);
}

TEST_F(HardwareDeviceTlb, bad_mapped_again_while_the_device_remembers) {
  start_with_queue();
  store(kLeaf, 0);
  forget_iotlb();
  wait();
  store(kLeaf, 0xa003);
  EXPECT_TRUE(broke(Rule::device_tlbs_forget_too));
  EXPECT_FALSE(broke(Rule::old_entry_is_forgotten_first));
}

TEST_F(HardwareDeviceTlb, good_without_translation_requests) {
  start();
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
  EXPECT_EQ(hardware.checked(Rule::device_tlbs_forget_too), 0u);
}

}  // namespace
}  // namespace vtd::model
