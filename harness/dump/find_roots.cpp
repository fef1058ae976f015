// SPDX-License-Identifier: Apache-2.0 OR MIT
// Three sieves: the shape of a page; the context tables below it; the page tables below those, for the best few.
#include "harness/dump/find_roots.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;

bool better(const RootCandidate& a, const RootCandidate& b) {
  const std::int64_t left = a.evidence.score(), right = b.evidence.score();
  return left != right ? left > right : a.root < b.root;
}

// vmcoreinfo begins with this line (kernel/crash_core.c) at the start of a page of its own.
bool begins_vmcoreinfo(const PageWords& words) {
  constexpr std::string_view kBegins = "OSRELEASE=";
  return std::memcmp(words.data(), kBegins.data(), kBegins.size()) == 0;
}

void drop_hopeless(std::vector<RootCandidate>& roots) {
  std::erase_if(roots, [](const RootCandidate& c) { return c.evidence.devices == 0 || c.evidence.score() <= 0; });
  std::sort(roots.begin(), roots.end(), better);
}

}  // namespace

Scanned scan(Dump& dump) {
  Scanned out;
  PageWords words;
  std::vector<Address> shaped;
  for (const model::MemoryRange& range : dump.held()) {
    for (Address page = range.first; page < range.last; page += model::kPageBytes) {
      if (dump.read(page, words) != InDump::there) continue;
      if (has_the_shape_of_a_root(words)) shaped.push_back(page);
      if (out.vmcoreinfo == 0 && begins_vmcoreinfo(words)) out.vmcoreinfo = page;
    }
  }
  out.shaped = shaped.size();
  RootScale scale(dump);
  for (const Address page : shaped) {
    if (dump.read(page, words) != InDump::there) continue;
    const RootEvidence evidence = scale.glance(words);
    if (evidence.devices != 0) out.roots.push_back({page, evidence});
  }
  drop_hopeless(out.roots);
  out.all_weighed = out.roots.size() <= kRankedMost;
  if (!out.all_weighed) out.roots.resize(kRankedMost);
  for (RootCandidate& candidate : out.roots)
    if (dump.read(candidate.root, words) == InDump::there) candidate.evidence = scale.weigh(words);
  drop_hopeless(out.roots);
  return out;
}

RootCandidate look_at_root(Dump& dump, Address root) {
  PageWords words;
  if (dump.read(model::page_of(root), words) != InDump::there) return {root, {}};
  return {root, RootScale(dump).weigh(words)};
}

}  // namespace vtd::harness
