// SPDX-License-Identifier: Apache-2.0 OR MIT
// Moves on the list of steps.
#include <algorithm>

#include "harness/generate/growth.h"
#include "harness/mutate/moves.h"

namespace vtd::harness::move {
namespace {

using model::Op;
using model::Step;
namespace operand = model::operand;

constexpr uint64_t kRunMost = 8;

std::size_t any_step(Draft& d) { return d.random.below(d.scenario.steps.size()); }
auto at(std::vector<Step>& steps, std::size_t i) { return steps.begin() + static_cast<std::ptrdiff_t>(i); }
auto at(const std::vector<Step>& steps, std::size_t i) { return steps.begin() + static_cast<std::ptrdiff_t>(i); }

// A step of act 3 for a device that the scenario knows, or, in one of five cases, one that it does not.
void insert_call(Draft& d) {
  const bool known = !d.devices.empty() && !d.random.one_in(5);
  const DraftDevice device =
      known ? d.devices[d.random.below(d.devices.size())]
            : DraftDevice{d.unit, static_cast<model::SourceId>(d.random.pick({0x10, 0x20, 0x110}))};
  const Op op = static_cast<Op>(static_cast<uint64_t>(Op::attach) + d.random.below(6));
  Step step = model::make_step(op, {{operand::a_source, device.source}, {operand::a_unit, device.unit}});
  if (op == Op::map || op == Op::unmap) {
    step.operand[operand::ma_iova] = d.random.pick({0, 0x1000, 0x200000, 0x40000000, 0x7fc0000000, 0xfedff000});
    step.operand[op == Op::map ? std::size_t{operand::ma_pages} : std::size_t{operand::um_pages}] =
        d.random.one_in(16) ? d.random.pick({512, 513}) : d.random.pick({1, 2, 16});
  }
  if (op == Op::map) step.operand[operand::ma_pa] = d.random.pick({0x200000, 0x30200000, 0x12345000, 0x100000000});
  d.scenario.steps.insert(at(d.scenario.steps, d.random.below(d.scenario.steps.size() + 1)), step);
}

}  // namespace

bool drop(Draft& d, Other) {
  std::vector<Step>& steps = d.scenario.steps;
  if (steps.size() < 2) return false;
  const std::size_t first = any_step(d);
  const uint64_t most = d.random.one_in(4) ? kRunMost : 2;
  const std::size_t count = std::min<std::size_t>(1 + d.random.below(most), steps.size() - first);
  steps.erase(at(steps, first), at(steps, first + count));
  return true;
}

// The copy differs in one operand: the same again would do nothing.
bool duplicate(Draft& d, Other other) {
  std::vector<Step>& steps = d.scenario.steps;
  if (steps.empty()) return false;
  const Step copy = steps[any_step(d)];
  if (model::operation(copy.op).act == 2) return false;
  steps.insert(at(steps, d.random.below(steps.size() + 1)), copy);
  collide(d, other);
  return true;
}

bool reorder(Draft& d, Other) {
  std::vector<Step>& steps = d.scenario.steps;
  if (steps.size() < 2) return false;
  const std::size_t a = any_step(d), b = any_step(d);
  if (a == b || steps[a] == steps[b]) return false;
  if (d.random.one_in(2)) {
    std::swap(steps[a], steps[b]);
  } else {
    const Step moved = steps[a];
    steps.erase(at(steps, a));
    steps.insert(at(steps, b), moved);
  }
  return true;
}

bool insert(Draft& d, Other) {
  if (d.random.one_in(2)) return insert_call(d), true;
  const DraftTable table = any_table(d);
  switch (table.role) {
    case model::kRootRole:
      add_link(d, table, d.random.below(4), some_table(d, model::kContextRole), 1);
      break;
    case model::kContextRole:
      add_context(d, valid_context(d));
      break;
    case 1:
      add_link(d, table, some_index(d.random), d.random.below(0x40000) << 12, 1 + d.random.below(3));
      break;
    default:
      add_link(d, table, some_index(d.random), some_table(d, table.role - 1));
      break;
  }
  return true;
}

bool splice(Draft& d, Other other) {
  if (other.steps.empty()) return false;
  const std::size_t first = d.random.below(other.steps.size());
  const std::size_t count = std::min<std::size_t>(1 + d.random.below(2 * kRunMost), other.steps.size() - first);
  std::vector<Step>& steps = d.scenario.steps;
  steps.insert(at(steps, d.random.below(steps.size() + 1)), at(other.steps, first), at(other.steps, first + count));
  return true;
}

}  // namespace vtd::harness::move
