// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which IOVAs of a domain are in use: is every page of a range mapped, or none? Exact, and linear in distinct tables.
//
// In use is what some access gets through to. Reserved entries map nothing.
#pragma once

#include "model/walk.h"
#include "properties/memo.h"
#include "properties/places.h"

namespace vtd::properties {

class Occupancy {
 public:
  // The tables may have changed since: forgets what it knew.
  void begin(const model::Hierarchy& tables, const Places& places);

  // Both ends are inclusive. What lies beyond the context entry's width is never in use.
  bool empty(const model::ContextStep& domain, model::Iova first, model::Iova last) {
    return all(domain, first, last, kEmpty);
  }
  bool full(const model::ContextStep& domain, model::Iova first, model::Iova last) {
    return all(domain, first, last, kFull);
  }

 private:
  enum State : std::uint8_t { kEmpty = 1, kFull = 2, kMixed = 3 };

  bool all(const model::ContextStep& domain, model::Iova first, model::Iova last, State wanted);
  // `permissions`: what the path has left of read and write.
  bool all_in(model::Address page, unsigned level, std::uint64_t permissions, model::Iova first, model::Iova last,
              State wanted);
  State state_of(model::Address page, unsigned level, std::uint64_t permissions);
  State state_of_entry(std::uint64_t entry, unsigned level, std::uint64_t permissions);
  bool may_be_at(model::Address table) const;
  bool followed(std::uint64_t entry, unsigned level, model::Address& next) const;

  const model::Hierarchy* tables_ = nullptr;
  const Places* places_ = nullptr;
  Memo states_;
};

}  // namespace vtd::properties
