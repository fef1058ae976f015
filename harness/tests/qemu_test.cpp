// SPDX-License-Identifier: Apache-2.0 OR MIT
// The QEMU oracle: what it expects, what it takes for a difference, and, where QEMU is installed, that it sees one.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/engines.h"
#include "harness/input_error.h"
#include "harness/qemu/adapt.h"
#include "harness/qemu/deviations.h"
#include "harness/qemu/dma.h"
#include "harness/qemu/oracle.h"
#include "harness/tests/scenarios.h"
#include "model/scenario/build.h"

namespace vtd::harness::qemu {
namespace {

using model::Access;
using model::Fault;
using model::Outcome;
using model::OutcomeKind;
using model::Request;

constexpr model::SourceId kDevice = 0x10;  // 00:02.0 of test::small()

Request request(model::Iova iova, Access access = Access::write) { return {kDevice, iova, access, {}}; }

// A machine with device-TLBs, pass-through and 39 bits: what the rows of the table need.
class QemuDeviations : public testing::Test {
 protected:
  Expectation of(const std::string& more, const Request& what) {
    scenario_ = test::scenario_of("vtd 1\nplatform host_address_width=48\n" + test::small(more).substr(6));
    EXPECT_FALSE(model::build(scenario_, machine_));
    rules_ = model::Rules::of(machine_.units[0], machine_.host_address_width);
    return expect({&machine_, &rules_, machine_.units[0].root, model::View::cpu, 0}, what);
  }
  static std::string name(const Expectation& e) { return e.deviation == nullptr ? "" : e.deviation->name; }

  model::Scenario scenario_;
  model::Machine machine_;
  model::Rules rules_{};
};

TEST_F(QemuDeviations, an_ordinary_request_has_none) {
  const Expectation e = of("", request(0x1000));
  EXPECT_EQ(name(e), "");
  EXPECT_EQ(e.expected.address, 0x8000u);
  EXPECT_EQ(of("", request(0x2000)).expected.fault, Fault::no_write_permission);
}

TEST_F(QemuDeviations, all_ones_is_a_read_failure_at_every_level) {
  const std::string leaf = "word at=0x1005010 value=0xffffffffffffffff\n";
  EXPECT_EQ(of(leaf, request(0x2000)).specified.fault, Fault::paging_reserved);
  EXPECT_EQ(name(of(leaf, request(0x2000))), "all_ones_is_a_read_failure");
  EXPECT_EQ(of(leaf, request(0x2000)).expected.fault, Fault::paging_unreadable);
  const std::string top = "word at=0x1002008 value=0xffffffffffffffff\n";
  EXPECT_EQ(of(top, request(uint64_t{1} << 39)).expected.fault, Fault::context_invalid);
  const std::string read_only = "paging at=0x1004000 index=0 to=0x1005000 bits=r\n";
  EXPECT_EQ(name(of(leaf + read_only, request(0x2000))), "") << "the level above forbids it";
  EXPECT_EQ(name(of("word at=0x1005010 value=0xfffffffffffffffe\n", request(0x2000))), "") << "not quite all ones";
}

TEST_F(QemuDeviations, a_large_page_over_the_interrupt_range) {
  const std::string page = "paging at=0x1003000 index=3 to=0xc0000000 bits=r,w,ps\n";
  const Expectation e = of(page, request(0xc0001000));
  EXPECT_EQ(e.specified.kind, OutcomeKind::translated);
  EXPECT_EQ(e.expected.fault, Fault::interrupt_range);
  EXPECT_EQ(name(of("paging at=0x1003000 index=3 to=0x80000000 bits=r,w,ps\n", request(0xc0001000))), "");
}

TEST_F(QemuDeviations, a_table_mode_is_ignored_and_the_tables_still_count) {
  const Expectation e = of("unit root=0x1000c00\n", request(0x1000));
  EXPECT_EQ(e.specified.fault, Fault::invalid_root_address);
  EXPECT_EQ(name(e), "table_mode_is_ignored");
  EXPECT_EQ(e.expected.address, 0x8000u);
}

TEST_F(QemuDeviations, reserved_bits_of_a_context_entry_are_told_in_spite_of_fpd) {
  const std::string entry = "context at=0x1001000 devfn=02.0 table=0x1002000 bits=p,fpd,0x10\n";
  EXPECT_FALSE(of(entry, request(0x1000)).specified.recorded);
  EXPECT_TRUE(of(entry, request(0x1000)).expected.recorded);
}

TEST(QemuSights, what_differs_is_named) {
  Outcome lands;
  lands.kind = OutcomeKind::translated;
  lands.address = 0x8000;
  lands.permissions = 3;
  lands.page_shift = 12;
  Sight sight;
  sight.place = Sight::Place::written;
  EXPECT_EQ(mismatch(request(0x1000), lands, sight), nullptr);
  sight.place = Sight::Place::untouched;
  EXPECT_STREQ(mismatch(request(0x1000), lands, sight), "the data is not where it should be");
  sight.place = Sight::Place::spoiled;
  EXPECT_STREQ(mismatch(request(0x1000), lands, sight), "other bytes than asked for are written");

  Outcome fault;
  fault.fault = Fault::no_write_permission;
  sight = {};
  EXPECT_STREQ(mismatch(request(0x1000), fault, sight), "no fault is recorded");
  sight.recorded = true;
  sight.reason = 5;
  sight.page = 0x1000;
  sight.source = kDevice;
  EXPECT_EQ(mismatch(request(0x1000), fault, sight), nullptr);
  EXPECT_STREQ(mismatch(request(0x2000), fault, sight), "the fault is recorded for another address");
  sight.source = 0x11;
  EXPECT_STREQ(mismatch(request(0x1000), fault, sight), "the fault is recorded for another device");
  sight.reason = 6;
  EXPECT_STREQ(mismatch(request(0x1000), fault, sight), "the fault has another reason");
  fault.recorded = false;
  EXPECT_STREQ(mismatch(request(0x1000), fault, sight), "a fault is recorded");
}

TEST(QemuNeeds, ram_grows_to_where_tables_are) {
  model::Machine machine;
  ASSERT_FALSE(model::build(test::scenario_of(test::small("word at=0x240000000 value=1\n")), machine));
  const Needs needs = needs_of(machine, 0);
  EXPECT_EQ(needs.why_not, nullptr);
  EXPECT_EQ(needs.ram, (Ram{uint64_t{1} << 30, uint64_t{6} << 30}));
  EXPECT_EQ(needs.devices, std::set<uint8_t>{0x10});
  ASSERT_FALSE(model::build(test::scenario_of(test::small("word at=0xc0000000 value=1\n")), machine));
  EXPECT_STREQ(needs_of(machine, 0).why_not, "tables lie where QEMU has no RAM");
}

class WithQemu : public testing::Test {
 protected:
  void SetUp() override {
    try {
      qemu_version();
    } catch (const InputError& error) { GTEST_SKIP() << error.message; }
  }
};

TEST_F(WithQemu, a_takeover_agrees_with_the_model) {
  std::string error;
  Oracle oracle(*find_engine("ours", error)->get(), unit_kinds().front());
  RandomSource random(1);
  for (const model::Strategy strategy : {model::Strategy::deep, model::Strategy::shallow})
    oracle.check(test::scenario_of(test::small()), "small", strategy, {}, random);
  EXPECT_EQ(oracle.tally().takeovers, 2u);
  EXPECT_EQ(oracle.tally().unexplained, 0u);
  for (const uint64_t probes : oracle.tally().probes) EXPECT_GT(probes, 0u);
}

// The tables in the guest are not those the expectation was made of.
TEST_F(WithQemu, data_that_lands_elsewhere_is_seen) {
  Vm vm({unit_kinds().front(), {}, {static_cast<uint8_t>(kDevice)}});
  model::Machine machine;
  ASSERT_FALSE(model::build(test::scenario_of(test::small()), machine));
  for (std::size_t i = 0; i < machine.memory.frames(); ++i) {
    const model::Address page = machine.memory.frame_address(i);
    std::copy_n(machine.memory.page(page, model::View::cpu), model::kEntriesPerPage, vm.memory().words(page));
  }
  vm.set_root(machine.units[0].root);
  const auto rules = model::Rules::of(vm.unit_state(0, false), 48);
  const model::Hierarchy tables{&machine, &rules, machine.units[0].root, model::View::cpu, 0};
  const auto no_table = [](model::Address) { return false; };
  for (const Access access : {Access::write, Access::read}) {
    Dma dma(vm, no_table);
    const Outcome lands = model::walk(tables, request(0x1040, access));
    const Plan plan{request(0x1040, access), lands, lands};
    vm.memory().words(0x1005000)[1] = 0x8003;
    ASSERT_TRUE(dma.add(plan, true));
    EXPECT_EQ(mismatch(plan.request, lands, dma.run().front()), nullptr);
    vm.memory().words(0x1005000)[1] = 0x9003;
    ASSERT_TRUE(dma.add(plan, true));
    EXPECT_STREQ(mismatch(plan.request, lands, dma.run().front()), "the data is not where it should be");
  }
}

}  // namespace
}  // namespace vtd::harness::qemu
