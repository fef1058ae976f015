// SPDX-License-Identifier: Apache-2.0 OR MIT
// One rule for each reason that model::build has to refuse a scenario.
#include "harness/mutate/mend.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "model/layout.h"
#include "model/scenario/build.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
using model::Step;
namespace operand = model::operand;

// `memory` steps: each may split a range of the map in two, and so may the reservation and the units' registers.
constexpr std::size_t kRangesMost = 120;
static_assert(2 + 2 * (kRangesMost + 1 + model::kMaxUnits) <= model::Memory::kRangesMost);
constexpr Address kHighest = model::kAddressBits | (model::kPageBytes - 1);

struct Range {
  Address first, last;
};
// What the builder takes where a scenario says nothing (model/scenario/build.h).
constexpr Range kDefaults[model::Memory::kGenerations] = {{0x30000000, 0x303fffff}, {0x34000000, 0x343fffff}};
constexpr Range kInterruptRange = {model::kInterruptFirst, model::kInterruptLast};
bool overlap(const Range& a, const Range& b) { return a.first <= b.last && b.first <= a.last; }

void order(Step& step, std::size_t first, std::size_t last) {
  if (step.operand[first] > step.operand[last]) std::swap(step.operand[first], step.operand[last]);
}

Range whole_pages(Step& step) {
  order(step, operand::c_first, operand::c_last);
  const Address first = model::page_of(std::min(step.operand[operand::c_first], kHighest));
  Address last = std::min(step.operand[operand::c_last], kHighest) | (model::kPageBytes - 1);
  last = std::min(last, first + model::Memory::kArenaBytes - 1);
  step.operand[operand::c_first] = first;
  step.operand[operand::c_last] = last;
  return {first, last};
}

using Reservations = Range[model::Memory::kGenerations];

// Keeps the first reservation of each generation. That of generation 0 comes first, for without one there is no
// takeover.
void mend_reservations(std::vector<Step>& steps, Reservations& taken) {
  uint64_t units = 1;
  for (const Step& step : steps)
    if (step.op == Op::unit) units = std::max(units, step.operand[operand::u_index] + 1);
  const model::MemoryRange registers = model::default_registers(units);
  std::copy(std::begin(kDefaults), std::end(kDefaults), taken);
  for (unsigned generation = 0; generation < model::Memory::kGenerations; ++generation) {
    bool given = false;
    std::erase_if(steps, [&](Step& step) {
      if (step.op != Op::crash || step.operand[operand::c_generation] != generation) return false;
      const Range range = whole_pages(step);
      const bool in_the_way = overlap(range, kInterruptRange) || overlap(range, {registers.first, registers.last});
      const bool goes = given || in_the_way || (generation == 1 && overlap(range, taken[0]));
      if (!goes) taken[generation] = range;
      given |= !goes;
      return goes;
    });
  }
}

// Registers that lie in a reservation go where they lie by default.
void mend_registers(Step& unit, const Reservations& taken) {
  Address& page = unit.operand[operand::u_registers];
  const auto in_the_way = [&](const Range& reservation) {
    return overlap({model::page_of(page), page | (model::kPageBytes - 1)}, reservation);
  };
  if (std::any_of(std::begin(taken), std::end(taken), in_the_way)) page = 0;
}

}  // namespace

void mend(model::Scenario& scenario) {
  std::vector<Step>& steps = scenario.steps;
  std::size_t ranges = 0, takeovers = 0;
  std::erase_if(steps, [&](Step& step) {
    if (step.op == Op::memory) order(step, operand::m_first, operand::m_last);
    if (step.op == Op::memory) return ++ranges > kRangesMost;
    return step.op == Op::takeover && ++takeovers > 1;
  });
  Reservations taken;
  mend_reservations(steps, taken);
  for (Step& step : steps)
    if (step.op == Op::unit) mend_registers(step, taken);
  const auto comes_later = [](const Step& step) { return model::operation(step.op).act != 1; };
  if (std::is_partitioned(steps.begin(), steps.end(), std::not_fn(comes_later))) return;
  std::vector<Step> later;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(later), comes_later);
  std::erase_if(steps, comes_later);
  steps.insert(steps.end(), later.begin(), later.end());
}

}  // namespace vtd::harness
