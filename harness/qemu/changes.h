// SPDX-License-Identifier: Apache-2.0 OR MIT
// Nothing changes in a dead machine by itself: whoever changed a page must have been allowed to.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/memory.h"

namespace vtd::harness::qemu {

// A page that differs, and its bytes that do.
struct ChangedPage {
  model::Address page;
  std::vector<model::Address> bytes;
};

// Who may have changed what.
struct Suspects {
  std::set<model::Address> engines;  // pages that the engine took for itself
  std::function<bool(model::Address)> card_wrote;
  std::set<model::Address> cards, disks;  // pages that they may write to
  std::set<model::Address> processors;    // pages that changed while nothing else happened
  model::MemoryRange reservation{};       // of the crash kernel: nobody's but the engine's
  std::set<model::Address> tables;        // that the dead kernel left: nobody's at all
};

struct Culprits {
  unsigned engine = 0, card = 0, disk = 0, processor = 0;  // pages each
  std::vector<std::string> unexplained;
};

// The dead kernel's processor takes an interrupt now and then and changes a byte or two, where it was not watched. So
// many pages are put down to it in one comparison.
inline constexpr unsigned kStraysMost = 2;

Culprits explain(std::span<const ChangedPage> changes, const Suspects& suspects);

}  // namespace vtd::harness::qemu
