// SPDX-License-Identifier: Apache-2.0 OR MIT
// A crash kernel's own copy beside those of engines: alike, and seen when it is not.
#include <gtest/gtest.h>

#include "harness/input_error.h"
#include "harness/qemu/copies.h"
#include "harness/qemu/kdump.h"
#include "harness/qemu/snapshot.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness::qemu {
namespace {

const std::string kPlatform = "vtd 1\nplatform host_address_width=48\ncrash first=0x30000000 last=0x300fffff\n";
const std::string kPaging =
    "paging at=0x1002000 to=0x1003000\npaging at=0x1003000 to=0x1004000\npaging at=0x1004000 to=0x1005000\n"
    "paging at=0x1005000 index=1 to=0x8000\npaging at=0x1005000 index=2 to=0x9000 bits=r\n";
const std::string kBefore = kPlatform +
                            "root at=0x1000000 table=0x1001000\n"
                            "context at=0x1001000 devfn=02.0 table=0x1002000 domain=3\n"
                            "context at=0x1001000 devfn=03.0 table=0x1002000 domain=3\n" +
                            kPaging;
// Root and context table in the crash kernel's memory, the page tables where they were.
const std::string kAfter =
    "vtd 1\nplatform host_address_width=48\nunit root=0x30004000\ncrash first=0x20000000 last=0x200fffff\n"
    "root at=0x30004000 table=0x30005000\n"
    "context at=0x30005000 devfn=02.0 table=0x1002000 domain=3\n"
    "context at=0x30005000 devfn=03.0 table=0x1002000 domain=3\n" +
    kPaging;

class KernelsCopy : public testing::Test {
 protected:
  // The kernel's copy with these steps behind it, and our engine's.
  void compare(const std::string& planted) {
    before_ = test::scenario_of(kBefore);
    const Copies copies(before_, test::scenario_of(kAfter + planted));
    std::string error;
    kernels_ = copies.kernels();
    shallow_ = copies.engines(*find_engine("ours", error), model::Strategy::shallow);
    deep_ = copies.engines(*find_engine("ours", error), model::Strategy::deep);
    page_tables_ = copies.page_tables();
  }

  model::Scenario before_;
  CopyResult kernels_, shallow_, deep_;
  uint64_t page_tables_ = 0;
};

TEST_F(KernelsCopy, is_like_ours) {
  compare("");
  for (const CopyResult* copy : {&kernels_, &shallow_, &deep_}) {
    EXPECT_EQ(copy->differences, 0u) << copy->who << ": " << (copy->told.empty() ? "" : copy->told[0]);
    EXPECT_EQ(copy->entries, 0x10000u);
    EXPECT_EQ(copy->present, 2u);
  }
  EXPECT_EQ(page_tables_, 4u);
}

TEST_F(KernelsCopy, with_another_domain_id_is_seen_on_both_sides) {
  compare("context at=0x30005000 devfn=03.0 table=0x1002000 domain=4\n");
  EXPECT_EQ(kernels_.differences, 1u);
  EXPECT_EQ(shallow_.differences, 1u);
  EXPECT_EQ(deep_.differences, 1u);
  EXPECT_NE(kernels_.told.at(0).find("00:03.0"), std::string::npos);
}

TEST_F(KernelsCopy, with_another_table_translates_differently) {
  compare("context at=0x30005000 devfn=03.0 table=0x1003000 domain=3\n");
  EXPECT_GT(kernels_.differences, 1u) << "the entry, and what it leads to";
  EXPECT_EQ(shallow_.differences, 1u);
  EXPECT_EQ(deep_.differences, 0u) << "a deep copy has page tables of its own";
}

TEST_F(KernelsCopy, without_a_device_is_seen) {
  compare("word at=0x30005180 value=0\n");
  EXPECT_GT(kernels_.differences, 1u);
  EXPECT_EQ(deep_.differences, 1u);
}

TEST_F(KernelsCopy, over_changed_page_tables_is_seen) {
  compare("paging at=0x1005000 index=7 to=0xa000\n");
  EXPECT_EQ(kernels_.differences, 1u);
  EXPECT_NE(kernels_.told.at(0).find("0x1005000"), std::string::npos);
}

TEST_F(KernelsCopy, of_another_crash_is_refused) {
  before_ = test::scenario_of(kBefore);
  EXPECT_THROW(Copies(before_, before_), InputError) << "its tables lie outside of the reservation";
}

// Waits for hardware without end, and is excused: then nothing was copied, and nothing is known.
const vtd_engine* waiting_engine() {
  static vtd_engine engine = *vtd_engine_get();
  engine.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) -> int {
    if (const int status = vtd_engine_get()->boot(host, platform, boot); status != VTD_OK) return status;
    for (;;) host->pause(host->ctx);
  };
  return &engine;
}

TEST_F(KernelsCopy, is_not_compared_with_a_run_that_says_nothing) {
  static constexpr Excuse kExcuses[] = {{properties::Property::work_is_bounded, "it waits"}};
  const EngineEntry entry = {"waiting", waiting_engine, "", false, kExcuses};
  before_ = test::scenario_of(kBefore);
  const Copies copies(before_, test::scenario_of(kAfter));
  EXPECT_THROW((void)copies.engines(entry, model::Strategy::deep), std::runtime_error);
}

TEST(KdumpCourse, is_over_when_the_crash_kernel_was_too_quick) {
  const model::MemoryRange reservation = {0x30000000, 0x3bffffff, model::MemoryKind::ram};
  EXPECT_NO_THROW(must_be_before_takeover(0x2ffff000, reservation));
  EXPECT_NO_THROW(must_be_before_takeover(0x3c000000, reservation));
  EXPECT_THROW(must_be_before_takeover(0x30000000, reservation), InputError);
  EXPECT_THROW(must_be_before_takeover(0x3bfff800, reservation), InputError) << "bits below are a mode, not a place";
}

TEST(GuestSnapshot, sees_every_changed_byte_and_no_other) {
  GuestMemory memory({uint64_t{16} << 20, uint64_t{16} << 20});
  memory.words(0x5000)[3] = 7;
  const Snapshot before(memory);
  EXPECT_TRUE(before.changed().empty());
  *memory.at(0x5018) = std::byte{8};
  *memory.at(kHighRam + 0x7fff) = std::byte{1};  // a page that was never written before
  EXPECT_EQ(before.changed(), (std::vector<model::Address>{0x5000, kHighRam + 0x7000}));
  EXPECT_EQ(before.changed_bytes(0x5000), std::vector<model::Address>{0x5018});
  EXPECT_EQ(before.changed_bytes(kHighRam + 0x7000), std::vector<model::Address>{kHighRam + 0x7fff});
}

}  // namespace
}  // namespace vtd::harness::qemu
