// SPDX-License-Identifier: Apache-2.0 OR MIT
// Properties of the crash kernel's life: attach, map, hand over, detach, seen to hold and to break.
#include <gtest/gtest.h>

#include "properties/tests/desk.h"

namespace vtd::properties::test {
namespace {

using enum Property;

constexpr SourceId kDevice = 0x10, kOther = 0x18, kTwin = 0x20, kUnknown = 0x28;
constexpr Iova kLegacyFirst = 0x1000, kLegacyLast = 0x2fff;

class Adoption : public testing::Test {
 protected:
  // 00:02.0 and its twin 00:04.0 share domain 5; 00:03.0 has domain 6 and tables of its own.
  void SetUp() override {
    desk.usual();
    desk.context(frame(1), kTwin, frame(2), 5);
    desk.context(frame(1), kOther, frame(6), 6);
    for (unsigned n = 6; n < 9; ++n) desk.paging(frame(n), 0, frame(n + 1));
    desk.paging(frame(9), 1, 0xa000);
    desk.taken_over();
  }

  Address context_at(SourceId source) const { return desk.copy_of(frame(1), kContextRole) + source * 16u; }
  Address leaves() const { return desk.copy_of(frame(5), 1); }

  void attach(SourceId source, unsigned kind, unsigned id, Address table, std::uint32_t handle = 1) {
    desk.claims.attached.push_back(
        {0, source, handle, static_cast<std::uint8_t>(kind), static_cast<DomainId>(id), 2, table, false});
  }
  void adopt() {
    attach(kDevice, 0, 5, desk.copy_of(frame(2), 4));
    desk.after_call();
  }
  // A device the old kernel did not know: an empty table of four levels, of which the last is answered.
  Address attach_unknown(unsigned id = 7) {
    const Address top = desk.new_page();
    Address table = top;
    for (int n = 0; n < 3; ++n) {
      const Address next = desk.new_page();
      desk.paging(table, 0, next);
      table = next;
    }
    desk.put(context_at(kUnknown) + 8, 2 | id << 8);
    desk.put(context_at(kUnknown), top | 1);
    attach(kUnknown, 1, id, top, 2);
    return table;
  }
  void give(std::uint32_t domain, Address table, unsigned index, Address pa) {
    desk.paging(table, index, pa);
    desk.claims.given.push_back({domain, index * kPageBytes, pa, kPageBytes, 3});
  }
  void expect_held() {
    EXPECT_TRUE(desk.judge.held()) << info(desk.judge.first().property).name << ": " << desk.judge.first().what;
  }
  void expect_broken(Property property) {
    ASSERT_FALSE(desk.judge.held()) << info(property).name;
    EXPECT_STREQ(info(desk.judge.first().property).name, info(property).name) << desk.judge.first().what;
  }
  void after_call_breaks(Property property) {
    desk.after_call();
    expect_broken(property);
  }

  Desk desk;
};

TEST_F(Adoption, good_whole_life) {
  adopt();
  expect_held();
  give(1, leaves(), 3, 0x20000);
  desk.claims.told_domain = 1;
  desk.claims.ranges = {{1, kLegacyFirst, kLegacyLast, true}, {1, 0x3000, 0x3fff, false}};
  desk.claims.offered = {{1, 0x5000, 0x6000, 0x1000, 0x1000}};
  desk.after_call();
  expect_held();
  const Address table = attach_unknown();
  give(2, table, 9, 0x30000);
  desk.after_call();
  expect_held();
  attach(kTwin, 0, 5, desk.copy_of(frame(2), 4));
  desk.after_call();
  desk.claims.attached[0].handed_over = true;
  desk.after_call();
  expect_held();
  desk.claims.attached.back().handed_over = true;  // now the legacy mappings go
  desk.put(leaves() + 8, 0);
  desk.put(leaves() + 16, 0);
  desk.claims.told_domain = 1;
  desk.claims.ranges = {{1, 0x3000, 0x3fff, false}};
  desk.after_call();
  expect_held();
  desk.put(context_at(kDevice), 0);
  desk.claims.attached.erase(desk.claims.attached.begin());
  after_call_breaks(a_detached_device_reaches_nothing);  // its width and id are there still
  desk.judge.clear();
  desk.put(context_at(kDevice) + 8, 0);
  desk.after_call();
  expect_held();
  for (const Property p :
       {adopted_domain_equals_context, legacy_iova_is_never_reused, legacy_dma_lives_until_the_driver_takes_over,
        other_devices_are_unaffected, a_new_mapping_reaches_only_what_was_given, a_detached_device_reaches_nothing,
        ranges_are_told_truly, new_ids_never_collide, ids_return_after_the_last_user, id_fits_the_unit}) {
    EXPECT_GT(desk.judge.count(p), 0u) << info(p).name;
  }
}

TEST_F(Adoption, bad_answers_of_attach) {
  const auto broken = [&](unsigned kind, unsigned id, unsigned width, Address table) {
    desk.after_copy();  // nobody was here before
    desk.claims.attached.assign({{0, kDevice, 1, static_cast<std::uint8_t>(kind), static_cast<DomainId>(id),
                                  static_cast<std::uint8_t>(width), table, false}});
    after_call_breaks(adopted_domain_equals_context);
    desk.claims.attached.clear();
    desk.judge.clear();
  };
  const Address top = desk.copy_of(frame(2), 4);
  broken(1, 5, 2, top);
  broken(0, 6, 2, top);
  broken(0, 5, 1, top);
  broken(0, 5, 2, frame(2));
}

TEST_F(Adoption, bad_legacy_translation_lost) {
  adopt();
  desk.put(leaves() + 8, 0);
  after_call_breaks(legacy_dma_lives_until_the_driver_takes_over);
}

TEST_F(Adoption, bad_legacy_translation_moved) {
  adopt();
  desk.paging(leaves(), 1, 0x77000);
  after_call_breaks(legacy_dma_lives_until_the_driver_takes_over);
}

TEST_F(Adoption, bad_other_device_cut_off) {
  adopt();
  desk.put(context_at(kOther), 0);
  after_call_breaks(other_devices_are_unaffected);
}

TEST_F(Adoption, bad_other_device_reaches_more) {
  adopt();
  desk.paging(desk.copy_of(frame(9), 1), 5, 0x55000);
  after_call_breaks(other_devices_are_unaffected);
}

TEST_F(Adoption, bad_device_of_another_bus_affected) {
  Desk two;
  two.usual();
  two.root(frame(0), 7, frame(6));
  two.context(frame(6), 0, frame(7), 9);
  two.taken_over();
  two.claims.attached.push_back({0, kDevice, 1, 0, 5, 2, two.copy_of(frame(2), 4), false});
  two.after_call();
  EXPECT_TRUE(two.judge.held());
  two.put(two.copy_of(frame(0), kRootRole) + 7 * 16, 0);
  two.after_call();
  ASSERT_FALSE(two.judge.held());
  EXPECT_EQ(two.judge.first().property, other_devices_are_unaffected);
}

TEST_F(Adoption, bad_mapping_that_was_not_given) {
  adopt();
  desk.paging(leaves(), 3, 0x20000);
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
}

TEST_F(Adoption, bad_mapping_to_another_page) {
  adopt();
  give(1, leaves(), 3, 0x20000);
  desk.paging(leaves(), 3, 0x21000);
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
}

TEST_F(Adoption, bad_mapping_with_other_permissions) {
  adopt();
  give(1, leaves(), 3, 0x20000);
  desk.claims.given[0].permissions = 1;
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
}

TEST_F(Adoption, bad_mapping_that_is_missing) {
  adopt();
  give(1, leaves(), 3, 0x20000);
  desk.put(leaves() + 3 * 8, 0);
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
}

// Mappings on a unit that breaks the rules of page sizes are judged like all others, under a name of their own.
TEST_F(Adoption, bad_mapping_that_is_missing_where_the_unit_lacks_a_page_size) {
  adopt();
  give(1, leaves(), 3, 0x20000);
  desk.machine.units[0].capability ^= std::uint64_t{1} << 34;  // 1 GiB without 2 MiB
  desk.put(leaves() + 3 * 8, 0);
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
  EXPECT_STREQ(desk.judge.first().what, "a mapping is not there, on a unit that lacks a page size");
}

TEST_F(Adoption, bad_new_domain_with_something_in_it) {
  const Address table = attach_unknown();
  desk.after_call();
  expect_held();
  desk.paging(table, 1, 0x8000);
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
}

TEST_F(Adoption, bad_legacy_after_hand_over) {
  adopt();
  attach(kTwin, 0, 5, desk.copy_of(frame(2), 4));
  for (Attached& device : desk.claims.attached) device.handed_over = true;
  after_call_breaks(a_new_mapping_reaches_only_what_was_given);
}

TEST_F(Adoption, bad_legacy_gone_while_the_twin_needs_it) {
  adopt();
  desk.claims.attached[0].handed_over = true;
  desk.after_call();
  expect_held();
  desk.put(leaves() + 8, 0);
  after_call_breaks(legacy_dma_lives_until_the_driver_takes_over);
}

TEST_F(Adoption, bad_detached_device_that_still_reaches_memory) {
  adopt();
  desk.claims.attached.clear();
  after_call_breaks(a_detached_device_reaches_nothing);
}

TEST_F(Adoption, bad_ids_of_new_domains) {
  attach_unknown(6);
  after_call_breaks(new_ids_never_collide);
}

TEST_F(Adoption, bad_id_that_the_new_domain_does_not_reserve) {
  attach_unknown();
  desk.read_ids();
  desk.claims.units[0].domain_ids[0] &= ~(std::uint64_t{1} << 7);
  desk.properties.after_call(desk.evidence(), desk.judge);
  expect_broken(legacy_ids_are_reserved);
}

TEST_F(Adoption, bad_id_that_does_not_return) {
  attach_unknown();
  desk.after_call();
  desk.put(context_at(kUnknown), 0);
  desk.claims.attached.clear();
  desk.after_call();
  expect_held();
  desk.claims.units[0].domain_ids[0] |= std::uint64_t{1} << 7;
  desk.properties.after_call(desk.evidence(), desk.judge);
  expect_broken(ids_return_after_the_last_user);
}

TEST_F(Adoption, bad_id_with_two_tables) {
  adopt();
  // The twin's entry gets a table of its own under the shared id; it says the same, and still the caches mix them.
  const Address clone = desk.new_page();
  desk.put(clone, desk.get(desk.copy_of(frame(2), 4)));
  desk.put(context_at(kTwin), clone | 1);
  after_call_breaks(one_id_one_table);
}

TEST_F(Adoption, bad_ranges) {
  adopt();
  give(1, leaves(), 3, 0x20000);
  const std::vector<ToldRange> right = {{1, kLegacyFirst, kLegacyLast, true}, {1, 0x3000, 0x3fff, false}};
  desk.claims.told_domain = 1;
  const auto broken = [&](const std::vector<ToldRange>& told) {
    desk.judge.clear();
    desk.claims.ranges = told;
    after_call_breaks(ranges_are_told_truly);
  };
  broken({right[0]});                              // one is missing
  broken({right[1]});                              // ... or the other
  broken({{1, 0x1000, 0x3fff, true}});             // a new mapping told as a legacy one
  broken({right[0], {1, 0x3000, 0x4fff, false}});  // longer than it is
  broken({{1, 0x1000, 0x2fff, false}, right[1]});  // a legacy mapping told as a new one
  broken({right[1], right[0]});                    // in the wrong order
  desk.judge.clear();
  desk.claims.ranges = right;
  desk.after_call();
  expect_held();
}

TEST_F(Adoption, bad_offers) {
  adopt();
  give(1, leaves(), 3, 0x20000);
  desk.claims.ranges = {{1, kLegacyFirst, kLegacyLast, true}, {1, 0x3000, 0x3fff, false}};
  desk.after_call();
  expect_held();
  const auto broken = [&](const OfferedRange& offer, Property property) {
    desk.judge.clear();
    desk.claims.offered = {offer};
    after_call_breaks(property);
  };
  broken({1, 0x2000, 0x100000, 0x1000, 0x1000}, legacy_iova_is_never_reused);
  broken({1, 0x3000, 0x100000, 0x1000, 0x1000}, ranges_are_told_truly);
  broken({1, 0x5000, 0x5000, 0x1000, 0x1000}, ranges_are_told_truly);
  broken({1, 0x5000, 0x100000, 0x1000, 0x2000}, ranges_are_told_truly);
  broken({1, 0xfedff000, 0x100000000, 0x2000, 0x1000}, ranges_are_told_truly);
  broken({1, 0xfee00000, 0x100000000, 0x1000, 0x1000}, ranges_are_told_truly);
  broken({1, 0xfeeff000, 0x100000000, 0x2000, 0x1000}, ranges_are_told_truly);
  const auto held = [&](const OfferedRange& offer) {
    desk.judge.clear();
    desk.claims.offered = {offer};
    desk.after_call();
    expect_held();
  };
  held({1, 0xfedff000, 0x100000000, 0x1000, 0x1000});
  held({1, 0xfef00000, 0x100000000, 0x1000, 0x1000});
}

TEST_F(Adoption, bad_mapping_over_a_legacy_one) {
  adopt();
  give(1, leaves(), 1, 0x8000);  // exactly what the old kernel had there: nothing else notices
  desk.claims.ranges = {{1, kLegacyFirst, 0x1fff, false}, {1, 0x2000, kLegacyLast, true}};
  after_call_breaks(legacy_iova_is_never_reused);
}

}  // namespace
}  // namespace vtd::properties::test
