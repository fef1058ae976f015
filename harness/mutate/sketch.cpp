// SPDX-License-Identifier: Apache-2.0 OR MIT
// Follows the steps from the roots downwards, one pass a level, because a table may be written before or after the
// entry that leads to it.
#include "harness/mutate/sketch.h"

#include <algorithm>

#include "model/machine.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
using model::Step;
namespace operand = model::operand;

constexpr uint64_t kRunMost = 4;  // entries of one step that are followed
constexpr std::size_t kDevicesMost = 64;

class Sketcher {
 public:
  explicit Sketcher(Draft& draft) : draft_(draft), pages_(draft.pages), buses_(draft.buses) {}

  void run() {
    units();
    frames();
    for (unsigned pass = model::kRootRole; pass > 1; --pass) {
      const std::size_t known = draft_.tables.size();
      for (const Step& step : draft_.scenario.steps) follow(step);
      if (draft_.tables.size() == known) break;
    }
    for (const Step& step : draft_.scenario.steps) buses(step);
    for (const Step& step : draft_.scenario.steps) devices(step);
  }

 private:
  using Page = Draft::Page;
  using Bus = Draft::Bus;

  void units();
  void frames();
  void follow(const Step& step);
  void buses(const Step& step);
  void devices(const Step& step);

  // Few pages, so they are looked through.
  const Page* find(Address page) const {
    const auto is = [page](const Page& p) { return p.at == page; };
    const auto found = std::find_if(pages_.begin(), pages_.end(), is);
    return found == pages_.end() ? nullptr : &*found;
  }
  bool is(const Page* page, unsigned role) const { return page != nullptr && (page->roles >> role & 1) != 0; }
  void add(Address at, unsigned role, unsigned unit) {
    at = model::page_of(at);
    const Page* const page = find(at);
    if (is(page, role) || draft_.tables.size() >= kSketchTables) return;
    if (page == nullptr) {
      pages_.push_back({at, 1u << role, unit});
    } else {
      pages_[static_cast<std::size_t>(page - pages_.data())].roles |= 1u << role;
    }
    draft_.tables.push_back({at, role, unit});
  }
  template <class Visit>
  static void each(uint64_t count, uint64_t step, Address first, Visit visit) {
    for (uint64_t i = 0; i < std::min(count, kRunMost); ++i) visit(i, first + i * step);
  }

  Draft& draft_;
  std::vector<Page>& pages_;
  std::vector<Bus>& buses_;
};

void Sketcher::units() {
  uint64_t width = model::operation(Op::platform).operands[operand::p_host_address_width].fallback;
  std::vector<Step>& last = draft_.unit_steps;
  last.assign(1, model::make_step(Op::unit, {}));
  for (const Step& step : draft_.scenario.steps) {
    if (step.op == Op::platform) width = step.operand[operand::p_host_address_width];
    if (step.op != Op::unit) continue;
    const uint64_t index = step.operand[operand::u_index];
    while (last.size() <= index) last.push_back(model::make_step(Op::unit, {}));
    last[index] = step;
  }
  for (unsigned index = 0; index < last.size(); ++index) {
    model::UnitState state;
    state.capability = last[index].operand[operand::u_capability];
    state.extended_capability = last[index].operand[operand::u_extended];
    const Address root = last[index].operand[operand::u_root];
    draft_.units.push_back({model::Rules::of(state, static_cast<unsigned>(std::clamp<uint64_t>(width, 32, 52))), root});
    add(root, model::kRootRole, index);
  }
}

// New tables lie behind the last frame of the pool that is in use.
void Sketcher::frames() {
  const Address end = model::kPoolBase + model::kPoolFrames * model::kPageBytes;
  const auto use = [&](Address at) {
    if (at < model::kPoolBase || at >= end) return;
    draft_.frames_used = std::max(draft_.frames_used, (at - model::kPoolBase) / model::kPageBytes + 1);
  };
  for (const Step& step : draft_.scenario.steps) {
    const std::span<const model::Operand> operands = model::operation(step.op).operands;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (operands[i].kind == model::OperandKind::address) use(step.operand[i]);
    }
  }
}

void Sketcher::follow(const Step& step) {
  if (step.op != Op::root && step.op != Op::context && step.op != Op::paging) return;
  const Page* const found = find(model::page_of(step.operand[0]));
  if (found == nullptr) return;
  const Page page = *found;  // pages_ grows below
  const auto& value = step.operand;
  if (step.op == Op::root && is(&page, model::kRootRole) && (value[operand::ro_bits] & 1) != 0) {
    each(value[operand::ro_count], value[operand::ro_step], value[operand::ro_table],
         [&](uint64_t, Address table) { add(table, model::kContextRole, page.unit); });
  } else if (step.op == Op::context && is(&page, model::kContextRole) && (value[operand::co_bits] & 1) != 0) {
    const unsigned levels = draft_.units[page.unit].rules.levels(static_cast<unsigned>(value[operand::co_width]));
    if (levels == 0 || value[operand::co_type] > 1) return;
    each(value[operand::co_count], value[operand::co_step], value[operand::co_table],
         [&](uint64_t, Address table) { add(table, levels, page.unit); });
  } else if (step.op == Op::paging && (value[operand::pa_bits] & 3) != 0) {
    for (unsigned level = 5; level > 1; --level) {
      if (!is(&page, level) || model::is_leaf(value[operand::pa_bits], level)) continue;
      each(value[operand::pa_count], value[operand::pa_step], value[operand::pa_to],
           [&](uint64_t, Address table) { add(table, level - 1, page.unit); });
    }
  }
}

void Sketcher::buses(const Step& step) {
  if (step.op != Op::root) return;
  const auto& value = step.operand;
  const Page* const page = find(model::page_of(value[operand::ro_at]));
  if (!is(page, model::kRootRole)) return;
  each(value[operand::ro_count], value[operand::ro_step], value[operand::ro_table], [&](uint64_t i, Address table) {
    buses_.push_back({model::page_of(table), page->unit, static_cast<unsigned>((value[operand::ro_bus] + i) & 0xff)});
  });
}

void Sketcher::devices(const Step& step) {
  if (step.op != Op::context) return;
  const auto devfn = static_cast<unsigned>(step.operand[operand::co_devfn]);
  for (const Bus& bus : buses_) {
    if (bus.table == model::page_of(step.operand[operand::co_at]) && draft_.devices.size() < kDevicesMost)
      draft_.devices.push_back({bus.unit, model::source_id(bus.number, devfn)});
  }
}

}  // namespace

void sketch(const model::Scenario& scenario, Draft& draft) {
  draft.scenario = scenario;
  draft.units.clear();
  draft.tables.clear();
  draft.devices.clear();
  draft.pages.clear();
  draft.buses.clear();
  draft.frames_used = 0;
  draft.unit = 0;
  draft.silent = std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const model::Step& step) {
    return step.op == model::Op::stuck || step.op == model::Op::silence;
  });
  Sketcher(draft).run();
}

}  // namespace vtd::harness
