// SPDX-License-Identifier: Apache-2.0 OR MIT
// Walks a hierarchy three times: which tables there are, what each maps (summed up once per table and permissions), and
// the mapped ranges in order.
#include "model/survey.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace vtd::model {
namespace {

constexpr uint64_t kReadWrite = 3;

// What one table, or one leaf, maps; IOVAs count from its first one. Ends of ranges are all that joining needs.
struct Sum {
  uint64_t leaves[4] = {}, permissions[4] = {};
  uint64_t ranges = 0, bytes = 0;
  MappedRange head{}, tail{};  // the first leaf that maps and the last one, when there are any
};

bool continues(const MappedRange& a, const MappedRange& b) {
  return a.last + 1 == b.first && a.address + (b.first - a.first) == b.address && a.permissions == b.permissions;
}

MappedRange moved(const MappedRange& range, Iova by) {
  return {range.first + by, range.last + by, range.address, range.permissions};
}

// `part` follows everything in `into`.
void append(Sum& into, const Sum& part, Iova offset) {
  for (unsigned i = 1; i < 4; ++i) into.leaves[i] += part.leaves[i];
  for (unsigned i = 0; i < 4; ++i) into.permissions[i] += part.permissions[i];
  if (part.ranges == 0) return;
  const MappedRange head = moved(part.head, offset);
  const bool joined = into.ranges != 0 && continues(into.tail, head);
  if (into.ranges == 0) into.head = head;
  into.tail = moved(part.tail, offset);
  into.ranges += part.ranges - (joined ? 1 : 0);
  into.bytes += part.bytes;
}

Sum sum_of_leaf(Address to, unsigned level, uint64_t bytes, uint64_t permissions) {
  Sum sum;
  sum.leaves[level] = 1;
  sum.permissions[permissions] = 1;
  if (permissions == 0) return sum;
  sum.ranges = 1;
  sum.bytes = bytes;
  sum.head = sum.tail = {0, bytes - 1, to, permissions};
  return sum;
}

// A table met on a path, and what the levels above it allow.
struct Place {
  Address table;
  unsigned level;
  uint64_t permissions;

  uint64_t key() const { return table | level | permissions << 3; }
};

class Surveyor {
 public:
  explicit Surveyor(const Hierarchy& h) : h_(h), rules_(*h.rules) {}

  Survey run() {
    const Address root = page_of(h_.root);
    const bool legacy = (h_.root >> 10 & 3) == 0;  // RTADDR.TTM
    result_.root_readable = legacy && fetch_of(h_, root) == Fetch::readable;
    if (!result_.root_readable) return std::move(result_);
    count_table(root, kRootRole);
    for (unsigned bus = 0; bus < 256; ++bus) {
      const RootStep step = read_root(rules_, entry128(page(root), bus));
      if (step.verdict == Verdict128::follow && fetch_of(h_, step.next) == Fetch::readable) contexts(step.next, bus);
    }
    std::sort(result_.domain_ids.begin(), result_.domain_ids.end());
    const auto twice = std::unique(result_.domain_ids.begin(), result_.domain_ids.end());
    result_.domain_ids.erase(twice, result_.domain_ids.end());
    result_.distinct_table_pages = pages_.size();
    return std::move(result_);
  }

 private:
  const uint64_t* page(Address at) const { return h_.machine->memory.page(at, h_.view); }

  void count_table(Address table, unsigned role) {
    if (roles_.insert(table | role).second) ++result_.table_pages[role];
    pages_.insert(table);
  }

  void contexts(Address table, unsigned bus) {
    count_table(table, kContextRole);
    for (unsigned devfn = 0; devfn < 256; ++devfn) {
      const Entry128 entry = entry128(page(table), devfn);
      const ContextStep step = read_context(rules_, entry);
      if (step.verdict == Verdict128::absent) continue;
      if (step.verdict != Verdict128::reserved) result_.domain_ids.push_back(domain_id(entry));
      const Address at = table + devfn * sizeof entry;
      result_.devices.push_back({source_id(bus, devfn), entry, at, step.verdict, space_of(step)});
    }
  }

  uint32_t space_of(const ContextStep& step) {
    if (step.verdict != Verdict128::follow || fetch_of(h_, step.next) != Fetch::readable)
      return SurveyedDevice::kNoSpace;
    const auto next = static_cast<uint32_t>(result_.spaces.size());
    const auto [known, is_new] = spaces_.try_emplace(step.next | step.levels, next);
    if (is_new) {
      result_.spaces.emplace_back();
      describe(result_.spaces.back(), {step.next, step.levels, kReadWrite});
    }
    return known->second;
  }

  void describe(Space& space, const Place& top) {
    space.table = top.table;
    space.levels = top.level;
    count_tables(space);
    const Sum& sum = sum_of(top);
    std::copy(std::begin(sum.leaves), std::end(sum.leaves), space.leaves);
    std::copy(std::begin(sum.permissions), std::end(sum.permissions), space.permissions);
    space.ranges = sum.ranges;
    space.mapped_bytes = sum.bytes;
    space.lowest = sum.head.first;
    space.highest = sum.tail.last;
    result_.superpages += sum.leaves[2] + sum.leaves[3];
    list(space, top, 0);
  }

  // Where an entry leads as a link; false when it is none, or leads to no table.
  bool follows(uint64_t entry, unsigned level, Address& next) const {
    next = entry & rules_.address_mask;
    return read_paging(rules_, entry, level) == PagingVerdict::link && fetch_of(h_, next) == Fetch::readable;
  }

  void count_tables(Space& space) {
    std::unordered_set<uint64_t> met;
    std::vector<std::pair<Address, unsigned>> open{{space.table, space.levels}};
    while (!open.empty()) {
      const auto [table, level] = open.back();
      open.pop_back();
      if (!met.insert(table | level).second) continue;
      ++space.tables[level];
      count_table(table, level);
      if (level == 1) continue;
      for (unsigned i = 0; i < kEntriesPerPage; ++i) {
        Address next = 0;
        if (follows(page(table)[i], level, next)) open.emplace_back(next, level - 1);
      }
    }
  }

  // Calls leaf(iova offset, address, bytes, permissions) or link(iova offset, place) for each entry that IOVAs reach.
  template <class Leaf, class Link>
  void entries(const Place& at, Leaf leaf, Link link) {
    // A unit whose MGAW is less than a table spans uses only the table's beginning.
    const unsigned shift = shift_of(at.level), bits = rules_.input_bits(at.level), below = std::min(bits, shift);
    const uint64_t count = uint64_t{1} << (bits - below);
    const uint64_t* words = page(at.table);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t entry = words[i];
      const uint64_t permissions = at.permissions & entry & kReadWrite;
      Address next = 0;
      if (read_paging(rules_, entry, at.level) == PagingVerdict::leaf) {
        const Address to = entry & rules_.address_mask & ~((uint64_t{1} << shift) - 1);
        leaf(i << shift, to, uint64_t{1} << below, permissions);
      } else if (follows(entry, at.level, next)) {
        link(i << shift, Place{next, at.level - 1, permissions});
      }
    }
  }

  const Sum& sum_of(const Place& at) {
    if (const auto known = sums_.find(at.key()); known != sums_.end()) return known->second;
    Sum sum;
    entries(
        at,
        [&](Iova offset, Address to, uint64_t bytes, uint64_t permissions) {
          append(sum, sum_of_leaf(to, at.level, bytes, permissions), offset);
        },
        [&](Iova offset, const Place& next) { append(sum, sum_of(next), offset); });
    return sums_.emplace(at.key(), sum).first->second;
  }

  void list(Space& space, const Place& at, Iova base) {
    if (space.truncated || sum_of(at).ranges == 0) return;
    space.truncated = table_visits_++ >= Survey::kTableVisitsMost;
    entries(
        at,
        [&](Iova offset, Address to, uint64_t bytes, uint64_t permissions) {
          if (permissions == 0 || space.truncated) return;
          add(space, {base + offset, base + offset + bytes - 1, to, permissions});
        },
        [&](Iova offset, const Place& next) { list(space, next, base + offset); });
  }

  void add(Space& space, const MappedRange& range) {
    if (!space.listed.empty() && continues(space.listed.back(), range)) {
      space.listed.back().last = range.last;
    } else if (ranges_listed_ < Survey::kRangesMost) {
      space.listed.push_back(range);
      ++ranges_listed_;
    } else {
      space.truncated = true;
    }
  }

  const Hierarchy& h_;
  const Rules& rules_;
  Survey result_;
  std::unordered_set<uint64_t> roles_;  // page | role
  std::unordered_set<Address> pages_;
  std::unordered_map<uint64_t, uint32_t> spaces_;  // table | levels -> index
  std::unordered_map<uint64_t, Sum> sums_;         // by Place::key
  std::size_t table_visits_ = 0, ranges_listed_ = 0;
};

}  // namespace

Survey survey(const Hierarchy& hierarchy) { return Surveyor(hierarchy).run(); }

}  // namespace vtd::model
