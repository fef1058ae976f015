// SPDX-License-Identifier: Apache-2.0 OR MIT
// Moves on the machine and on what comes after the takeover.
#include <algorithm>

#include "harness/generate/growth.h"
#include "harness/mutate/moves.h"

namespace vtd::harness::move {
namespace {

using model::Op;
using model::Step;
namespace operand = model::operand;

Step* find(Draft& d, Op op) {
  const auto found =
      std::find_if(d.scenario.steps.begin(), d.scenario.steps.end(), [op](const Step& s) { return s.op == op; });
  return found == d.scenario.steps.end() ? nullptr : &*found;
}

void another_reservation(Draft& d) {
  const uint64_t first = d.random.pick({0x30000000, 0x30000000, 0x120000000, 0x8000000});
  const uint64_t pages = d.random.pick({1, 4, 16, 64, 1024, 1 + d.random.below(40)});
  d.add(Op::crash, {{operand::c_generation, d.random.below(2)},
                    {operand::c_first, first},
                    {operand::c_last, first + pages * model::kPageBytes - 1}});
}

}  // namespace

bool strategy(Draft& d, Other) {
  if (d.random.one_in(3)) {
    d.add(Op::crash_again, {{operand::ca_strategy, d.random.below(3)}});
    return true;
  }
  Step* const takeover = find(d, Op::takeover);
  if (takeover == nullptr) return d.add(Op::takeover, {{operand::t_strategy, d.random.below(3)}}), true;
  takeover->operand[operand::t_strategy] = (takeover->operand[operand::t_strategy] + 1 + d.random.below(2)) % 3;
  return true;
}

bool memory(Draft& d, Other) {
  const uint64_t first = d.random.one_in(2)
                             ? any_table(d).at
                             : d.random.pick({0, 0x90000, 0x10d0000, 0x3ff00000, 0x40000000, 0xd0000000, 0x140000000});
  const uint64_t bytes = d.random.pick({0x1000, 0x1000, 0x800, 0x10000, 0x100000});
  d.add(Op::memory,
        {{operand::m_kind, d.random.below(5)}, {operand::m_first, first}, {operand::m_last, first + bytes - 1}});
  return true;
}

bool capability(Draft& d, Other) {
  const Capabilities has = draw_capabilities(d.random);
  Step* unit = find(d, Op::unit);
  if (unit == nullptr) {
    d.add(Op::unit, {{operand::u_root, d.units[0].root}});
    unit = &d.scenario.steps.back();
  }
  unit->operand[operand::u_capability] = has.capability;
  unit->operand[operand::u_extended] = has.extended;
  unit->operand[operand::u_version] = d.random.pick({0x10, 0x10, 0x40, 0x50, 0x60});
  unit->operand[operand::u_latency] = d.random.one_in(4) ? 1 + d.random.below(3) : 0;
  return true;
}

bool platform(Draft& d, Other) {
  switch (d.random.below(4)) {
    case 0:
      d.add(Op::platform, {{operand::p_host_address_width, d.random.pick({36, 39, 42, 46, 48, 52})}});
      return true;
    case 1:
      another_reservation(d);
      return true;
    case 2:
      d.add(Op::reserved, {{operand::r_source, d.devices.empty() ? 0x10u : d.devices[0].source},
                           {operand::r_first, 0x200000},
                           {operand::r_last, 0x200fff + 0x1000 * d.random.below(3)}});
      return true;
    default:
      break;
  }
  // One more unit, on a root of its own or on that of another unit.
  const Capabilities has = draw_capabilities(d.random);
  const uint64_t index = std::min<uint64_t>(d.units.size(), model::kMaxUnits - 1);
  d.add(Op::unit, {{operand::u_index, index},
                   {operand::u_capability, has.capability},
                   {operand::u_extended, has.extended},
                   {operand::u_root, d.random.one_in(2) ? d.units[0].root : d.new_frame()}});
  return true;
}

bool host(Draft& d, Other) {
  switch (d.random.below(3)) {
    case 0:
      d.add(d.random.one_in(2) ? Op::refuse_one : Op::refuse_allocation,
            {{operand::ra_number, 1 + d.random.below(40)}});
      return true;
    case 1:
      d.add(Op::unreadable, {{operand::un_page, any_table(d).at}});
      return true;
    default:
      d.add(Op::stuck, {{operand::st_unit, d.random.below(d.units.size())},
                        {operand::st_commands, d.random.pick({0x40000000, 0x08000000, 0x04000000, 1, 2, 4, 8})}});
      d.silent = true;
      return true;
  }
}

bool life(Draft& d, Other) { return draw_calls(d, 1 + d.random.below(6)), true; }

}  // namespace vtd::harness::move
