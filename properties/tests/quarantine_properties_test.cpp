// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is said of an entry that could not be kept, and what is left of it: a spoilt word of either is seen.
#include "properties/tests/takeover_bench.h"

namespace vtd::properties::test {
namespace {

using enum Property;

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

TEST_F(Takeover, bad_rest_of_a_quarantined_entry) {
  const auto spoil = [](unsigned page, unsigned role, Address offset, std::uint64_t left) {
    Desk spoilt;
    spoilt.usual();
    spoilt.root(frame(0), 9, kHole);
    spoilt.context(frame(1), 0x20, kHole, 7);
    spoilt.paging(frame(4), 2, kHole);
    spoilt.boot();
    spoilt.copy();
    const Address at = spoilt.copy_of(frame(page), role) + offset;
    spoilt.put(at, spoilt.get(at) | left);
    spoilt.after_copy();
    EXPECT_BROKEN(spoilt, ignored_and_fpd_bits_survive);
  };
  spoil(0, kRootRole, 9 * 16, kHole);
  spoil(1, kContextRole, 0x20 * 16, kHole);
  spoil(1, kContextRole, 0x20 * 16 + 8, 0x8);  // available to software
  spoil(4, 2, 2 * 8, kHole);
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
  wrong = good;
  wrong.source = 0x38;  // has no tables
  broken(wrong);
  wrong.source = 0xffffffff;
  broken(wrong);
  wrong = good;
  wrong.domain_id = 5;  // told of context entries only
  broken(wrong);
}

TEST_F(Takeover, bad_quarantine_of_another_device) {
  desk.usual();
  desk.context(frame(1), 0x20, kHole, 7);
  copied();
  desk.after_copy();
  EXPECT_HELD(desk);
  const Claim good = desk.claims.findings.at(0);
  Claim of_another_device = good, of_another_id = good;
  of_another_device.source = 0x10;
  of_another_id.domain_id = 8;
  for (const Claim& wrong : {of_another_device, of_another_id}) {
    desk.claims.findings.assign({wrong});
    desk.judge.clear();
    desk.after_copy();
    EXPECT_BROKEN(desk, quarantine_has_a_cause);
  }
}

}  // namespace
}  // namespace vtd::properties::test
