// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target: hostile images against the copy alone. No register is written, so most of an execution is the copy itself.
#include "harness/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static vtd::harness::FuzzTarget target("ours", vtd::harness::Extent::copy_only);
  target.run({data, size});
  return 0;
}
