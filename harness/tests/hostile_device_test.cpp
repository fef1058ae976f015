// SPDX-License-Identifier: Apache-2.0 OR MIT
// A device writes old tables while they are copied: what was read once is what counts, and what is checked in one
// reading and used from another is seen.
#include <gtest/gtest.h>

#include "harness/runner.h"
#include "harness/tests/planted.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness::test {
namespace {

constexpr std::uint64_t kContexts = 0x1001000;
const char* const kWrite = "device_write at=0x1001100 value=0x30000001\n";  // 00:02.0 into the crash reservation

// Checks the context entry in one reading and copies it from another.
int read_again(vtd_boot* boot) {
  const int status = honest().copy(boot);
  const void* const page = real_host->map_old(real_host->ctx, kContexts, model::kPageBytes);
  const std::uint64_t entry = static_cast<const std::uint64_t*>(page)[0x20];
  real_host->unmap_old(real_host->ctx, page, model::kPageBytes);
  store8(new_context(boot), entry);
  return status;
}

class HostileDeviceTest : public testing::Test {
 protected:
  ~HostileDeviceTest() override { mistake = {}; }
  Verdict run(const std::string& more) { return runner_.run(scenario_of(small(more)), planted(), {}).verdict; }
  Runner runner_;
};

TEST_F(HostileDeviceTest, what_was_read_once_is_what_counts) {
  EXPECT_EQ(run(kWrite), Verdict::held);
  EXPECT_TRUE(runner_.facts().has(Fact::device_wrote));
  EXPECT_EQ(run(""), Verdict::held);
  EXPECT_FALSE(runner_.facts().has(Fact::device_wrote));
}

TEST_F(HostileDeviceTest, an_entry_that_is_checked_and_then_read_again_is_seen) {
  mistake.copy = read_again;
  EXPECT_EQ(run(kWrite), Verdict::broken);
  EXPECT_EQ(run(""), Verdict::held) << "nobody sees it while the old tables stand still";
}

TEST_F(HostileDeviceTest, a_page_in_two_roles_is_left_alone) {
  EXPECT_EQ(run(std::string(kWrite) + "paging at=0x1004000 index=7 to=0x1001000\n"), Verdict::held);
  EXPECT_FALSE(runner_.facts().has(Fact::device_wrote));
}

}  // namespace
}  // namespace vtd::harness::test
