// SPDX-License-Identifier: Apache-2.0 OR MIT
// Units that carry out nothing of their queue, from the start or from some request on, until they listen again.
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwareSilence : public HardwareBench {
 protected:
  uint64_t head() { return hardware.read(0, kIqh, 8); }
};

TEST_F(HardwareSilence, AQueueThatStoodStillIsWorkedOff) {
  boot();
  machine.units[0].stuck = kStuckQueue;
  restart();
  start_queue();
  queue(kWait | uint64_t{5} << 32, kStatus);
  submit();
  for (unsigned i = 0; i < 1000; ++i) hardware.pause();
  EXPECT_EQ(head(), 0u);
  EXPECT_EQ(get(kStatus), 0u);
  hardware.listen(7);  // no such unit
  EXPECT_EQ(head(), 0u);
  hardware.listen(0);
  EXPECT_EQ(head(), 0x10u) << "what it was asked before";
  EXPECT_EQ(get(kStatus), 5u);
  queue(kWait | uint64_t{6} << 32, kStatus);
  submit();
  EXPECT_EQ(get(kStatus), 6u) << "and what it is asked from then on";
  expect_held();
}

// What it left half done was of the kernel that is dead.
TEST_F(HardwareSilence, TheNextKernelMeetsAUnitThatObeys) {
  ASSERT_TRUE(machine.memory.set_crash(1, 0x34000000, 0x343fffff));
  boot();
  start_queue();
  EXPECT_TRUE(hardware.all_obey());
  hardware.silence(0, 0);
  EXPECT_TRUE(hardware.all_obey()) << "nobody has asked yet";
  queue(kWait, kStatus);
  submit();
  EXPECT_FALSE(hardware.all_obey());
  EXPECT_TRUE(hardware.listen(0));
  EXPECT_FALSE(hardware.listen(0)) << "nothing is left";
  EXPECT_FALSE(hardware.all_obey()) << "of this kernel's calls nobody knows where they were left";
  hardware.next_generation(1);
  EXPECT_TRUE(hardware.all_obey());
}

TEST_F(HardwareSilence, TheNextKernelMeetsAUnitThatStandsStill) {
  latency = 4;
  ASSERT_TRUE(machine.memory.set_crash(1, 0x34000000, 0x343fffff));
  boot();
  start_queue();
  hardware.silence(0, 1);
  for (const uint64_t wait : {uint64_t{1}, uint64_t{2}}) {  // the second while the first is being carried out
    queue(kWait | wait << 32, kStatus);
    submit();
  }
  hardware.next_generation(1);
  EXPECT_FALSE(hardware.all_obey());
  EXPECT_TRUE(hardware.listen(0));
  for (unsigned i = 0; i < 300; ++i) hardware.pause();
  EXPECT_EQ(get(kStatus), 0u) << "nobody is there any more who waits for it";
  expect_held();
}

TEST_F(HardwareSilence, AUnitObeysUntilItIsAsked) {
  boot();
  machine.units[0].stuck = kStuckQueue;
  restart();
  EXPECT_TRUE(hardware.all_obey());
  start_queue();
  queue(kWait, kStatus);
  submit();
  EXPECT_FALSE(hardware.all_obey());
}

TEST_F(HardwareSilence, AQueueFallsSilent) {
  boot();
  start_queue();
  hardware.silence(7, 0);  // no such unit
  hardware.silence(0, 1);
  queue(kWait | uint64_t{5} << 32, kStatus);
  submit();
  EXPECT_EQ(get(kStatus), 5u) << "one request more is carried out";
  queue(kWait | uint64_t{6} << 32, kStatus);
  submit();
  for (unsigned i = 0; i < 1000; ++i) hardware.pause();
  EXPECT_EQ(get(kStatus), 5u);
  hardware.silence(0, 9);
  submit();
  EXPECT_EQ(get(kStatus), 5u) << "what stands still does not begin again by itself";
  hardware.listen(0);
  EXPECT_EQ(get(kStatus), 6u);
  expect_held();
}

}  // namespace
}  // namespace vtd::model
