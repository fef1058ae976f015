// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whether a unit sees a change at all: write-back, write buffers, and builds that do not report stores (S§6.2.2.1).
#include "model/tests/hardware_bench.h"

namespace vtd::model {
namespace {

using namespace test;

class HardwareVisibility : public LiveEntries {};

// --- what the unit can see -------------------------------------------------------------------------------------------

TEST_F(HardwareVisibility, good_written_back_then_linked) {
  start(kCapability, kNotCoherent);
  put(kSpare + 8, 0xa003);
  flush(kSpare, kPageBytes);
  store(kLink + 8, kSpare + 3);
  flush(kLink + 8);
  expect_clean();
  EXPECT_GT(hardware.checked(Rule::contents_before_publication), 0u);
}

TEST_F(HardwareVisibility, bad_linked_then_written_back) {
  start(kCapability, kNotCoherent);
  put(kSpare + 8, 0xa003);
  store(kLink + 8, kSpare + 3);
  flush(kSpare, kPageBytes);
  flush(kLink + 8);
  expect_broken(Rule::contents_before_publication, kSpare);
}

TEST_F(HardwareVisibility, bad_invalidated_then_written_back) {
  start(kCapability, kNotCoherent);
  store(kLeaf, 0);
  invalidate_iotlb(kDomain, kId);
  flush(kLeaf);
  expect_stale(kLeaf);
}

TEST_F(HardwareVisibility, good_written_back_then_invalidated) {
  start(kCapability, kNotCoherent);
  store(kLeaf, 0);
  flush(kLeaf);
  invalidate_iotlb(kDomain, kId);
  expect_clean();
}

TEST_F(HardwareVisibility, bad_mapping_never_written_back) {
  start(kCapability, kNotCoherent);
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_stale(kNew + kLevel1);
}

TEST_F(HardwareVisibility, bad_context_retired_without_write_back) {
  start(kCapability, kNotCoherent);
  store(kContext, get(kContext) & ~uint64_t{1});
  invalidate_context(kSelective, kSource, kId);
  invalidate_iotlb(kDomain, kId);
  expect_stale(kContext);
}

TEST_F(HardwareVisibility, good_mapping_flushed_from_the_write_buffer) {
  boot(kCapability | kWriteBuffer);
  copy();
  command(kWbf);
  set_root();
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  expect_clean();
  store(kNew + kLevel1 + 0x80, 0xa003);
  command(kWbf);
  expect_clean();
}

TEST_F(HardwareVisibility, bad_mapping_left_in_the_write_buffer) {
  boot(kCapability | kWriteBuffer);
  copy();
  command(kWbf);
  set_root();
  invalidate_context(kGlobal);
  invalidate_iotlb(kGlobal);
  expect_clean();
  store(kNew + kLevel1 + 0x80, 0xa003);
  expect_stale(kGcmd);
}

// --- builds that do not report stores --------------------------------------------------------------------------------

TEST_F(HardwareVisibility, good_unreported_stores) {
  hardware.watch_stores(false);
  start();
  put(kLink, 0);
  invalidate_iotlb(kGlobal);
  hardware.freed(kNew + kLevel1);
  expect_clean();
}

TEST_F(HardwareVisibility, bad_unreported_stores_and_a_live_table_freed) {
  hardware.watch_stores(false);
  start();
  put(kLink + 8, kSpare + 3);
  hardware.freed(kSpare);
  expect_broken(Rule::page_is_forgotten_before_free, kSpare);
}

}  // namespace
}  // namespace vtd::model
