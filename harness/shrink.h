// SPDX-License-Identifier: Apache-2.0 OR MIT
// The smallest scenario that still does what the big one did. Works on steps, then on operands, never on bytes.
//
// Smaller walks through the candidates one by one; the RapidCheck properties and the command share it. It knows no
// clock: whoever drives it decides when to stop, and best() is always a scenario that was accepted.
#pragma once

#include <cstdint>
#include <functional>

#include "model/scenario/scenario.h"

namespace vtd::harness {

class Smaller {
 public:
  explicit Smaller(model::Scenario start) : best_(std::move(start)), chunk_(best_.steps.size()) {}

  // The next candidate: runs of steps removed, longest first, then operands moved towards their fallback, zero, and
  // half their value. False: nothing smaller is left to try from here on.
  bool next(model::Scenario& candidate);
  // The last candidate is as good as the scenario it came from: go on from it, at the same place.
  void accept();

  const model::Scenario& best() const { return best_; }

 private:
  bool next_removal(model::Scenario& candidate);
  bool next_operand(model::Scenario& candidate);

  model::Scenario best_, offered_;
  std::size_t chunk_;   // steps removed at once; 0: operands are being tried
  std::size_t at_ = 0;  // first step of the run, or the step whose operands are tried
  unsigned operand_ = 0, way_ = 0;
  bool accepted_ = false;  // in this pass
};

struct ShrinkProgress {
  std::uint64_t tried = 0, accepted = 0;
  std::size_t steps = 0;  // of the best so far
};

// Tries candidates until none is accepted or `stop` says so; `stop` is asked before each one.
model::Scenario shrink(const model::Scenario& start, const std::function<bool(const model::Scenario&)>& still_broken,
                       const std::function<bool(const ShrinkProgress&)>& stop);

}  // namespace vtd::harness
