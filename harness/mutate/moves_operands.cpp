// SPDX-License-Identifier: Apache-2.0 OR MIT
// Moves on one operand of one step.
#include <algorithm>
#include <bit>

#include "harness/generate/constructs.h"
#include "harness/mutate/moves.h"

namespace vtd::harness::move {
namespace {

using model::Op;
using model::Operand;
using model::OperandKind;
using model::Step;
namespace operand = model::operand;

// A step that has operands, and one of them; false when there is none.
bool any_operand(Draft& d, Step*& step, std::size_t& position) {
  std::vector<Step>& steps = d.scenario.steps;
  if (steps.empty()) return false;
  step = &steps[d.random.below(steps.size())];
  position = d.random.below(model::operation(step->op).operands.size());
  return true;
}

bool change(Step& step, std::size_t position, uint64_t value) {
  const Step before = step;
  step.operand[position] = value;
  step = model::normalise(step);
  return !(step == before);
}

uint64_t edge_of(Draft& d, const Operand& operand, uint64_t value) {
  RandomSource& random = d.random;
  switch (operand.kind) {
    case OperandKind::address:
      return random.one_in(2) ? wild_address(random) : value + random.pick({0x1000, ~uint64_t{0xfff}, 8});
    case OperandKind::iova:
      return random.pick({0, 0x1000, 0x1ff000, 0x3ffff000, 0xfedff000, 0xfee00000, 0xfef00000, 0x7fffe00000,
                          0x8000000000, 0xfffffffff000, 0x1000000000000, value ^ 0x1000, value ^ 0x200000});
    case OperandKind::capability:
      return random.next();
    case OperandKind::source:
      return random.pick({0, 0x10, 0x11, 0xfa, 0xff, 0x100, 0x110, 0xffff, value ^ 1, value ^ 0x100});
    case OperandKind::number:
    case OperandKind::devfn:
    case OperandKind::choice:
    case OperandKind::bits:
      break;
  }
  return random.pick({0, 1, operand.fallback, operand.limit, operand.limit / 2, value + 1, value - 1, value * 2});
}

}  // namespace

bool edge(Draft& d, Other) {
  Step* step = nullptr;
  std::size_t i = 0;
  if (!any_operand(d, step, i)) return false;
  return change(*step, i, edge_of(d, model::operation(step->op).operands[i], step->operand[i]));
}

// The value of an operand that means the same in another step: the same position of the same operation, or another
// source, IOVA or table.
bool collide(Draft& d, Other) {
  Step* step = nullptr;
  std::size_t i = 0;
  if (!any_operand(d, step, i)) return false;
  const OperandKind kind = model::operation(step->op).operands[i].kind;
  const bool roams = kind == OperandKind::source || kind == OperandKind::iova || kind == OperandKind::address;
  uint64_t seen = 0, value = step->operand[i];
  const auto offer = [&](uint64_t v) {
    if (v != step->operand[i] && d.random.below(++seen) == 0) value = v;
  };
  for (const Step& from : d.scenario.steps) {
    const std::span<const Operand> operands = model::operation(from.op).operands;
    if (from.op == step->op) offer(from.operand[i]);
    for (std::size_t k = 0; roams && k < operands.size(); ++k) {
      if (operands[k].kind == kind && from.op != step->op) offer(from.operand[k]);
    }
  }
  return change(*step, i, value);
}

bool flip(Draft& d, Other) {
  Step* step = nullptr;
  std::size_t i = 0;
  if (!any_operand(d, step, i)) return false;
  const Operand& operand = model::operation(step->op).operands[i];
  if (operand.kind != OperandKind::bits && operand.kind != OperandKind::capability &&
      operand.kind != OperandKind::number)
    return false;
  const auto width = static_cast<uint64_t>(std::bit_width(operand.limit));
  return change(*step, i, step->operand[i] ^ uint64_t{1} << d.random.below(width));
}

bool retarget(Draft& d, Other) {
  uint64_t seen = 0;
  Step* link = nullptr;
  for (Step& step : d.scenario.steps) {
    const bool links = step.op == Op::root || step.op == Op::context || step.op == Op::paging;
    if (links && d.random.below(++seen) == 0) link = &step;
  }
  if (link == nullptr) return false;
  const model::Address from = model::page_of(link->operand[0]);
  const std::size_t position = link->op == Op::root      ? std::size_t{operand::ro_table}
                               : link->op == Op::context ? std::size_t{operand::co_table}
                                                         : std::size_t{operand::pa_to};
  unsigned wanted = 0;  // role of the table that this entry leads to
  for (const DraftTable& table : d.tables) {
    if (table.at == from && table.role > 1) wanted = table.role - 1;
  }
  if (link->op == Op::context) {
    const auto code = static_cast<unsigned>(link->operand[operand::co_width]);
    wanted = d.units[0].rules.levels(code);
  }
  // A table of that role if there is another one, else any: then its page gets a second role.
  uint64_t fits = 0, others = 0;
  model::Address to = link->operand[position], any = to;
  for (const DraftTable& table : d.tables) {
    if (table.at == link->operand[position]) continue;
    if (d.random.below(++others) == 0) any = table.at;
    if (table.role == wanted && d.random.below(++fits) == 0) to = table.at;
  }
  if (fits == 0) to = any;
  return change(*link, position, to);
}

}  // namespace vtd::harness::move
