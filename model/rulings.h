// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the hardware keeps its rulings: how often each rule was judged, and what broke one, raw.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "model/hardware.h"

namespace vtd::model {

class Rulings {
 public:
  void start(const Trace& trace);
  void forget() { violations_.clear(); }
  void judged(Rule rule) { ++judged_[static_cast<std::size_t>(rule)]; }
  void broken(Rule rule, unsigned unit, Address address, uint64_t expected, uint64_t got);
  // Counts an evaluation; answers `held`.
  bool require(bool held, Rule rule, unsigned unit, Address address, uint64_t expected, uint64_t got);

  uint64_t count(Rule rule) const { return judged_[static_cast<std::size_t>(rule)]; }
  std::span<const Violation> violations() const { return violations_; }

 private:
  static constexpr std::size_t kMost = 64;  // the first ones tell; a broken engine must not fill memory
  const Trace* trace_ = nullptr;
  std::array<uint64_t, kRules> judged_{};
  std::vector<Violation> violations_;
};

}  // namespace vtd::model
