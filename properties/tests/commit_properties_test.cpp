// SPDX-License-Identifier: Apache-2.0 OR MIT
// Properties of commit, refusal and a second crash: each is seen to hold and to break.
#include "properties/tests/takeover_bench.h"

namespace vtd::properties::test {
namespace {

using enum Property;

TEST_F(Takeover, bad_switch_that_did_not_happen) {
  desk.usual();
  copied();
  desk.after_copy();
  desk.after_commit();
  EXPECT_BROKEN(desk, the_switch_happened);
  desk.judge.clear();
  desk.judge.excuse(the_switch_happened);
  desk.after_commit();
  EXPECT_HELD(desk);  // that the old root table is still in use is told once
}

TEST_F(Takeover, bad_page_that_is_not_written_back) {
  Desk mobile(kCapability, kNotCoherent);
  mobile.usual();
  mobile.boot();
  mobile.copy();
  mobile.commit();
  mobile.after_copy();
  mobile.after_commit();
  EXPECT_HELD(mobile);
  EXPECT_GT(mobile.judge.count(device_view_translates_too), 0u);
  const Address at = mobile.copy_of(frame(5), 1) + 8;
  const std::uint64_t right = mobile.get(at);
  mobile.put(at, 0);
  mobile.machine.memory.write_back(at, 8, 0);  // the unit sees a hole where the CPU does not
  mobile.put(at, right);
  mobile.after_commit();
  EXPECT_BROKEN(mobile, device_view_translates_too);
}

TEST_F(Takeover, bad_command_is_handed_on) {
  desk.usual();
  desk.taken_over();
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  EXPECT_HELD(desk);
  EXPECT_GT(desk.judge.count(commands_are_legal), 0u);
  EXPECT_GT(desk.judge.count(caches_are_invalidated_in_order), 0u);
  const std::uint64_t counted = desk.judge.count(commands_are_legal);
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  EXPECT_EQ(desk.judge.count(commands_are_legal), counted);
  desk.hardware.write(0, 0x18, 0, 4);
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  EXPECT_BROKEN(desk, translation_is_never_disabled);
}

// Which condition of a property the hardware's rules say is broken.
std::string condition(Desk& desk, Property property) {
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  if (desk.judge.held()) return "held";
  EXPECT_EQ(desk.judge.first().property, property) << info(desk.judge.first().property).name;
  return desk.judge.first().what;
}

// A domain's table that goes too early and a takeover undone under the hardware are two mistakes.
TEST_F(Takeover, bad_free_says_whose_table_it_was) {
  const auto told = [](Address page, unsigned role) {
    Desk freed;
    freed.usual();
    freed.taken_over();
    freed.hardware.freed(freed.copy_of(page, role));
    return condition(freed, hardware_forgets_before_free);
  };
  EXPECT_EQ(told(frame(5), 1), "a paging table was freed that hardware may still use");
  EXPECT_EQ(told(frame(2), 4), "a paging table was freed that hardware may still use");
  EXPECT_EQ(told(frame(1), kContextRole), "a root or context table was freed that hardware may still use");
  EXPECT_EQ(told(frame(0), kRootRole), "a root or context table was freed that hardware may still use");
}

// Page tables may be of the dead kernel's making; root and context tables never are.
TEST_F(Takeover, bad_root_says_what_was_not_written_back) {
  const auto told = [](Address page, unsigned role) {
    Desk unseen(kCapability, kNotCoherent);
    unseen.usual();
    unseen.taken_over();
    unseen.put(unseen.copy_of(page, role) + 0x800, 0x100);  // not present, so that nothing else is amiss
    unseen.hardware.write(0, 0x18, 0xc0000000, 4);
    return condition(unseen, tables_are_written_back_before_use);
  };
  EXPECT_EQ(told(frame(5), 1), "a page table was not written back when the root was set");
  EXPECT_EQ(told(frame(2), 4), "a page table was not written back when the root was set");
  EXPECT_EQ(told(frame(1), kContextRole), "a root or context table was not written back when the root was set");
  EXPECT_EQ(told(frame(0), kRootRole), "a root or context table was not written back when the root was set");
}

TEST_F(Takeover, bad_root_before_the_write_buffer_is_empty) {
  Desk buffered(kCapability | 1 << 4);  // RWBF
  buffered.usual();
  buffered.boot();
  buffered.copy();
  buffered.commit();
  EXPECT_EQ(condition(buffered, tables_are_written_back_before_use),
            "the write buffer was not flushed when the root was set");
}

TEST_F(Takeover, bad_hazards) {
  desk.usual();
  desk.paging(frame(5), 3, kCrash + 0x1000);
  desk.paging(frame(5), 4, kMmio);
  desk.paging(frame(5), 5, kMmio + 0x1000, 1);
  desk.context(frame(1), 0x20, 0, 6, 2);
  desk.context(frame(1), 0x28, frame(6), 7, 1);
  copied();
  desk.after_copy();
  desk.commit();
  const auto hazard = [&](Reason reason, unsigned devfn) {
    return Claim{ClaimKind::hazard, reason, 0, 6, devfn, 0, frame(1) + devfn * 16, desk.get(frame(1) + devfn * 16)};
  };
  const std::vector<Claim> all = {hazard(Reason::covers_crash_memory, 0x10), hazard(Reason::covers_registers, 0x10),
                                  hazard(Reason::reaches_everything, 0x20), hazard(Reason::bypasses_tables, 0x28)};
  desk.claims.findings = all;
  desk.after_commit();
  EXPECT_HELD(desk);
  for (std::size_t missing = 0; missing < all.size(); ++missing) {
    desk.claims.findings = all;
    desk.claims.findings.erase(desk.claims.findings.begin() + static_cast<std::ptrdiff_t>(missing));
    desk.judge.clear();
    desk.after_commit();
    EXPECT_BROKEN(desk, hazards_are_reported);
  }
  Claim of_another_device = all[0], of_another_level = all[0], of_another_value = all[0];
  of_another_device.source = 0x20;
  of_another_level.role = 7;
  of_another_value.value ^= 1 << 12;
  for (const Claim& wrong : {hazard(Reason::covers_registers, 0x28), hazard(Reason::bypasses_tables, 0x10),
                             hazard(Reason::reaches_everything, 0x10), hazard(Reason::covers_registers, 0x30),
                             of_another_device, of_another_level, of_another_value}) {
    desk.claims.findings = all;
    desk.claims.findings.push_back(wrong);
    desk.judge.clear();
    desk.after_commit();
    EXPECT_BROKEN(desk, hazards_are_reported);
  }
}

TEST_F(Takeover, bad_reserved_regions) {
  desk.usual();
  desk.paging(frame(5), 8, 0x8000);
  desk.paging(frame(5), 9, 0x9000);
  desk.machine.reserved.push_back({0x8000, 0x9fff, 0, 0x10});
  desk.taken_over();
  EXPECT_HELD(desk);
  EXPECT_GT(desk.judge.count(reserved_regions_are_reported), 0u);
  desk.claims.findings.push_back({ClaimKind::reserved_unmapped, Reason::region_unmapped, 0, 0, 0x10, 0, 0, 0x8000});
  desk.after_commit();
  EXPECT_BROKEN(desk, reserved_regions_are_reported);
  desk.judge.clear();
  desk.machine.reserved[0].last = 0xafff;
  desk.after_commit();
  EXPECT_HELD(desk);
  desk.claims.findings.back().reason = Reason::covers_registers;
  desk.after_commit();
  EXPECT_BROKEN(desk, reserved_regions_are_reported);
  desk.judge.clear();
  desk.claims.findings.clear();
  desk.after_commit();
  EXPECT_BROKEN(desk, reserved_regions_are_reported);
}

class Refusal : public Takeover {
 protected:
  const char* verdict(int status) {
    desk.judge.clear();
    desk.properties.after_refusal(desk.evidence(), status, desk.judge);
    return desk.judge.held() ? "held" : info(desk.judge.first().property).name;
  }
};

TEST_F(Refusal, names_what_holds) {
  desk.usual();
  desk.boot();
  desk.claims.units.resize(1);
  for (const int status : {-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -16})
    EXPECT_STREQ(verdict(status), "refusal_names_a_true_reason") << status;
  desk.observed.refused = 1;
  EXPECT_STREQ(verdict(-1), "held");
  desk.status_before[0] = 0x80000000;
  EXPECT_STREQ(verdict(-3), "held");
  desk.before[0].root |= 0x400;
  EXPECT_STREQ(verdict(-4), "held");
  desk.before[0].root = kMmio;
  EXPECT_STREQ(verdict(-5), "held");
  desk.machine.units[0].capability |= 7;
  EXPECT_STREQ(verdict(-6), "held");
  desk.status_before[0] = 0xcc000000;
  EXPECT_STREQ(verdict(-7), "held");
  desk.machine.units[0].queue_tail = 0x10;
  EXPECT_STREQ(verdict(-8), "held");
  desk.machine.units[0].stuck = 1;
  EXPECT_STREQ(verdict(-9), "held");
}

TEST_F(Refusal, bad_acceptance_of_what_must_be_refused) {
  desk.usual();
  copied();
  desk.status_before[0] = 0x40000000;
  desk.after_copy();
  EXPECT_BROKEN(desk, refusal_names_a_true_reason);
  EXPECT_GT(desk.judge.count(refusal_names_a_true_reason), 0u);
}

TEST_F(Refusal, bad_pages_kept) {
  desk.usual();
  desk.boot();
  desk.claims.units.resize(1);
  desk.observed.refused = 1;
  EXPECT_STREQ(verdict(-1), "held");
  EXPECT_GT(desk.judge.count(failure_frees_everything), 0u);
  desk.observed.pages_in_use = 1;
  EXPECT_STREQ(verdict(-1), "failure_frees_everything");
}

TEST_F(Refusal, bad_register_written) {
  desk.usual();
  desk.boot();
  desk.claims.units.resize(1);
  desk.observed.refused = 1;
  desk.observed.register_writes_this_call = 1;
  EXPECT_STREQ(verdict(-1), "failure_leaves_hardware_alone");
}

TEST_F(Refusal, bad_commit_that_turns_translation_off) {
  desk.usual();
  copied();
  desk.observed.register_writes_this_call = 1;
  desk.machine.units[0].stuck = 1;
  EXPECT_STREQ(verdict(-9), "held");
  desk.hardware.write(0, 0x18, 0, 4);
  for (int i = 0; i < 4; ++i) desk.hardware.pause();
  EXPECT_STREQ(verdict(-9), "failure_leaves_hardware_alone");
}

class SecondCrash : public Takeover {
 protected:
  void second() {
    desk.usual();
    desk.paging(frame(4), 2, kHole);
    desk.taken_over();
    first = desk.before;
    desk.generation = 1;
    desk.hardware.next_generation(1);
    desk.taken_over();
  }
  std::vector<Hierarchy> first;
};

TEST_F(SecondCrash, good_copy_of_a_copy) {
  second();
  desk.properties.after_second_commit(desk.evidence(), first, desk.judge);
  EXPECT_HELD(desk);
  EXPECT_EQ(desk.judge.count(copy_of_a_copy_is_equal), 1u);
}

TEST_F(SecondCrash, bad_copy_of_a_copy) {
  second();
  desk.put(desk.claims.units[0].root, 0);
  desk.properties.after_second_commit(desk.evidence(), first, desk.judge);
  EXPECT_BROKEN(desk, copy_of_a_copy_is_equal);
}

}  // namespace
}  // namespace vtd::properties::test
