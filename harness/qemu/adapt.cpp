// SPDX-License-Identifier: Apache-2.0 OR MIT
// Steps that describe tables are kept as they are; those that describe the platform are QEMU's own.
#include "harness/qemu/adapt.h"

#include <algorithm>

#include "model/layout.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;
using model::make_step;
using model::Op;
namespace operand = model::operand;

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kLowMost = 2 * kGiB, kHighMost = 64 * kGiB;     // QEMU's q35; 64 GiB of a sparse file cost nothing
constexpr uint32_t kTranslating = 0xc0000000, kQueued = 1u << 26;  // GSTS: TES, RTPS; QIES (S§11.4.4)

uint64_t whole_gib(uint64_t bytes) { return (bytes + kGiB - 1) / kGiB * kGiB; }

// Grows the guest's RAM until it has this page; false: it cannot.
bool reach(Ram& ram, Address page) {
  if (page < kLegacyFirst) return true;
  if (page <= kLegacyLast) return false;
  if (page < kHighRam) {
    ram.low = std::max(ram.low, whole_gib(page + model::kPageBytes));
    return ram.low <= kLowMost;
  }
  ram.high = std::max(ram.high, whole_gib(page + model::kPageBytes - kHighRam));
  return ram.high <= kHighMost;
}

bool context_is_used(const uint64_t* table, unsigned devfn) { return (table[2 * devfn] | table[2 * devfn + 1]) != 0; }

void collect_devices(const model::Machine& machine, unsigned unit, std::set<uint8_t>& devices) {
  const model::Memory& memory = machine.memory;
  const uint64_t* const root = memory.page(model::page_of(machine.units[unit].root), model::View::cpu);
  Address last = ~Address{0};
  for (unsigned bus = 0; bus < 256; ++bus) {
    const Address table = root[2 * bus] & model::kAddressBits;
    if ((root[2 * bus] & 1) == 0 || table == last) continue;
    last = table;
    const uint64_t* const contexts = memory.page(table, model::View::cpu);
    for (unsigned devfn = 0; devfn < 256; ++devfn)
      if (context_is_used(contexts, devfn)) devices.insert(static_cast<uint8_t>(devfn));
  }
}

bool is_kept(Op op) {
  return op == Op::root || op == Op::context || op == Op::paging || op == Op::word || op == Op::unreadable ||
         op == Op::refuse_allocation || op == Op::refuse_one;
}

model::Step unit_step(const model::UnitState& state) {
  return make_step(Op::unit, {{operand::u_capability, state.capability},
                              {operand::u_extended, state.extended_capability},
                              {operand::u_root, state.root},
                              {operand::u_status, state.status},
                              {operand::u_registers, state.registers},
                              {operand::u_queue, state.queue_address},
                              {operand::u_head, state.queue_head},
                              {operand::u_tail, state.queue_tail}});
}

}  // namespace

Needs needs_of(const model::Machine& machine, unsigned unit) {
  Needs needs;
  const model::UnitState& state = machine.units[unit];
  if ((state.status & kTranslating) != kTranslating) return {"translation is off", {}, {}};
  for (std::size_t i = 0; i < machine.memory.frames(); ++i)
    if (!reach(needs.ram, machine.memory.frame_address(i))) return {"tables lie where QEMU has no RAM", {}, {}};
  for (unsigned generation = 0; generation < model::Memory::kGenerations; ++generation) {
    if (!machine.memory.has_crash(generation)) continue;
    const model::MemoryRange crash = machine.memory.crash(generation);
    const bool legacy = crash.first <= kLegacyLast && crash.last >= kLegacyFirst;
    const bool split = crash.first < kHighRam && crash.last >= kHighRam;
    if (legacy || split || !reach(needs.ram, model::page_of(crash.last)))
      return {"the crash reservation lies where QEMU has no RAM", {}, {}};
  }
  collect_devices(machine, unit, needs.devices);
  return needs;
}

model::Scenario adapt(const model::Scenario& scenario, const model::Machine& machine, unsigned number, const Vm& vm) {
  model::Scenario out;
  const model::UnitState& original = machine.units[number];
  const model::UnitState state = vm.unit_state(original.root, (original.status & kQueued) != 0);
  const uint64_t width = (state.capability >> 16 & 63) + 1;  // QEMU uses one number for MGAW and the host's width
  out.steps.push_back(make_step(Op::platform, {{operand::p_host_address_width, width}}));
  out.steps.push_back(unit_step(state));
  for (const model::MemoryRange& range : Vm::memory_map(vm.options().ram)) {
    out.steps.push_back(make_step(Op::memory, {{operand::m_kind, static_cast<uint64_t>(range.kind)},
                                               {operand::m_first, range.first},
                                               {operand::m_last, range.last}}));
  }
  for (unsigned generation = 0; generation < model::Memory::kGenerations; ++generation) {
    if (!machine.memory.has_crash(generation)) continue;
    const model::MemoryRange crash = machine.memory.crash(generation);
    out.steps.push_back(make_step(
        Op::crash,
        {{operand::c_generation, generation}, {operand::c_first, crash.first}, {operand::c_last, crash.last}}));
  }
  for (const model::Step& step : scenario.steps)
    if (is_kept(step.op)) out.steps.push_back(step);
  return out;
}

}  // namespace vtd::harness::qemu
