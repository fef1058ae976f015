// SPDX-License-Identifier: Apache-2.0 OR MIT
// Switching roots while translation is on, and the invalidations that must follow (S§6.6).
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwareSwitch : public HardwareBench {};

TEST_F(HardwareSwitch, good_takeover) {
  boot();
  EXPECT_FALSE(hardware.register_written());
  take_over();
  EXPECT_EQ(hardware.active_root(0), kNew);
  EXPECT_TRUE(hardware.translating(0));
  EXPECT_TRUE(hardware.register_written());
  for (const Address page : {Address{0}, kContextPage, kLevel4, kLevel3, kLevel2, kLevel1})
    EXPECT_TRUE(hardware.live(kNew + page));
  EXPECT_FALSE(hardware.live(kSpare));
  EXPECT_FALSE(hardware.live(kOld));
  for (const Rule rule :
       {Rule::translation_stays_enabled, Rule::commands_are_legal, Rule::mode_is_kept, Rule::root_switch_is_equivalent,
        Rule::invalidation_order, Rule::invalidation_is_legal, Rule::nothing_stale_after_call})
    EXPECT_GT(hardware.checked(rule), 0u) << rule_name(rule);
  const auto invalidations = std::count_if(trace.events().begin(), trace.events().end(),
                                           [](const Event& e) { return e.kind == EventKind::invalidate; });
  EXPECT_EQ(invalidations, 2);
}

TEST_F(HardwareSwitch, good_takeover_with_latency) {
  latency = 3;
  boot();
  take_over();
  EXPECT_EQ(hardware.active_root(0), kNew);
}

TEST_F(HardwareSwitch, bad_root_switch_not_waited_for) {
  latency = 3;
  boot();
  copy();
  hardware.write(0, kRtaddr, kNew, 8);
  command(kSrtp);
  EXPECT_EQ(hardware.active_root(0), kOld);
  EXPECT_EQ(status() & kSrtp, 0u);
  invalidate_context(kGlobal);  // asked for before the old root is gone: nothing is remembered yet
  EXPECT_EQ(hardware.active_root(0), kNew);
  hardware.call_returned();
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareSwitch, bad_iotlb_not_waited_for) {
  latency = 3;
  boot();
  copy();
  set_root();
  invalidate_context(kGlobal);
  hardware.write(0, kIotlb, uint64_t{1} << 63 | kGlobal << 60, 8);
  hardware.call_returned();
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareSwitch, good_stuck_invalidation_that_is_admitted) {
  boot();
  machine.units[0].stuck = 1;
  restart();
  copy();
  set_root();
  invalidate_context(kGlobal);
  hardware.call_returned(/*claims_success=*/false);
  expect_held();
  store(kNew + kLevel1 + 0x80, 0xa003);
  hardware.call_returned(/*claims_success=*/true);
  expect_held();
}

TEST_F(HardwareSwitch, bad_stuck_invalidation_that_is_called_success) {
  boot();
  machine.units[0].stuck = 1;
  restart();
  copy();
  set_root();
  invalidate_context(kGlobal);
  hardware.call_returned(/*claims_success=*/true);
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareSwitch, good_switch_that_invalidates_by_itself) {
  boot(kCapability | kSwitchInvalidates);
  copy();
  set_root();
  hardware.call_returned();
  expect_held();
}

TEST_F(HardwareSwitch, bad_no_invalidation) {
  boot();
  copy();
  set_root();
  hardware.call_returned();
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareSwitch, bad_only_a_domain_is_invalidated) {
  boot();
  copy();
  set_root();
  invalidate_context(kDomain, 0, kId);
  invalidate_iotlb(kDomain, kId);
  hardware.call_returned();
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareSwitch, bad_only_id_zero_is_invalidated) {
  boot();
  copy();
  set_root();
  invalidate_context(kDomain);
  invalidate_iotlb(kGlobal);
  hardware.call_returned();
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareSwitch, bad_former_root_freed_before_it_is_forgotten) {
  boot();
  take_over();
  put(kSpare, get(kNew));
  set_root(kSpare);
  expect_held();
  hardware.freed(kNew);
  expect_broken(Rule::page_is_forgotten_before_free, kNew);
}

TEST_F(HardwareSwitch, good_former_root_freed_after_the_invalidations) {
  boot();
  take_over();
  put(kSpare, get(kNew));
  set_root(kSpare);
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  hardware.freed(kNew);
  hardware.call_returned();
  expect_held();
}

TEST_F(HardwareSwitch, bad_iotlb_before_context_cache) {
  boot();
  copy();
  set_root();
  invalidate_iotlb(kGlobal);
  invalidate_context(kGlobal);
  hardware.call_returned();
  expect_broken(Rule::invalidation_order, 0);
}

TEST_F(HardwareSwitch, bad_iotlb_while_the_context_cache_is_busy) {
  latency = 2;
  boot();
  copy();
  set_root();
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kGlobal << 61, 8);
  invalidate_iotlb(kGlobal);
  hardware.call_returned();
  expect_broken(Rule::invalidation_order, 0);
}

TEST_F(HardwareSwitch, good_iotlb_once_too_early_and_once_in_time) {
  boot();
  copy();
  set_root();
  invalidate_iotlb(kGlobal);
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  hardware.call_returned();
  expect_held();
}

TEST_F(HardwareSwitch, bad_lost_leaf) {
  boot();
  copy();
  put(kNew + kLevel1 + 16, 0);
  set_root();
  expect_broken(Rule::root_switch_is_equivalent, kNew + kLevel1 + 16);
}

TEST_F(HardwareSwitch, bad_gained_permission_in_a_link) {
  boot();
  put(kOld + kLevel3, kOld + kLevel2 + 1);
  copy();
  set_root();
  expect_broken(Rule::root_switch_is_equivalent, kNew + kLevel3);
}

TEST_F(HardwareSwitch, bad_lost_context) {
  boot();
  copy();
  put(context_entry(kNew), 0);
  set_root();
  expect_broken(Rule::root_switch_is_equivalent, context_entry(kNew));
}

TEST_F(HardwareSwitch, bad_other_width) {
  boot();
  copy();
  put(context_entry(kNew) + 8, 1 | kId << 8);
  set_root();
  expect_broken(Rule::root_switch_is_equivalent, context_entry(kNew));
}

TEST_F(HardwareSwitch, bad_lost_fault_processing_disable) {
  boot();
  copy();
  put(context_entry(kOld, 0x18), 2);
  set_root();
  expect_broken(Rule::root_switch_is_equivalent, context_entry(kNew, 0x18));
}

TEST_F(HardwareSwitch, good_ignored_bits_and_unreachable_entries_differ) {
  boot(kCapability - (uint64_t{9} << 16));  // MGAW 39: one top-level entry can be reached
  copy();
  put(kNew + kLevel1 + 8, 0x8003 | uint64_t{1} << 52);
  put(kOld + kLevel4 + 8, kOld + kLevel3 + 3);
  set_root();
  expect_held();
}

TEST_F(HardwareSwitch, good_quarantine) {
  boot();
  put(kOld + kLevel2 + 8, 0x90000003);   // a table in a hole
  put(kOld + kLevel2 + 16, kSpare + 3);  // in the reservation
  put(kOld + kLevel2 + 24, 0x1100003);   // in memory that cannot be read
  machine.unreadable.push_back(0x1100000);
  put(context_entry(kOld, 0x18), 0x90000001);  // a whole hierarchy in a hole
  put(context_entry(kOld, 0x18) + 8, 2);
  copy();
  put(context_entry(kNew, 0x18) + 8, 2);
  set_root();
  expect_held();
}

TEST_F(HardwareSwitch, bad_quarantine_without_cause) {
  boot();
  copy();
  put(kNew + kLevel2, 0);
  set_root();
  expect_broken(Rule::root_switch_is_equivalent, kNew + kLevel2);
}

TEST_F(HardwareSwitch, good_many_paths_are_walked_once) {
  boot();
  const auto fill = [&](Address base) {
    for (unsigned i = 0; i < kEntriesPerPage; ++i) {
      put(base + kLevel4 + 8 * i, base + kLevel3 + 3);
      put(base + kLevel3 + 8 * i, base + kLevel2 + 3);
      put(base + kLevel2 + 8 * i, base + kLevel1 + 3);
    }
  };
  fill(kOld);
  copy();
  fill(kNew);
  set_root();
  expect_held();
}

TEST_F(HardwareSwitch, good_written_back) {
  boot(kCapability, kNotCoherent);
  take_over();
  EXPECT_GT(hardware.checked(Rule::root_is_written_back), 0u);
}

TEST_F(HardwareSwitch, bad_one_line_not_written_back) {
  boot(kCapability, kNotCoherent);
  copy();
  put(kNew + kLevel1 + 0x208, 0);
  machine.memory.fill_device_view(kNew + kLevel1, 0, 0);
  flush(kNew + kLevel1 + 64, kPageBytes - 64);
  set_root();
  expect_broken(Rule::root_is_written_back, kNew + kLevel1);
}

TEST_F(HardwareSwitch, good_write_buffer_flushed) {
  boot(kCapability | kWriteBuffer);
  copy();
  command(kWbf);
  set_root();
  expect_held();
  EXPECT_GT(hardware.checked(Rule::write_buffer_is_flushed), 0u);
}

TEST_F(HardwareSwitch, bad_write_buffer_never_flushed) {
  boot(kCapability | kWriteBuffer);
  copy();
  set_root();
  expect_broken(Rule::write_buffer_is_flushed, 0x20);
}

TEST_F(HardwareSwitch, bad_write_buffer_flushed_too_early) {
  boot(kCapability | kWriteBuffer);
  copy();
  command(kWbf);
  store(kSpare, 1);
  set_root();
  expect_broken(Rule::write_buffer_is_flushed, 0x20);
}

TEST_F(HardwareSwitch, bad_mode_changes) {
  boot();
  copy();
  set_root(kNew | 1 << 10);
  expect_broken(Rule::mode_is_kept, kRtaddr);
}

TEST_F(HardwareSwitch, good_second_generation) {
  boot();
  take_over();
  ASSERT_TRUE(machine.memory.set_crash(1, 0x30000000, 0x30ffffff));
  hardware.next_generation(1);
  EXPECT_FALSE(hardware.live(kNew));
  EXPECT_FALSE(hardware.register_written());
  EXPECT_EQ(hardware.active_root(0), kNew);
  build(0x30000000);
  set_root(0x30000000);
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  hardware.call_returned();
  expect_held();
  EXPECT_TRUE(hardware.live(0x30000000 + kLevel1));
}

TEST_F(HardwareSwitch, good_same_machine_again) {
  boot();
  take_over();
  restart();
  EXPECT_FALSE(hardware.live(kNew));
  EXPECT_EQ(hardware.active_root(0), kOld);
  take_over();
}

TEST_F(HardwareSwitch, good_hierarchy_hangs_from_the_latched_root) {
  boot();
  EXPECT_EQ(hardware.hierarchy(0, View::cpu).root, kOld);
  EXPECT_EQ(hardware.hierarchy(0, View::cpu).old_for_generation, 0);
  take_over();
  const Outcome o = walk(hardware.hierarchy(0, View::cpu), {kSource, 0x1abc, Access::read, RequestType::untranslated});
  EXPECT_EQ(o.kind, OutcomeKind::translated);
  EXPECT_EQ(o.address, 0x8abcu);
}

}  // namespace
}  // namespace vtd::model
