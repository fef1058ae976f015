// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target: whole lives. The input is a scenario in binary form; our engine takes the machine over, watched and judged.
#include "harness/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static vtd::harness::FuzzTarget target("ours", vtd::harness::Extent::whole_life);
  target.run({data, size});
  return 0;
}
