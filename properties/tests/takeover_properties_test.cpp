// SPDX-License-Identifier: Apache-2.0 OR MIT
// Properties of copy, commit and refusal: each is seen to hold on an honest takeover and to break on a spoilt one.
#include <gtest/gtest.h>

#include <algorithm>

#include "properties/tests/desk.h"

namespace vtd::properties::test {
namespace {

using enum Property;

#define EXPECT_HELD(desk) \
  EXPECT_TRUE((desk).judge.held()) << info((desk).judge.first().property).name << ": " << (desk).judge.first().what
#define EXPECT_BROKEN(desk, expected)                                                       \
  do {                                                                                      \
    ASSERT_FALSE((desk).judge.held());                                                      \
    EXPECT_STREQ(info((desk).judge.first().property).name, #expected)                       \
        << (desk).judge.first().what << std::hex << " at " << (desk).judge.first().address; \
  } while (false)

class Takeover : public testing::Test {
 protected:
  Desk desk;
  Address leaf_table() const { return desk.copy_of(frame(5), 1); }
  void copied() {
    desk.boot();
    desk.copy();
  }
};

TEST_F(Takeover, good_usual_machine) {
  desk.usual();
  desk.taken_over();
  for (const Property p :
       {translations_are_preserved, blocked_stays_blocked, fault_reason_is_kept, ignored_and_fpd_bits_survive,
        every_new_table_lies_in_crash_memory, no_copied_pointer_leads_to_old_tables, only_old_ram_is_read,
        old_memory_is_untouched, work_is_bounded, frames_are_accounted, sharing_is_kept, the_switch_happened,
        legacy_ids_are_reserved, id_fits_the_unit, one_id_one_table, hazards_are_reported,
        refusal_names_a_true_reason}) {
    EXPECT_GT(desk.judge.count(p), 0u) << info(p).name;
  }
}

TEST_F(Takeover, good_everything_nasty) {
  desk.usual();
  desk.root(frame(0), 1, frame(1));         // a shared context table
  desk.root(frame(0), 2, 0xdeadbee000, 0);  // garbage that is not present
  desk.root(frame(0), 3, kHole);
  desk.root(frame(0), 4, frame(1), 3);        // reserved bits
  desk.context(frame(1), 0x20, frame(2), 6);  // one table, two ids
  desk.context(frame(1), 0x28, kMmio, 7);
  desk.context(frame(1), 0x30, frame(2), 8, 1);  // ATS
  desk.context(frame(1), 0x38, kHole, 9, 2);     // pass-through
  desk.context(frame(1), 0x40, frame(2), 9, 3);  // a type that is reserved
  desk.put(frame(1) + 0x48 * 16, 2);             // FPD alone
  desk.paging(frame(2), 1, frame(2));            // the page once more, one level down
  desk.paging(frame(3), 1, 0x40000000, 0x83);    // 1 GiB
  desk.paging(frame(4), 1, frame(5), 1);         // a shared table, read-only
  desk.paging(frame(4), 2, kHole);
  desk.paging(frame(4), 3, kCrash);
  desk.paging(frame(4), 4, kInterruptFirst);
  desk.paging(frame(4), 5, frame(5), 0x803);  // reserved
  desk.paging(frame(4), 6, 0x123000, 0x7c);   // garbage that is not present
  copied();
  desk.after_copy();
  EXPECT_HELD(desk);
  EXPECT_GT(desk.judge.count(quarantine_has_a_cause), 4u);
}

TEST_F(Takeover, good_shallow) {
  desk.usual();
  desk.paging(frame(4), 2, kHole);
  desk.context(frame(1), 0x28, kMmio, 7);
  desk.taken_over(Strategy::shallow);
}

TEST_F(Takeover, bad_lost_translation) {
  desk.usual();
  copied();
  desk.put(leaf_table() + 8, 0);
  desk.after_copy();
  EXPECT_BROKEN(desk, translations_are_preserved);
  EXPECT_EQ(desk.judge.first().source, 0x10u);
  EXPECT_EQ(desk.judge.first().iova, 0x1000u);
  EXPECT_EQ(desk.judge.first().address, frame(5) + 8);
}

TEST_F(Takeover, bad_address_permission_or_snoop) {
  for (const std::uint64_t flip : {std::uint64_t{0x1000}, std::uint64_t{2}, std::uint64_t{0x800}}) {
    Desk spoilt;
    spoilt.usual();
    spoilt.boot();
    spoilt.copy();
    const Address at = spoilt.copy_of(frame(5), 1) + 8;
    spoilt.put(at, spoilt.get(at) ^ flip);
    spoilt.after_copy();
    EXPECT_FALSE(spoilt.judge.held());
    spoilt.judge.clear();
    spoilt.commit();
    spoilt.after_commit();
    EXPECT_BROKEN(spoilt, translations_are_preserved);
  }
}

TEST_F(Takeover, bad_new_translation) {
  desk.usual();
  copied();
  desk.put(leaf_table() + 9 * 8, 0x9000 | 2);
  desk.after_copy();
  desk.judge.clear();
  desk.commit();
  desk.after_commit();
  EXPECT_BROKEN(desk, blocked_stays_blocked);
}

TEST_F(Takeover, bad_repaired_fault) {
  desk.usual();
  desk.paging(frame(5), 7, 0x9000, 0x4000000000000003);  // bit 62 is reserved
  copied();
  desk.put(leaf_table() + 7 * 8, 0);
  desk.commit();
  desk.after_copy();
  desk.judge.clear();
  desk.after_commit();
  EXPECT_BROKEN(desk, fault_reason_is_kept);
}

TEST_F(Takeover, bad_fault_that_is_recorded_now) {
  desk.usual();
  desk.put(frame(1) + 0x48 * 16, 2);
  copied();
  desk.put(desk.copy_of(frame(1), kContextRole) + 0x48 * 16, 0);
  desk.commit();
  desk.after_copy();
  desk.judge.clear();
  desk.after_commit();
  EXPECT_BROKEN(desk, fault_reason_is_kept);
}

TEST_F(Takeover, bad_ignored_bits_in_every_kind_of_entry) {
  const auto spoil = [](unsigned page, unsigned role, Address offset, std::uint64_t flip) {
    Desk spoilt;
    spoilt.usual();
    spoilt.put(frame(0) + 9 * 16, 0xabc000);  // not present
    spoilt.put(frame(5) + 9 * 8, 0xabc07c);   // not present
    spoilt.boot();
    spoilt.copy();
    const Address at = spoilt.copy_of(frame(page), role) + offset;
    spoilt.put(at, spoilt.get(at) ^ flip);
    spoilt.after_copy();
    EXPECT_BROKEN(spoilt, ignored_and_fpd_bits_survive);
  };
  spoil(0, kRootRole, 9 * 16, 0x1000);
  spoil(1, kContextRole, 0x10 * 16 + 8, 0x8);
  spoil(2, 4, 0, 0x400);
  spoil(5, 1, 9 * 8, 0x4);
  spoil(5, 1, 8, 0x8000000000000000);
}

TEST_F(Takeover, bad_quarantine_that_nobody_reports) {
  desk.usual();
  desk.paging(frame(4), 2, kHole);
  copied();
  desk.claims.findings.clear();
  desk.after_copy();
  desk.judge.clear();
  desk.commit();
  desk.after_commit();
  EXPECT_BROKEN(desk, fault_reason_is_kept);
}

TEST_F(Takeover, bad_quarantine_without_cause) {
  desk.usual();
  desk.paging(frame(4), 2, kHole);
  copied();
  const Claim good = desk.claims.findings.at(0);
  const auto broken = [&](Claim claim) {
    desk.claims.findings.assign({good, claim});
    desk.judge.clear();
    desk.after_copy();
    EXPECT_BROKEN(desk, quarantine_has_a_cause);
  };
  Claim wrong = good;
  wrong.reason = Reason::not_old_ram;
  broken(wrong);
  wrong = good;
  wrong.entry = frame(4);
  wrong.value = desk.get(frame(4));
  broken(wrong);
  wrong = good;
  wrong.value ^= 1;
  broken(wrong);
  wrong = good;
  wrong.role = 3;
  broken(wrong);
  wrong.role = 0;
  broken(wrong);
}

TEST_F(Takeover, bad_root_outside_crash_memory) {
  desk.usual();
  copied();
  desk.claims.units[0].root = frame(0);
  desk.after_copy();
  EXPECT_BROKEN(desk, every_new_table_lies_in_crash_memory);
}

TEST_F(Takeover, bad_context_table_that_stays) {
  desk.usual();
  copied();
  desk.root(desk.claims.units[0].root, 0, frame(1));
  desk.after_copy();
  EXPECT_BROKEN(desk, every_new_table_lies_in_crash_memory);
}

TEST_F(Takeover, bad_link_to_an_old_table) {
  desk.usual();
  copied();
  desk.paging(desk.copy_of(frame(4), 2), 0, frame(5));
  desk.after_copy();
  EXPECT_BROKEN(desk, no_copied_pointer_leads_to_old_tables);
}

TEST_F(Takeover, bad_unsafe_pointer_kept_under_shallow) {
  desk.usual();
  desk.context(frame(1), 0x28, kMmio, 7);
  desk.boot();
  desk.copy(Strategy::shallow);
  desk.put(desk.copy_of(frame(1), kContextRole) + 0x28 * 16, desk.get(frame(1) + 0x28 * 16));
  desk.after_copy();
  EXPECT_BROKEN(desk, every_new_table_lies_in_crash_memory);
}

TEST_F(Takeover, bad_accesses) {
  desk.usual();
  copied();
  desk.observed.loads_watched = desk.observed.stores_watched = true;
  desk.after_copy();
  EXPECT_HELD(desk);
  const auto broken = [&](Observed::Offence Observed::* kind, Address address) {
    desk.judge.clear();
    Observed kept = desk.observed;
    (desk.observed.*kind).add(address, 3);
    desk.after_copy();
    desk.observed = kept;
    return desk.judge.held() ? "held" : info(desk.judge.first().property).name;
  };
  EXPECT_STREQ(broken(&Observed::not_old_ram, kMmio), "only_old_ram_is_read");
  EXPECT_STREQ(broken(&Observed::wild_load, frame(0)), "only_old_ram_is_read");
  EXPECT_STREQ(broken(&Observed::old_changed, frame(0)), "old_memory_is_untouched");
  EXPECT_STREQ(broken(&Observed::wild_store, frame(0)), "old_memory_is_untouched");
  EXPECT_STREQ(broken(&Observed::wild_store, kCrash + 0x700000), "nothing_else_is_written");
  EXPECT_STREQ(broken(&Observed::fetched_twice, frame(1)), "each_old_entry_is_fetched_once");
  EXPECT_STREQ(broken(&Observed::bad_free, kCrash), "frames_are_accounted");
}

TEST_F(Takeover, bad_work_beyond_distinct_tables) {
  desk.usual();
  copied();
  desk.observed.old_bytes_this_call = 9 * kPageBytes;
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  desk.after_copy();
  EXPECT_HELD(desk);
  desk.observed.old_bytes_this_call = 10 * kPageBytes;
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  desk.after_copy();
  EXPECT_BROKEN(desk, work_is_bounded);
}

TEST_F(Takeover, bad_count_of_pages) {
  desk.usual();
  copied();
  ++desk.claims.pages_used;
  desk.after_copy();
  EXPECT_BROKEN(desk, frames_are_accounted);
  desk.judge.clear();
  desk.observed.pages_in_use = 3;
  desk.claims.pages_used = 3;
  desk.after_copy();
  EXPECT_BROKEN(desk, frames_are_accounted);
}

TEST_F(Takeover, bad_leak_after_shutdown) {
  desk.usual();
  copied();
  desk.observed.pages_in_use = 0;
  desk.properties.after_shutdown(desk.evidence(), desk.judge);
  EXPECT_HELD(desk);
  desk.observed.pages_in_use = 1;
  desk.properties.after_shutdown(desk.evidence(), desk.judge);
  EXPECT_BROKEN(desk, frames_are_accounted);
}

TEST_F(Takeover, bad_shared_table_copied_twice) {
  desk.usual();
  desk.paging(frame(4), 1, frame(5));
  copied();
  const Address twin = desk.new_page();
  for (unsigned i = 0; i < kEntriesPerPage; ++i) desk.put(twin + i * 8, desk.get(frame(5) + i * 8));
  desk.paging(desk.copy_of(frame(4), 2), 1, twin);
  desk.after_copy();
  EXPECT_BROKEN(desk, sharing_is_kept);
}

TEST_F(Takeover, bad_table_count_in_the_report) {
  desk.usual();
  copied();
  ++desk.claims.paging_tables[1];
  desk.after_copy();
  EXPECT_BROKEN(desk, sharing_is_kept);
}

TEST_F(Takeover, bad_domain_ids) {
  desk.usual();
  copied();
  desk.claims.units[0].domain_ids[0] = 0;
  desk.after_copy();
  EXPECT_BROKEN(desk, legacy_ids_are_reserved);
  desk.judge.clear();
  desk.read_ids();
  desk.claims.units[0].domain_id_count = 1 << 18;
  desk.after_copy();
  EXPECT_BROKEN(desk, id_fits_the_unit);
}

TEST_F(Takeover, bad_id_zero_in_caching_mode) {
  Desk emulated(kCapability | kCachingMode);
  emulated.usual();
  emulated.context(frame(1), 0x20, frame(2), 0);
  emulated.boot();
  emulated.copy();
  emulated.after_copy();
  EXPECT_BROKEN(emulated, caching_mode_reserves_id_zero);  // its use is not reported
  emulated.claims.findings.push_back({ClaimKind::conflict, Reason::id_reserved, 0, 6, 0x20, 0, frame(1) + 0x200, 0});
  emulated.judge.clear();
  emulated.after_copy();
  EXPECT_HELD(emulated);
  emulated.claims.units[0].domain_ids[0] &= ~std::uint64_t{1};
  emulated.after_copy();
  EXPECT_BROKEN(emulated, caching_mode_reserves_id_zero);
}

TEST_F(Takeover, bad_conflicts) {
  desk.usual();
  desk.context(frame(1), 0x20, frame(3), 5);  // the same id, another table
  copied();
  desk.after_copy();
  EXPECT_BROKEN(desk, one_id_one_table);
  desk.judge.clear();
  desk.claims.findings.push_back({ClaimKind::conflict, Reason::id_two_tables, 0, 6, 0x20, 5, frame(1) + 0x200, 0});
  desk.after_copy();
  EXPECT_HELD(desk);
  desk.claims.findings.push_back({ClaimKind::conflict, Reason::id_two_tables, 0, 6, 0x20, 6, frame(1) + 0x200, 0});
  desk.after_copy();
  EXPECT_BROKEN(desk, one_id_one_table);
}

TEST_F(Takeover, bad_two_widths) {
  desk.usual();
  desk.context(frame(1), 0x20, frame(2), 5, 0, 1);
  copied();
  desk.after_copy();
  EXPECT_BROKEN(desk, one_id_one_table);
}

TEST_F(Takeover, bad_switch_that_did_not_happen) {
  desk.usual();
  copied();
  desk.after_copy();
  desk.after_commit();
  EXPECT_BROKEN(desk, the_switch_happened);
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
  const auto hazard = [](Reason reason, unsigned devfn) {
    return Claim{ClaimKind::hazard, reason, 0, 6, devfn, 0, frame(1) + devfn * 16, 0};
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
  for (const Claim& wrong : {hazard(Reason::covers_registers, 0x28), hazard(Reason::bypasses_tables, 0x10),
                             hazard(Reason::reaches_everything, 0x10), hazard(Reason::covers_registers, 0x30)}) {
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
