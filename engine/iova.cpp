// SPDX-License-Identifier: Apache-2.0 OR MIT
// Free ranges from the top down, and ranges in use from the bottom up.
#include "engine/iova.h"

#include "engine/occupancy.h"

namespace vtd::engine {

int find_iova(Boot& boot, const Domain& domain, Word bytes, Word alignment, Word limit, Word& iova) {
  constexpr unsigned kGapsMost = 1u << 16;  // tables that lead to each other can make more gaps than there is time
  Occupancy occupancy(boot, domain, Occupancy::Question::taken);
  Word high = limit < occupancy.end() ? limit : occupancy.end();
  for (unsigned gaps = 0; high >= bytes && gaps < kGapsMost; ++gaps) {
    Word low = occupancy.start_of_run(high - 1);
    const bool free = occupancy.at(high - 1) == Occupancy::unused;
    if (occupancy.out_of_memory()) return VTD_NO_MEMORY;
    if (free && touches_interrupt_range(low, high - 1)) {
      // Requests into FEEx_xxxx are interrupts (S§3.14): the part above it first, then the part below.
      if (high - 1 <= kInterruptLast) {
        high = kInterruptFirst;
        continue;
      }
      low = kInterruptLast + 1;
    }
    if (free && high - low >= bytes) {
      iova = (high - bytes) & ~(alignment - 1);
      if (iova >= low) return VTD_OK;
    }
    high = low;
  }
  return VTD_EXISTS;
}

int next_range(Boot& boot, const Domain& domain, Word iova, vtd_iova_range& range) {
  Occupancy occupancy(boot, domain, Occupancy::Question::translated);
  const bool skips = iova < occupancy.end() && occupancy.at(iova) == Occupancy::unused;
  if (skips) iova = occupancy.end_of_run(iova);
  if (occupancy.out_of_memory()) return VTD_NO_MEMORY;
  if (iova >= occupancy.end()) return VTD_NOT_MAPPED;
  const Word last = occupancy.end_of_run(iova) - 1;
  const Word first = skips ? iova : occupancy.start_of_run(iova);
  if (occupancy.out_of_memory()) return VTD_NO_MEMORY;
  range = {VTD_ABI, sizeof range, first, last, occupancy.at(iova) == Occupancy::legacy, 0};
  return VTD_OK;
}

}  // namespace vtd::engine
