// SPDX-License-Identifier: Apache-2.0 OR MIT
// Down from the root; the verdict on each entry is the model's (S§9.1, S§9.3, S§9.8).
#include "harness/dump/broken_entries.h"

#include <set>
#include <utility>

#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;
using What = BrokenEntry::What;

class Search {
 public:
  Search(Dump& dump, const model::Rules& rules) : dump_(dump), rules_(rules) {}

  std::vector<BrokenEntry> run(Address root) {
    PageWords words;
    if (dump_.read(root, words) == InDump::there)
      for (unsigned bus = 0; bus < 256; ++bus) look_at_bus(bus, root + 16 * bus, model::entry128(words.data(), bus));
    return std::move(found_);
  }

 private:
  void tell(What what, unsigned role, Address at, uint64_t value, model::Iova iova = 0) {
    if (found_.size() < kBrokenMost) found_.push_back({what, source_, role, at, value, iova});
  }

  // True: `words` is the table that the entry leads to.
  bool follow(Address table, PageWords& words, unsigned role, Address at, uint64_t value, model::Iova iova = 0) {
    const InDump there = dump_.read(table, words);
    if (there == InDump::there) return true;
    tell(there == InDump::no_ram ? What::table_out_of_ram : What::table_left_out, role, at, value, iova);
    return false;
  }

  void look_at_bus(unsigned bus, Address at, const model::Entry128& entry) {
    source_ = model::source_id(bus, 0);
    const model::RootStep step = model::read_root(rules_, entry);
    if (step.verdict == model::Verdict128::reserved) tell(What::reserved_bits, model::kRootRole, at, entry.low);
    PageWords words;
    if (step.verdict != model::Verdict128::follow || !follow(step.next, words, model::kRootRole, at, entry.low)) return;
    if (!seen_.insert({step.next, model::kContextRole}).second) return;
    for (unsigned devfn = 0; devfn < 256; ++devfn) {
      source_ = model::source_id(bus, devfn);
      look_at_device(step.next + 16 * devfn, model::entry128(words.data(), devfn));
    }
  }

  void look_at_device(Address at, const model::Entry128& entry) {
    const model::ContextStep step = model::read_context(rules_, entry);
    switch (step.verdict) {
      case model::Verdict128::reserved:
        return tell(What::reserved_bits, model::kContextRole, at, entry.low);
      case model::Verdict128::invalid:
        return tell(What::bad_type_or_width, model::kContextRole, at, entry.low);
      case model::Verdict128::follow:
        return look_at_table(step.next, step.levels, model::kContextRole, at, entry.low, 0);
      case model::Verdict128::absent:
      case model::Verdict128::pass_through:
        return;
    }
  }

  void look_at_table(Address table, unsigned level, unsigned role, Address at, uint64_t value, model::Iova iova) {
    PageWords words;
    if (!seen_.insert({table, level}).second || !follow(table, words, role, at, value, iova)) return;
    for (unsigned i = 0; i < model::kEntriesPerPage; ++i) {
      const model::Iova first = iova + (uint64_t{i} << model::shift_of(level));
      const model::PagingVerdict verdict = model::read_paging(rules_, words[i], level);
      if (verdict == model::PagingVerdict::reserved)
        tell(What::reserved_bits, level, table + 8 * i, words[i], first);
      else if (verdict == model::PagingVerdict::link)
        look_at_table(words[i] & rules_.address_mask, level - 1, level, table + 8 * i, words[i], first);
    }
  }

  Dump& dump_;
  const model::Rules& rules_;
  model::SourceId source_ = 0;
  std::set<std::pair<Address, unsigned>> seen_;
  std::vector<BrokenEntry> found_;
};

}  // namespace

std::vector<BrokenEntry> broken_entries(Dump& dump, const model::Rules& rules, uint64_t root) {
  return Search(dump, rules).run(root & model::kAddressBits);
}

}  // namespace vtd::harness
