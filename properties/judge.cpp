// SPDX-License-Identifier: Apache-2.0 OR MIT
// Counts evaluations and keeps the first failure.
#include "properties/judge.h"

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

void Judge::broke(Failure failure) {
  if (excused_[static_cast<std::size_t>(failure.property)]) return;
  failure.step = step_;
  if (failures_++ == 0) first_ = failure;
}

}  // namespace vtd::properties
