// SPDX-License-Identifier: Apache-2.0 OR MIT
// Features of memory, of the units' registers, and of what happened.
#include <algorithm>

#include "harness/reach/look.h"

namespace vtd::harness {
namespace {

using enum Feature;
using model::MemoryKind;

constexpr std::uint64_t kSmallPages = 64;
// GSTS, FSTS (S§11.4.4, S§11.4.9)
constexpr std::uint32_t kTranslating = 0x80000000, kQueueOn = 0x04000000, kWriteBufferBusy = 0x08000000;
constexpr std::uint32_t kQueueStopped = 0x50;

class Look {
 public:
  explicit Look(FeatureSet& found) : found_(found) {}
  void see(Feature feature, bool yes = true) {
    if (yes) found_[static_cast<std::size_t>(feature)] = true;
  }

  void memory(const model::Memory& memory) {
    unsigned devices = 0;
    for (const model::MemoryRange& range : memory.ranges()) {
      see(reserved_memory, range.kind == MemoryKind::reserved);
      see(acpi_memory, range.kind == MemoryKind::acpi);
      see(partial_page, range.first % model::kPageBytes != 0 || (range.last + 1) % model::kPageBytes != 0);
      if (range.kind == MemoryKind::mmio) devices += range.last - range.first >= 4 * model::kPageBytes ? 1 : 0;
    }
    see(device_memory, devices != 0);
    const auto hole = [&](model::Address at) { return memory.kind_of(at) == MemoryKind::hole; };
    for (const model::MemoryRange& range : memory.ranges()) {
      const bool low = range.last < 0x3fffffff || (range.first > 0x100000000 && range.first < 0x13fffffff);
      see(hole_in_ram, low && range.last + 1 != 0 && hole(range.last + 1));
    }
    const model::MemoryRange crash = memory.crash(0);
    see(small_reservation, (crash.last - crash.first) / model::kPageBytes < kSmallPages);
    see(high_reservation, crash.first >= 0x100000000);
    see(no_second_reservation, !memory.has_crash(1));
  }

  void unit(const model::UnitState& unit, const model::Rules& rules) {
    see(Feature::caching_mode, rules.caching_mode);
    see(Feature::write_buffer, rules.write_buffer);
    see(not_coherent, !rules.coherent);
    see(registers_only, !rules.queued);
    see(Feature::root_invalidates, rules.root_invalidates);
    see(slow_commands, unit.latency != 0);
    see(translation_off, (unit.status & kTranslating) == 0);
    see(command_pending, (unit.status & kWriteBufferBusy) != 0);
    const bool queue = (unit.status & kQueueOn) != 0;
    see(queue_inherited, queue);
    see(queue_error, queue && (unit.fault_status & kQueueStopped) != 0);
    see(queue_full, queue && unit.queue_head != unit.queue_tail);
    see(new_version, (unit.version >> 4 & 0xf) >= 6);
    see(capability_unusable, rules.supported_widths == 0);
  }

 private:
  FeatureSet& found_;
};

struct FactFeature {
  Fact fact;
  Feature feature;
};
constexpr FactFeature kFacts[] = {
    {Fact::deep, deep},
    {Fact::shallow, shallow},
    {Fact::auto_deep, auto_deep},
    {Fact::auto_shallow, auto_shallow},
    {Fact::second_takeover, second_takeover},
    {Fact::adopted, adopted},
    {Fact::new_domain, new_domain},
    {Fact::identity, identity},
    {Fact::ids_used_up, ids_used_up},
    {Fact::detached, detached},
    {Fact::unplugged, unplugged},
    {Fact::handed_over, handed_over},
    {Fact::mapped, mapped},
    {Fact::map_refused, map_refused},
    {Fact::unmapped, unmapped},
    {Fact::unmap_refused, unmap_refused},
    {Fact::no_memory_in_takeover, no_memory_in_takeover},
    {Fact::no_memory_in_call, no_memory_in_call},
    {Fact::no_answer_in_takeover, no_answer_in_takeover},
    {Fact::no_answer_in_call, no_answer_in_call},
    {Fact::device_wrote, M40},
    {Fact::one_page_refused, one_page_refused},
    {Fact::fell_silent, fell_silent},
    {Fact::listened_again, listened_again},
};
static_assert(std::size(kFacts) == static_cast<std::size_t>(Fact::kCount));

// A present context entry of a source-id that no step attaches.
bool any_absent_device(const model::Scenario& scenario, const model::Hierarchy& tables, unsigned unit) {
  const model::Memory& memory = tables.machine->memory;
  const model::Address root = model::page_of(tables.root);
  for (unsigned bus = 0; bus < 256 && fetch_of(tables, root) == model::Fetch::readable; ++bus) {
    const model::RootStep step = read_root(*tables.rules, model::entry128(memory.page(root, tables.view), bus));
    if (step.verdict != model::Verdict128::follow || fetch_of(tables, step.next) != model::Fetch::readable) continue;
    for (unsigned devfn = 0; devfn < 256; ++devfn) {
      if (!model::present(model::entry128(memory.page(step.next, tables.view), devfn))) continue;
      const auto names = [&](const model::Step& s) {
        return s.op == model::Op::attach && s.operand[model::operand::a_unit] == unit &&
               s.operand[model::operand::a_source] == model::source_id(bus, devfn);
      };
      if (std::none_of(scenario.steps.begin(), scenario.steps.end(), names)) return true;
    }
  }
  return false;
}

}  // namespace

void look_at_machine(const model::Machine& machine, FeatureSet& found) {
  Look look(found);
  look.memory(machine.memory);
  look.see(reserved_region, !machine.reserved.empty());
  look.see(two_units, machine.units.size() == 2);
  look.see(more_units, machine.units.size() > 2);
  for (const model::UnitState& unit : machine.units)
    look.unit(unit, model::Rules::of(unit, machine.host_address_width));
}

void look_at_run(const model::Scenario& scenario, std::span<const model::Hierarchy> units, const Facts& facts,
                 const model::Trace& trace, FeatureSet& found) {
  Look look(found);
  const auto refused = [](const model::Event& event) { return event.kind == model::EventKind::refuse_old; };
  look.see(page_refused, std::any_of(trace.events().begin(), trace.events().end(), refused));
  for (const FactFeature& row : kFacts) look.see(row.feature, facts.has(row.fact));
  if (!units.empty()) look.see(N36, any_absent_device(scenario, units[0], 0));
}

}  // namespace vtd::harness
