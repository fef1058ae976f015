// SPDX-License-Identifier: Apache-2.0 OR MIT
// Recognises root tables in a dump. RTADDR is a register and in no dump, but what it points to looks like nothing else.
#pragma once

#include <string>
#include <vector>

#include "harness/dump/weigh_root.h"

namespace vtd::harness {

struct RootCandidate {
  model::Address root = 0;
  RootEvidence evidence;
};

// Of more roots than this the page tables are not looked at, and they are not told.
inline constexpr std::size_t kRankedMost = 32;

struct Scanned {
  std::vector<RootCandidate> roots;  // best first; only those that more speaks for than against
  std::uint64_t shaped = 0;          // pages that passed the cheap filter
  bool all_weighed = true;           // false: there were more than kRankedMost
  model::Address vmcoreinfo = 0;     // where Linux keeps what it tells dump tools; 0: nowhere
};

// Reads every page of the dump once.
Scanned scan(Dump& dump);

// What a page given by a person is, whatever it is.
RootCandidate look_at_root(Dump& dump, model::Address root);

}  // namespace vtd::harness
