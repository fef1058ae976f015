// SPDX-License-Identifier: Apache-2.0 OR MIT
// Registers, commands, and the invalidation queue, used as the specification wants and otherwise (S§6.5, S§11.4).
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwareRegisters : public HardwareBench {
 protected:
  uint64_t read(unsigned offset, unsigned width = 8) { return hardware.read(0, offset, width); }
};

TEST_F(HardwareRegisters, ReadAsTheyAre) {
  boot();
  EXPECT_EQ(read(0x08), kCapability);
  EXPECT_EQ(read(0x10), kExtended);
  EXPECT_EQ(read(0x0c, 4), kCapability >> 32);
  EXPECT_EQ(read(0x00, 4), 0x10u);
  EXPECT_EQ(read(kGsts, 4), 0xc0000000u);
  EXPECT_EQ(read(kRtaddr), kOld);
  EXPECT_EQ(read(0x64, 4), 0u);
  hardware.write(0, kRtaddr, 0x1234000, 4);
  hardware.write(0, kRtaddr + 4, 0x5, 4);
  EXPECT_EQ(read(kRtaddr), 0x501234000u);
  EXPECT_EQ(hardware.active_root(0), kOld) << "the register is only staged";
  expect_held();
}

TEST_F(HardwareRegisters, bad_command_register_read) {
  boot();
  EXPECT_NE(read(kGcmd, 4), 0x80000000u);
  expect_broken(Rule::commands_are_legal, kGcmd);
}

TEST_F(HardwareRegisters, bad_translation_turned_off) {
  boot();
  hardware.write(0, kGcmd, kSrtp, 4);
  EXPECT_TRUE(broke(Rule::translation_stays_enabled));
  EXPECT_TRUE(broke(Rule::commands_are_legal)) << "two bits changed";
  EXPECT_FALSE(hardware.translating(0));
}

TEST_F(HardwareRegisters, bad_two_commands_at_once) {
  boot();
  command(kWbf | kQie);
  expect_broken(Rule::commands_are_legal, kGcmd);
}

TEST_F(HardwareRegisters, bad_command_while_one_is_pending) {
  latency = 2;
  boot();
  command(kWbf);
  hardware.write(0, kGcmd, kTe | kQie, 4);
  expect_broken(Rule::commands_are_legal, kGcmd);
}

TEST_F(HardwareRegisters, bad_command_built_from_raw_status) {
  boot();
  hardware.write(0, kGcmd, static_cast<uint32_t>(status()) | kQie, 4);
  expect_broken(Rule::commands_are_legal, kGcmd);
}

TEST_F(HardwareRegisters, bad_root_register_written_during_the_switch) {
  latency = 2;
  boot();
  copy();
  hardware.write(0, kRtaddr, kNew, 8);
  command(kSrtp);
  hardware.write(0, kRtaddr, kSpare, 8);
  expect_broken(Rule::commands_are_legal, kRtaddr);
  hardware.pause();
  hardware.pause();
  EXPECT_EQ(hardware.active_root(0), kNew);
}

TEST_F(HardwareRegisters, good_latency_counts_status_reads) {
  latency = 2;
  boot();
  copy();
  hardware.write(0, kRtaddr, kNew, 8);
  command(kSrtp);
  EXPECT_EQ(status() & kSrtp, 0u);
  EXPECT_EQ(status() & kSrtp, 0u);
  EXPECT_EQ(status() & kSrtp, kSrtp);
  command(kWbf);
  EXPECT_EQ(status() & kWbf, kWbf);
  EXPECT_EQ(status() & kWbf, kWbf);
  EXPECT_EQ(status() & kWbf, 0u);
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kGlobal << 61, 8);
  EXPECT_EQ(read(kCcmd) >> 63, 1u);
  EXPECT_EQ(read(kCcmd) >> 63, 1u);
  EXPECT_EQ(read(kCcmd) >> 63, 0u);
  EXPECT_EQ(read(kCcmd) >> 59 & 3, kGlobal);
  expect_held();
}

TEST_F(HardwareRegisters, StuckCommandsNeverComplete) {
  boot();
  machine.units[0].stuck = kSrtp | 1 | 2;
  restart();
  copy();
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kGlobal << 61, 8);
  hardware.write(0, kIotlb, uint64_t{1} << 63 | kGlobal << 60, 8);
  set_root();
  for (unsigned i = 0; i < 1000; ++i) hardware.pause();
  EXPECT_EQ(read(kCcmd) >> 63, 1u);
  EXPECT_EQ(read(kIotlb) >> 63, 1u);
  EXPECT_EQ(status() & kSrtp, 0u);
  EXPECT_EQ(hardware.active_root(0), kOld);
  EXPECT_FALSE(hardware.live(kNew));
}

TEST_F(HardwareRegisters, bad_context_command_while_one_is_pending) {
  latency = 2;
  boot();
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kGlobal << 61, 8);
  hardware.write(0, kCcmd, uint64_t{1} << 63 | kGlobal << 61, 8);
  expect_broken(Rule::commands_are_legal, kCcmd);
}

TEST_F(HardwareRegisters, good_command_by_two_dwords) {
  boot();
  copy();
  set_root();
  hardware.write(0, kCcmd, 0, 4);
  hardware.write(0, kCcmd + 4, 1u << 31 | 1u << 29, 4);
  hardware.write(0, kIotlb, 0, 4);
  hardware.write(0, kIotlb + 4, 1u << 31 | 1u << 28, 4);
  hardware.call_returned();
  expect_held();
}

TEST_F(HardwareRegisters, bad_registers_while_the_queue_is_on) {
  boot();
  start_queue();
  invalidate_context(kGlobal);
  expect_broken(Rule::invalidation_is_legal, kCcmd);
  EXPECT_EQ(read(kCcmd) >> 59 & 3, 0u) << "rejected";
}

TEST_F(HardwareRegisters, bad_registers_of_a_unit_that_has_lost_them) {
  boot();
  machine.units[0].version = 0x60;
  restart();
  invalidate_iotlb(kGlobal);
  expect_broken(Rule::invalidation_is_legal, kIotlb);
}

TEST_F(HardwareRegisters, bad_scope_zero) {
  boot();
  invalidate_context(0);
  expect_broken(Rule::invalidation_is_legal, kCcmd);
}

TEST_F(HardwareRegisters, bad_mask_beyond_what_the_unit_can) {
  boot();
  invalidate_iotlb(kSelective, kId, 19);
  expect_broken(Rule::invalidation_is_legal, kIotlb);
}

TEST_F(HardwareRegisters, bad_pages_selected_on_a_unit_that_cannot) {
  boot(kCapability & ~(uint64_t{1} << 39));
  invalidate_iotlb(kSelective, kId, 0);
  expect_broken(Rule::invalidation_is_legal, kIotlb);
}

// --- the queue -------------------------------------------------------------------------------------------------------

TEST_F(HardwareRegisters, good_takeover_by_the_queue) {
  latency = 2;
  boot();
  copy();
  start_queue();
  set_root();
  queue(kContextGlobal);
  queue(kIotlbGlobal | 3 << 6);
  queue(kWait | uint64_t{77} << 32, kStatus + 4);
  submit();
  EXPECT_EQ(get(kStatus), 0u);
  hardware.pause();
  EXPECT_EQ(read(kIqh), 0u);
  EXPECT_EQ(read(kIqh), 0x30u);
  EXPECT_EQ(get(kStatus), uint64_t{77} << 32);
  hardware.call_returned();
  expect_held();
}

TEST_F(HardwareRegisters, bad_queue_not_waited_for) {
  latency = 2;
  boot();
  copy();
  start_queue();
  set_root();
  queue(kContextGlobal);
  queue(kIotlbGlobal);
  submit();
  hardware.call_returned();
  expect_broken(Rule::nothing_stale_after_call, 0);
}

TEST_F(HardwareRegisters, bad_queue_in_the_wrong_order) {
  boot();
  copy();
  start_queue();
  set_root();
  queue(kIotlbGlobal);
  queue(kContextGlobal);
  submit();
  hardware.call_returned();
  expect_broken(Rule::invalidation_order, 0);
}

TEST_F(HardwareRegisters, good_queue_wraps) {
  boot();
  start_queue();
  for (unsigned i = 0; i < 600; ++i) {
    queue(kWait | uint64_t{i} << 32, kStatus);
    submit();
    ASSERT_EQ(get(kStatus), i);
  }
  expect_held();
}

TEST_F(HardwareRegisters, good_selective_descriptors) {
  boot();
  take_over();
  start_queue();
  const Address entry = context_entry(kNew);
  store(entry, get(entry) & ~uint64_t{1});
  queue(1 | kSelective << 4 | kId << 16 | uint64_t{kSource} << 32);
  queue(2 | kDomain << 4 | kId << 16);
  queue(4);
  submit();
  hardware.call_returned();
  expect_held();
}

TEST_F(HardwareRegisters, bad_descriptor_of_no_type) {
  boot();
  start_queue();
  queue(0);
  queue(kWait, kStatus);
  submit();
  expect_broken(Rule::invalidation_is_legal, kIqt);
  EXPECT_EQ(read(kFsts, 4) >> 4 & 1, 1u);
  EXPECT_EQ(read(kIqercd) & 0xf, 3u);
  EXPECT_EQ(read(kIqh), 0u) << "the queue stands at the bad descriptor";
}

TEST_F(HardwareRegisters, good_queue_goes_on_after_its_error_is_cleared) {
  boot();
  start_queue();
  queue(0xe0000);
  queue(kWait | uint64_t{9} << 32, kStatus);
  submit();
  EXPECT_EQ(get(kStatus), 0u);
  put(kQueue, kContextGlobal);
  hardware.write(0, kFsts, 1 << 4, 4);
  EXPECT_EQ(get(kStatus), 9u);
  EXPECT_EQ(read(kFsts, 4), 0u);
  EXPECT_EQ(read(kIqh), 0x20u);
}

TEST_F(HardwareRegisters, bad_tail_in_the_middle_of_a_descriptor) {
  boot(kCapability, kExtended | uint64_t{1} << 43);  // SMTS: descriptors may have 32 bytes
  hardware.write(0, kIqt, 0, 8);
  hardware.write(0, kIqa, kQueue | 1 << 11, 8);
  command(kQie);
  put(kQueue, kContextGlobal);
  hardware.write(0, kIqt, 0x10, 8);
  expect_broken(Rule::invalidation_is_legal, kIqt);
  EXPECT_EQ(read(kIqercd) & 0xf, 6u);
  hardware.write(0, kFsts, 1 << 4, 4);
  hardware.write(0, kIqt, 0x20, 8);
  hardware.write(0, kFsts, 1 << 4, 4);
  EXPECT_EQ(read(kIqh), 0x20u) << "and it goes on";
}

TEST_F(HardwareRegisters, bad_tail_beyond_the_queue) {
  boot();
  start_queue();
  hardware.write(0, kIqt, kPageBytes, 8);
  expect_broken(Rule::invalidation_is_legal, kIqt);
  EXPECT_EQ(read(kIqercd) & 0xf, 1u);
}

TEST_F(HardwareRegisters, bad_reserved_field_of_a_descriptor) {
  boot();
  start_queue();
  queue(kContextGlobal | 1 << 8);
  submit();
  expect_broken(Rule::invalidation_is_legal, kIqt);
  EXPECT_EQ(read(kIqercd) & 0xf, 4u);
}

TEST_F(HardwareRegisters, bad_status_word_outside_the_reservation) {
  boot();
  start_queue();
  queue(kWait | uint64_t{1} << 32, kOld);
  submit();
  expect_broken(Rule::invalidation_is_legal, kOld);
  EXPECT_EQ(get(kOld), kOld + kContextPage + 1) << "old memory stays as it is";
}

TEST_F(HardwareRegisters, bad_queue_moved_while_it_is_on) {
  boot();
  start_queue();
  hardware.write(0, kIqa, kSpare, 8);
  expect_broken(Rule::commands_are_legal, kIqa);
}

TEST_F(HardwareRegisters, bad_queue_freed_while_it_is_on) {
  boot();
  start_queue();
  hardware.freed(kQueue);
  expect_broken(Rule::page_is_forgotten_before_free, kQueue);
}

TEST_F(HardwareRegisters, bad_status_page_freed_before_the_status_came) {
  latency = 2;
  boot();
  start_queue();
  queue(kWait, kStatus);
  submit();
  hardware.freed(kStatus);
  expect_broken(Rule::page_is_forgotten_before_free, kStatus);
}

TEST_F(HardwareRegisters, good_queue_freed_after_it_is_off) {
  boot();
  start_queue();
  hardware.write(0, kGcmd, kTe, 4);
  hardware.freed(kQueue);
  expect_held();
}

TEST_F(HardwareRegisters, TheOldQueueDrains) {
  boot();
  machine.units[0].status |= kQie;
  machine.units[0].queue_address = kOld + 0x10000;
  machine.units[0].queue_tail = 0x40;
  machine.units[0].latency = 3;
  restart();
  EXPECT_EQ(read(kIqh), 0u);
  EXPECT_EQ(read(kIqh), 0u);
  EXPECT_EQ(read(kIqh), 0u);
  EXPECT_EQ(read(kIqh), 0x40u);
  machine.units[0].stuck = 4;
  restart();
  for (unsigned i = 0; i < 1000; ++i) hardware.pause();
  EXPECT_EQ(read(kIqh), 0u);
}

TEST_F(HardwareRegisters, good_error_of_the_old_queue_cleared) {
  boot();
  machine.units[0].status |= kQie;
  machine.units[0].queue_address = kOld + 0x10000;
  machine.units[0].queue_head = 0x20;
  machine.units[0].queue_tail = 0x7fff0;
  machine.units[0].fault_status = 1 << 4;
  restart();
  EXPECT_EQ(read(kIqh), 0x20u);
  hardware.write(0, kFsts, 1 << 4, 4);
  EXPECT_EQ(read(kIqh), 0x7fff0u);
  hardware.write(0, kGcmd, kTe, 4);
  machine.units[0].status &= ~kQie;
  restart();
  hardware.write(0, kFsts, 1 << 4, 4);
  expect_held();
}

TEST_F(HardwareRegisters, good_reserved_status_bits_read_as_zero) {
  boot();
  machine.units[0].status |= 0x1147;
  restart();
  EXPECT_EQ(status(), 0xc0000000u);
  command(kWbf);
  expect_held();
}

TEST_F(HardwareRegisters, bad_reserved_command_bit) {
  boot();
  hardware.write(0, kGcmd, kTe | 1, 4);
  expect_broken(Rule::commands_are_legal, kGcmd);
}

TEST_F(HardwareRegisters, EveryRuleHasAName) {
  for (std::size_t i = 0; i < kRules; ++i) EXPECT_STRNE(rule_name(static_cast<Rule>(i)), "unknown");
}

}  // namespace
}  // namespace vtd::model
