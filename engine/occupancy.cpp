// SPDX-License-Identifier: Apache-2.0 OR MIT
// The walk of Occupancy. A table of mixed use holds a change, so a search that enters one at its edge ends in it.
#include "engine/occupancy.h"

#include "engine/keys.h"
#include "engine/scan.h"
#include "engine/tables.h"

namespace vtd::engine {

bool Occupancy::by_map(Word table, unsigned index) {
  if (table != made_of_) {
    made_of_ = table;
    made_ = made_entries(boot_, table);
  }
  return made_ != nullptr && made_->has(index);
}

// One entry, as far as it can be judged without the table below.
Occupancy::Seen Occupancy::see(const Node& node, unsigned index) {
  const Word entry = boot_.host.table(node.table)[index];
  const Word permissions = node.permissions & entry;
  const Node below{entry & boot_.link.address, node.level - 1, node.base + index * span_of(node.level), permissions};
  switch (rules_.paging(entry, node.level)) {
    case Paging::absent:
      return {unused, below};
    case Paging::reserved:
      return {question_ == Question::taken ? legacy : unused, below};
    case Paging::leaf:
      if (question_ == Question::taken) return {legacy, below};
      return {permissions == 0 ? unused : by_map(node.table, index) ? made : legacy, below};
    case Paging::link:
      break;
  }
  // Nothing gets through below, and nothing may be put there that wants to.
  if (question_ == Question::taken && permissions != PagingEntry::permissions) return {legacy, below};
  return {permissions == 0 ? unused : mixed, below};
}

Occupancy::Use Occupancy::use_of_table(const Node& node) {
  const Word key = key::of(1, (node.permissions & PagingEntry::permissions) << 40 | key::frame(node.table));
  const bool shared = is_shared(boot_, node.table);
  if (shared) {
    if (const Word* known = memo_.find(key); known != nullptr) return static_cast<Use>(*known);
  }
  const Use use = use_of_entries(node);
  if (!shared) return use;
  if (!memo_.room(boot_.host, 1)) {
    out_of_memory_ = true;
    return mixed;
  }
  memo_.at(key) = use;
  return use;
}

Occupancy::Use Occupancy::use_of_entries(const Node& node) {
  WordMap present = WordMap::of(boot_.host.table(node.table), PagingEntry::permissions, 0);
  unsigned index = 0;
  if (!present.next(index)) return unused;
  // An absent entry is unused, so the first one found speaks for all of them.
  const Use use = index == 0 ? use_of(see(node, 0)) : unused;
  unsigned seen = 1;
  if (index != 0 && use_of(see(node, index)) != use) return mixed;
  for (; use != mixed && present.next(index) && !out_of_memory_; ++seen) {
    if (use_of(see(node, index)) != use) return mixed;
  }
  return seen == kWordsPerPage || use == unused ? use : mixed;
}

Occupancy::Use Occupancy::at(Word iova) {
  for (Node node = top();;) {
    const auto index = static_cast<unsigned>((iova - node.base) / span_of(node.level));
    const Seen seen = see(node, index);
    if (seen.use != mixed) return seen.use;
    node = seen.below;
  }
}

// A table that only one entry leads to is gone through on the way; to judge it first would scan it twice.
Occupancy::Use Occupancy::use_at_once(const Seen& seen) {
  return seen.use == mixed && is_shared(boot_, seen.below.table) ? use_of_table(seen.below) : seen.use;
}

// The last present entry below `index`, -1 when there is none.
int Occupancy::present_below(const Node& node, unsigned index) const {
  return WordMap::of(boot_.host.table(node.table), PagingEntry::permissions, 0).last_below(index);
}

// Moves `iova` up while the use is the same; true when it changes within this table.
bool Occupancy::forward(const Node& node, Use use, Word& iova) {
  WordMap present = WordMap::of(boot_.host.table(node.table), PagingEntry::permissions, 0);
  auto next = static_cast<unsigned>((iova - node.base) / span_of(node.level));
  present.start_at(next);
  for (unsigned i = 0; present.next(i);) {
    if (iova >= end_ || out_of_memory_) return true;
    const Word first = node.base + i * span_of(node.level);
    if (i != next && use != unused) return true;  // absent entries lie in between
    if (i != next) iova = first;
    const Seen seen = see(node, i);
    const Use here = iova == first ? use_at_once(seen) : seen.use;
    if (here == mixed) {
      if (forward(seen.below, use, iova)) return true;
    } else if (here != use) {
      return true;
    }
    next = i + 1;
    iova = first + span_of(node.level);
  }
  if (next == kWordsPerPage) return iova >= end_;
  if (use == unused) iova = node.base + kWordsPerPage * span_of(node.level);
  return use != unused || iova >= end_;
}

// Moves `iova` down while what lies just below has the same use; true when it changes within this table.
bool Occupancy::backward(const Node& node, Use use, Word& iova) {
  for (auto i = static_cast<int>((iova - 1 - node.base) / span_of(node.level)); i >= 0; --i) {
    if (out_of_memory_) return true;
    const Word first = node.base + static_cast<unsigned>(i) * span_of(node.level);
    const Seen seen = see(node, static_cast<unsigned>(i));
    const Use here = iova == first + span_of(node.level) ? use_at_once(seen) : seen.use;
    if (here == mixed) {
      if (backward(seen.below, use, iova)) return true;
    } else if (here != use) {
      return true;
    }
    iova = first;
    if (use != unused) continue;
    // Of free IOVAs there are many: absent entries are passed by all at once.
    i = present_below(node, static_cast<unsigned>(i)) + 1;
    iova = node.base + static_cast<unsigned>(i) * span_of(node.level);
  }
  return false;
}

Word Occupancy::end_of_run(Word iova) {
  const Use use = at(iova);
  forward(top(), use, iova);
  return iova < end_ ? iova : end_;
}

Word Occupancy::start_of_run(Word iova) {
  const Use use = at(iova);
  Word start = iova + 1;
  backward(top(), use, start);
  return start;
}

}  // namespace vtd::engine
