// SPDX-License-Identifier: Apache-2.0 OR MIT
// Properties of the copy: each is seen to hold on an honest takeover and to break on a spoilt one.
#include "properties/tests/takeover_bench.h"

namespace vtd::properties::test {
namespace {

using enum Property;

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
  desk.observed.old_bytes_this_call = 7 * kPageBytes;
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  desk.after_copy();
  EXPECT_HELD(desk);
  desk.observed.old_bytes_this_call = 8 * kPageBytes;
  desk.properties.hardware_rules(desk.evidence(), desk.judge);
  desk.after_copy();
  EXPECT_BROKEN(desk, work_is_bounded);
  desk.judge.clear();
  desk.claims.asked = model::Strategy::automatic;  // a deep copy may have been given up
  desk.after_copy();
  EXPECT_HELD(desk);
  desk.observed.old_bytes_this_call = 15 * kPageBytes;
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
  emulated.claims.findings.push_back(
      {ClaimKind::conflict, Reason::id_reserved, 0, 6, 0x20, 0, frame(1) + 0x200, emulated.get(frame(1) + 0x200)});
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
  desk.claims.findings.push_back(
      {ClaimKind::conflict, Reason::id_two_tables, 0, 6, 0x20, 5, frame(1) + 0x200, desk.get(frame(1) + 0x200)});
  desk.after_copy();
  EXPECT_HELD(desk);
  const Claim good = desk.claims.findings.back();
  Claim of_another_device = good, of_another_entry = good, of_another_value = good;
  of_another_device.source = 0x21;
  of_another_entry.entry += 0x10;
  of_another_value.value ^= 4;
  for (const Claim& wrong : {of_another_device, of_another_entry, of_another_value}) {
    desk.claims.findings.back() = wrong;
    desk.after_copy();
    EXPECT_BROKEN(desk, one_id_one_table);
    desk.judge.clear();
  }
  desk.claims.findings.back() = good;
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

}  // namespace
}  // namespace vtd::properties::test
