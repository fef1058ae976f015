// SPDX-License-Identifier: Apache-2.0 OR MIT
// Do two tables of one role, with all that hangs from them, translate alike? For a root switch (S§6.6) and for swapping
// one pointer for another while hardware may use either.
//
// Both sides are walked together, each (old page, new page, role) pair once, whole pages compared by blocks first. The
// two must agree entry by entry: same permissions at every level, same page sizes, same kind of fault. A hierarchy that
// translates alike in another shape is not recognised; comparing whole hierarchies whatever their shape is left to the
// properties. Ignored bits and domain-ids may differ.
#pragma once

#include <vector>

#include "model/walk.h"

namespace vtd::model {

class SameTranslation {
 public:
  enum class Answer : uint8_t { same, different, undecided };  // undecided: more pairs than the budget

  // `generation` is the crash kernel whose copies are compared: its reservation holds the new tables.
  void start(const Machine& machine, unsigned generation);

  // Tables at two pages. For paging roles `input_bits` is how much of the input address the old table is given.
  Answer roots(const Rules&, Address before, Address after);
  Answer contexts(const Rules&, Address before, Address after);
  Answer paging(const Rules&, Address before, Address after, unsigned level, unsigned input_bits);

  // The new entry at which the last comparison found a difference, and the low qwords of both sides there.
  Address where() const { return where_; }
  uint64_t expected() const { return expected_; }
  uint64_t got() const { return got_; }

 private:
  static constexpr std::size_t kBudget = std::size_t{1} << 20;
  struct Pair {
    uint64_t before, after;  // role and input bits in the low bits, which page addresses leave free
    uint32_t epoch;
  };

  void begin(const Rules&);
  Answer answer(bool same) const;
  bool root_tables(Address before, Address after);
  bool context_tables(Address before, Address after);
  bool paging_tables(Address before, Address after, unsigned level, unsigned input_bits);
  bool root_entries(Address parent, const Entry128& before, const Entry128& after);
  bool context_entries(Address parent, const Entry128& before, const Entry128& after);
  bool paging_entries(Address parent, uint64_t before, uint64_t after, unsigned level, unsigned input_bits);
  template <class Compare>
  bool tables128(Address before, Address after, unsigned role, Compare compare);

  bool first_visit(Address before, Address after, unsigned role, unsigned input_bits);
  void grow();
  bool readable(Address parent, Address table) const;
  bool may_be_quarantined(Address parent, Address table) const;
  bool differ(Address at, uint64_t expected, uint64_t got);

  const Machine* machine_ = nullptr;
  const Rules* rules_ = nullptr;
  unsigned generation_ = 0;
  std::vector<Pair> visited_;
  std::size_t pairs_ = 0;
  uint32_t epoch_ = 0;
  Address where_ = 0;
  uint64_t expected_ = 0, got_ = 0;
};

}  // namespace vtd::model
