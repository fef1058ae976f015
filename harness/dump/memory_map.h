// SPDX-License-Identifier: Apache-2.0 OR MIT
// The old kernel's memory map, as far as a dump tells it: what is RAM.
#pragma once

#include <vector>

#include "model/memory.h"

namespace vtd::harness {

struct DumpMap {
  std::vector<model::MemoryRange> ranges;
  std::uint64_t closed_bytes = 0;  // in gaps that were closed, the smallest first, so that the map fits into a scenario
};

DumpMap memory_map(const std::vector<model::MemoryRange>& ram);

}  // namespace vtd::harness
