// SPDX-License-Identifier: Apache-2.0 OR MIT
// Loads step by step.
#include "harness/mutate/load.h"

#include <algorithm>
#include <optional>

namespace vtd::harness {
namespace {

using model::Op;
using model::Step;
namespace operand = model::operand;

// Relative to one entry of an old table. After a call everything is judged again; what it maps is looked at less often.
// A run that leads to one table makes no more of them.
constexpr uint64_t kCall = 4, kPagesPerUnit = 4, kEqualPerUnit = 16;
constexpr uint64_t kShortRun = 8;  // at most, of a run that was shortened

// Which operand says how many entries or pages; nothing when a step writes no table.
std::optional<unsigned> count_of(Op op) {
  switch (op) {
    case Op::root:
      return operand::ro_count;
    case Op::context:
      return operand::co_count;
    case Op::paging:
      return operand::pa_count;
    case Op::map:
      return operand::ma_pages;
    default:
      return std::nullopt;
  }
}

uint64_t load_of(const Step& step) {
  const std::optional<unsigned> at = count_of(step.op);
  const uint64_t call = model::operation(step.op).act == 3 ? kCall : 0;
  if (!at) return call;
  const uint64_t count = step.operand[*at];
  if (step.op == Op::paging && step.operand[operand::pa_step] == 0) return 1 + count / kEqualPerUnit;
  return call + (step.op == Op::map ? count / kPagesPerUnit : count);
}

}  // namespace

uint64_t load_of(const model::Scenario& scenario) {
  uint64_t load = 0;
  for (const Step& step : scenario.steps) load += load_of(step);
  return load;
}

void lighten(model::Scenario& scenario, RandomSource& random) {
  uint64_t load = load_of(scenario);
  if (load <= kUsualLoad || random.below(load) < kUsualLoad) return;
  for (Step& step : scenario.steps) {
    const std::optional<unsigned> at = count_of(step.op);
    if (at && step.operand[*at] > kShortRun) step.operand[*at] = 1 + random.below(kShortRun);
  }
  // Of what is left each step stays with the probability that makes the rest usual; heavy or light, a step is a step.
  while ((load = load_of(scenario)) > kUsualLoad) {
    std::erase_if(scenario.steps,
                  [&](const Step& step) { return load_of(step) != 0 && random.below(load) >= kUsualLoad; });
  }
}

}  // namespace vtd::harness
