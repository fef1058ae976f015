// SPDX-License-Identifier: Apache-2.0 OR MIT
// Delta debugging over steps: a pass removes runs of n, n/2, ... 1 steps, then simplifies operands; passes go on while
// one helps.

#include "harness/shrink.h"

#include <algorithm>

namespace vtd::harness {
namespace {

using model::Operand;
using model::Scenario;
using model::Step;

constexpr unsigned kWays = 4;

// Operands of these kinds have no half that means anything.
bool has_magnitude(model::OperandKind kind) {
  return kind == model::OperandKind::number || kind == model::OperandKind::bits || kind == model::OperandKind::iova;
}

std::uint64_t simpler(const Operand& operand, std::uint64_t value, unsigned way) {
  switch (way) {
    case 0:
      return operand.fallback;
    case 1:
      return 0;
    case 2:
      return has_magnitude(operand.kind) ? value / 2 : value;
    default:
      return has_magnitude(operand.kind) ? value & (value - 1) : value;  // lowest bit cleared
  }
}

// Every accepted change must lead away from where it came: to the fallback, else to zero, else to something less.
bool leads_down(const Operand& operand, std::uint64_t from, std::uint64_t to) {
  if (from == to || from == operand.fallback) return false;
  return to == operand.fallback || to < from;
}

}  // namespace

bool Smaller::next(Scenario& candidate) {
  for (;;) {
    if (chunk_ != 0 ? next_removal(candidate) : next_operand(candidate)) {
      offered_ = candidate;
      return true;
    }
    if (!accepted_) return false;
    accepted_ = false;
    chunk_ = best_.steps.size();
    at_ = 0;
  }
}

bool Smaller::next_removal(Scenario& candidate) {
  const std::vector<Step>& steps = best_.steps;
  chunk_ = std::min(chunk_, steps.size());
  while (chunk_ != 0 && at_ >= steps.size()) {
    chunk_ /= 2;
    at_ = 0;
  }
  if (chunk_ == 0) {
    at_ = operand_ = way_ = 0;
    return next_operand(candidate);
  }
  const auto first = steps.begin() + static_cast<std::ptrdiff_t>(at_);
  const auto last = steps.begin() + static_cast<std::ptrdiff_t>(std::min(at_ + chunk_, steps.size()));
  candidate.steps.assign(steps.begin(), first);
  candidate.steps.insert(candidate.steps.end(), last, steps.end());
  at_ += chunk_;
  return true;
}

bool Smaller::next_operand(Scenario& candidate) {
  for (; at_ < best_.steps.size(); ++at_, operand_ = 0) {
    const Step& step = best_.steps[at_];
    const auto operands = model::operation(step.op).operands;
    for (; operand_ < operands.size(); ++operand_, way_ = 0) {
      const std::uint64_t value = step.operand[operand_];
      while (way_ < kWays) {
        const std::uint64_t to = simpler(operands[operand_], value, way_++);
        if (!leads_down(operands[operand_], value, to)) continue;
        candidate = best_;
        candidate.steps[at_].operand[operand_] = to;
        return true;
      }
    }
  }
  return false;
}

void Smaller::accept() {
  accepted_ = true;
  if (chunk_ != 0)
    at_ -= std::min(at_, best_.steps.size() - offered_.steps.size());
  else
    way_ = 0;
  best_ = offered_;
}

Scenario shrink(const Scenario& start, const std::function<bool(const Scenario&)>& still_broken,
                const std::function<bool(const ShrinkProgress&)>& stop) {
  Smaller smaller(start);
  ShrinkProgress progress;
  Scenario candidate;
  for (progress.steps = start.steps.size(); !stop(progress) && smaller.next(candidate); ++progress.tried) {
    if (!still_broken(candidate)) continue;
    smaller.accept();
    ++progress.accepted;
    progress.steps = smaller.best().steps.size();
  }
  return smaller.best();
}

}  // namespace vtd::harness
