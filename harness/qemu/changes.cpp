// SPDX-License-Identifier: Apache-2.0 OR MIT
// The narrowest explanation first: own pages, bytes that are known to the byte, pages, guesses.
#include "harness/qemu/changes.h"

#include <fmt/core.h>

#include <algorithm>

namespace vtd::harness::qemu {
namespace {

constexpr std::size_t kLeastDma = 8;  // bytes: what a device writes at least, an element of a ring

// No disk and no processor has any business there, however little they change.
bool is_guarded(const Suspects& suspects, model::Address page) {
  const model::MemoryRange& own = suspects.reservation;
  return (page >= own.first && page <= own.last) || suspects.tables.contains(page);
}

bool is_stray(const Suspects& suspects, const ChangedPage& change) {
  return change.bytes.size() < kLeastDma && !suspects.cards.contains(change.page);
}

}  // namespace

Culprits explain(std::span<const ChangedPage> changes, const Suspects& suspects) {
  Culprits found;
  unsigned strays = 0;
  for (const ChangedPage& change : changes) {
    const bool open = !is_guarded(suspects, change.page);
    if (suspects.engines.contains(change.page))
      ++found.engine;
    else if (std::all_of(change.bytes.begin(), change.bytes.end(), suspects.card_wrote))
      ++found.card;
    else if (open && suspects.disks.contains(change.page))
      ++found.disk;
    else if (open &&
             (suspects.processors.contains(change.page) || (is_stray(suspects, change) && ++strays <= kStraysMost)))
      ++found.processor;
    else
      found.unexplained.push_back(
          fmt::format("{} bytes from {:#x} to {:#x}", change.bytes.size(), change.bytes.front(), change.bytes.back()));
  }
  return found;
}

}  // namespace vtd::harness::qemu
