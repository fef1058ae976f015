// SPDX-License-Identifier: Apache-2.0 OR MIT
// The buses of a root table of ours that have a context table.
#pragma once

#include "engine/rules.h"
#include "engine/scan.h"

namespace vtd::engine {

// Calls visit(bus, context table) in rising order until it answers false.
template <class Visit>
bool each_bus(const Rules& rules, const Word* root, Visit visit) {
  WordMap present = WordMap::of(root, RootEntry::Present::mask, 0);
  for (unsigned word = 0; present.next(word);) {
    // High qwords are no entries.
    if (word % 2 != 0 || !rules.follows_root(root[word], root[word + 1])) continue;
    if (!visit(word / 2, RootEntry::Table::get(root[word]))) return false;
  }
  return true;
}

}  // namespace vtd::engine
