// SPDX-License-Identifier: Apache-2.0 OR MIT
// Act one: what each operation puts into memory and into the machine, and what cannot be a machine.
#include <gtest/gtest.h>

#include "model/scenario/build.h"

namespace vtd::model {
namespace {

class ScenarioBuild : public testing::Test {
 protected:
  BuildError make(const std::string& steps) {
    Scenario scenario;
    const TextError error = parse_text("vtd 1\n" + steps, scenario);
    EXPECT_FALSE(error) << error.line << ": " << error.message;
    return build(scenario, machine);
  }
  uint64_t word(Address at) const { return machine.memory.page(at, View::cpu)[at / 8 % kEntriesPerPage]; }

  Machine machine;
};

TEST_F(ScenarioBuild, an_empty_scenario_is_the_default_machine) {
  ASSERT_FALSE(make(""));
  EXPECT_EQ(machine.host_address_width, 46u);
  ASSERT_EQ(machine.units.size(), 1u);
  EXPECT_EQ(machine.units[0].capability, presets()[0].capability);
  EXPECT_EQ(machine.units[0].root, kPoolBase);
  EXPECT_EQ(machine.units[0].status, 0xc0000000u);
  EXPECT_EQ(machine.memory.kind_of(0x3fffffff), MemoryKind::ram);
  EXPECT_EQ(machine.memory.kind_of(0x40000000), MemoryKind::hole);
  EXPECT_EQ(machine.memory.kind_of(0x13fffffff), MemoryKind::ram);
  EXPECT_EQ(machine.memory.kind_of(0xfed90fff), MemoryKind::mmio);
  EXPECT_EQ(machine.memory.crash(0).first, 0x30000000u);
  EXPECT_EQ(machine.memory.crash(1).last, 0x343fffffu);
  EXPECT_EQ(machine.memory.frames(), 0u);
}

TEST_F(ScenarioBuild, root_entries_repeat_and_advance) {
  ASSERT_FALSE(make("root at=0x1000000 bus=254 count=9 table=0x2000000 step=0x1000 high=0x7\n"));
  EXPECT_EQ(word(0x1000000 + 253 * 16), 0u);
  EXPECT_EQ(word(0x1000000 + 254 * 16), 0x2000001u);
  EXPECT_EQ(word(0x1000000 + 255 * 16), 0x2001001u);
  EXPECT_EQ(word(0x1000000 + 255 * 16 + 8), 7u);
  EXPECT_EQ(machine.memory.frames(), 1u) << "a run ends with its table";
}

TEST_F(ScenarioBuild, context_entries_have_their_fields_where_the_manual_says) {
  ASSERT_FALSE(
      make("context at=0x1001000 devfn=02.1 table=0xffffffffff000 width=57 type=pass domain=0xabcd bits=p,fpd,0x10 "
           "high=0x78\n"));
  EXPECT_EQ(word(0x1001000 + 0x11 * 16), 0xffffffffff000u | 2u << 2 | 0x13u);
  EXPECT_EQ(word(0x1001000 + 0x11 * 16 + 8), 0xabcdu << 8 | 3u | 0x78u);
}

TEST_F(ScenarioBuild, paging_entries_repeat_and_advance) {
  ASSERT_FALSE(
      make("paging at=0x1002000 index=510 count=512 to=0x200000 step=0x200000 bits=r,ps,0x4000000000000000\n"));
  EXPECT_EQ(word(0x1002ff0), 0x4000000000200081u);
  EXPECT_EQ(word(0x1002ff8), 0x4000000000400081u);
  EXPECT_EQ(machine.memory.frames(), 1u);
}

TEST_F(ScenarioBuild, words_are_written_as_they_are_and_later_steps_win) {
  ASSERT_FALSE(
      make("paging at=0x1002000 to=0x5000\nword at=0x1002000 value=0xffffffffffffffff\nword at=0x100300c value=1\n"));
  EXPECT_EQ(word(0x1002000), ~uint64_t{0});
  EXPECT_EQ(word(0x1003008), 1u) << "an address within a qword means the qword";
}

TEST_F(ScenarioBuild, memory_steps_change_the_default_map) {
  ASSERT_FALSE(make("memory kind=acpi first=0x1000 last=0x1fff\n"));
  EXPECT_EQ(machine.memory.kind_of(0x1000), MemoryKind::acpi);
  EXPECT_EQ(machine.memory.kind_of(0x2000), MemoryKind::ram);
  ASSERT_FALSE(make("memory kind=hole\nmemory first=0x1000 last=0x1fff\n"));
  EXPECT_EQ(machine.memory.kind_of(0x2000), MemoryKind::hole);
  EXPECT_EQ(machine.memory.kind_of(0x1000), MemoryKind::ram);
  EXPECT_EQ(machine.memory.kind_of(0xfed90000), MemoryKind::mmio) << "registers stay registers";
}

TEST_F(ScenarioBuild, units_have_registers_of_their_own) {
  ASSERT_FALSE(
      make("unit index=1 root=0x1005000 latency=3 faults=iqe queue=0x1006000 head=0x47 tail=0x60 version=0x50\n"));
  ASSERT_EQ(machine.units.size(), 2u);
  EXPECT_EQ(machine.units[0].root, kPoolBase);
  EXPECT_EQ(machine.units[1].registers, 0xfed91000u);
  EXPECT_EQ(machine.units[1].latency, 3u);
  EXPECT_EQ(machine.units[1].fault_status, 0x10u);
  EXPECT_EQ(machine.units[1].queue_head, 0x40u);
  EXPECT_EQ(machine.units[1].queue_tail, 0x60u);
  EXPECT_FALSE(machine.memory.two_views());
  ASSERT_FALSE(make("unit capability=client extended=client registers=0xfe000123\n"));
  EXPECT_EQ(machine.units[0].registers, 0xfe000000u);
  EXPECT_TRUE(machine.memory.two_views()) << "ECAP.C=0";
}

TEST_F(ScenarioBuild, faults_of_the_host_are_kept) {
  ASSERT_FALSE(
      make("unit\nrefuse_allocation number=5\nunreadable page=0x1003123\nstuck commands=srtp,ccmd\nreserved "
           "source=00:1f.2 first=0x5000 last=0x5fff\n"));
  EXPECT_EQ(machine.refuse_allocation, 5u);
  EXPECT_EQ(machine.unreadable, std::vector<Address>{0x1003000});
  EXPECT_EQ(machine.units[0].stuck, 0x40000001u);
  ASSERT_EQ(machine.reserved.size(), 1u);
  EXPECT_EQ(machine.reserved[0].source, 0xfau);
  ASSERT_FALSE(make("stuck unit=3\nreserved source=00:00.0 first=0 last=1 unit=1\n"));
  EXPECT_EQ(machine.units.size(), 1u) << "no unit comes from naming it";
  EXPECT_TRUE(machine.reserved.empty());
}

TEST_F(ScenarioBuild, what_is_written_into_a_reservation_is_lost) {
  ASSERT_FALSE(make("word at=0x30000000 value=7\nword at=0x34000000 value=7\nword at=0x2ffffff8 value=7\n"));
  EXPECT_EQ(word(0x30000000), 0u);
  EXPECT_EQ(word(0x34000000), 0u);
  EXPECT_EQ(word(0x2ffffff8), 7u);
}

TEST_F(ScenarioBuild, says_why_a_scenario_is_no_machine) {
  const BuildError twice = make("crash first=0x20000000 last=0x200fffff\ncrash first=0x21000000 last=0x210fffff\n");
  EXPECT_TRUE(twice);
  EXPECT_EQ(twice.step, 1u);
  EXPECT_TRUE(make("crash first=0x20000001 last=0x200fffff\n"));
  const BuildError covered = make("crash first=0x20000000 last=0x200fffff\nunit registers=0x200ff000\n");
  EXPECT_STREQ(covered.why, "unit: its registers lie in a crash reservation");
  EXPECT_EQ(covered.step, 1u);
  EXPECT_TRUE(make("crash first=0x100000000 last=0x1ffffffff\n"));
  EXPECT_TRUE(make("crash first=0x20000000 last=0x200fffff\ncrash generation=1 first=0x200ff000 last=0x202fffff\n"));
  EXPECT_TRUE(make("memory first=2 last=1\n"));
  EXPECT_FALSE(make("crash first=0x34000000 last=0x340fffff\n"));
  EXPECT_FALSE(machine.memory.has_crash(1)) << "the default for the second crash kernel is taken";
}

TEST_F(ScenarioBuild, crash_memory_lies_below_the_host_address_width) {
  ASSERT_FALSE(make("platform host_address_width=32\ncrash first=0x120000000 last=0x1203fffff\n"));
  EXPECT_EQ(machine.host_address_width, 33u);
  ASSERT_FALSE(make("crash first=0xfffffffc00000 last=0xfffffffffffff\n"));
  EXPECT_EQ(machine.host_address_width, 52u);
  EXPECT_TRUE(make("crash first=0x10000000000000 last=0x100000003fffff\n"));
}

TEST_F(ScenarioBuild, narrow_hosts_count_as_32_bits) {
  ASSERT_FALSE(make("platform host_address_width=3\n"));
  EXPECT_EQ(machine.host_address_width, 32u);
}

}  // namespace
}  // namespace vtd::model
