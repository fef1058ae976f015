// SPDX-License-Identifier: Apache-2.0 OR MIT
// Counts evaluations and keeps the first failure.
#include "properties/judge.h"

#include <algorithm>
#include <cstring>

namespace vtd::properties {

void Judge::clear() {
  first_ = {};
  failures_ = 0;
  step_ = 0;
}

void Judge::clear_counters() { counts_.fill(0); }

bool Judge::check(Property p, bool held, const Failure& otherwise) {
  evaluated(p);
  if (held) return true;
  Failure failure = otherwise;
  failure.property = p;
  broke(failure);
  return false;
}

bool Judge::excused(const Failure& failure) const {
  return std::any_of(excuses_.begin(), excuses_.end(), [&](const Excused& e) {
    const bool everything = e.what == nullptr;
    return e.property == failure.property &&
           (everything || (failure.what != nullptr && std::strcmp(e.what, failure.what) == 0));
  });
}

void Judge::broke(Failure failure) {
  if (excused(failure)) return;
  failure.step = step_;
  if (failures_++ == 0) first_ = failure;
}

}  // namespace vtd::properties
