// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which IOVAs of a domain are in use, found without walking every path: tables that are reached many times are judged
// once, and whole tables of one kind are skipped.
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

class Occupancy {
 public:
  enum Use : unsigned { unused, legacy, made, mixed };
  enum class Question {
    translated,  // does some access get through, and who made the mapping?
    taken        // is something in the way of a mapping? All that is counts as `legacy`.
  };
  Occupancy(Boot& boot, const Domain& domain, Question question)
      : boot_(boot),
        domain_(domain),
        rules_(boot.units[domain.unit].rules()),
        end_(rules_.input_end(domain.width)),
        top_(levels_of(domain.width)),
        question_(question) {}
  ~Occupancy() { memo_.clear(boot_.host); }
  Occupancy(const Occupancy&) = delete;
  Occupancy& operator=(const Occupancy&) = delete;

  Word end() const { return end_; }  // IOVAs lie below
  Use at(Word iova);
  // The first IOVA from `iova` on whose use is another one; end() when there is none.
  Word end_of_run(Word iova);
  // The first IOVA of the run that holds `iova`.
  Word start_of_run(Word iova);
  bool out_of_memory() const { return out_of_memory_; }

 private:
  struct Node {
    Word table;
    unsigned level;
    Word base;
    Word permissions;
  };
  struct Seen {
    Use use;  // mixed: `below` says more
    Node below;
  };
  Node top() const { return {domain_.table, top_, 0, PagingEntry::permissions}; }
  Seen see(const Node& node, unsigned index);
  bool by_map(Word table, unsigned index);
  Use use_of(const Seen& seen) { return seen.use == mixed ? use_of_table(seen.below) : seen.use; }
  Use use_of_table(const Node& node);
  Use use_of_entries(const Node& node);
  Use use_at_once(const Seen& seen);
  int present_below(const Node& node, unsigned index) const;
  bool forward(const Node& node, Use use, Word& iova);
  bool backward(const Node& node, Use use, Word& iova);

  Boot& boot_;
  const Domain& domain_;
  const Rules& rules_;
  PageIndex memo_{};
  Word end_;
  unsigned top_;
  Question question_;
  Word made_of_ = 0;  // the table whose leaves were seen last, and which of them map made
  const MadeEntries* made_ = nullptr;
  bool out_of_memory_ = false;
};

}  // namespace vtd::engine
