// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scenario step by step.
#include "harness/life.h"

#include <algorithm>

#include "model/scenario/build.h"

namespace vtd::harness {

using model::Op;
namespace operand = model::operand;

RunResult Life::live(const model::Scenario& scenario, const vtd_engine& engine, const RunOptions& options) {
  start(scenario, engine, options);
  if (!over()) play();
  if (!judge.held()) verdict_ = Verdict::broken;
  // An engine that was stopped in the middle has nothing left to say: the machine reboots.
  if (verdict_ != Verdict::held) engine.reset();
  return {verdict_, why_, status_, hash()};
}

void Life::start(const model::Scenario& scenario, const vtd_engine& engine, const RunOptions& options) {
  scenario_ = &scenario;
  engine_ = &engine;
  options_ = options;
  generation_ = 0;
  boot_ = nullptr;
  taken_ = standing_ = left_out_ = false;
  status_ = VTD_OK;
  verdict_ = Verdict::held;
  why_ = nullptr;
  calls_ = step_ = 0;
  engine.reset();
  host.trace_everything(options.detail);
  trace.clear();
  judge.clear();
  claims.clear();
  facts = {};
  observed = {};
  before.clear();
  first_.clear();
  if (const model::BuildError error = model::build(scenario, machine)) return end(Verdict::rejected, error.why);
  if (!machine.memory.has_crash(0)) return end(Verdict::rejected, "there is no room for the first crash reservation");
  hardware.start(machine, trace, 0);
}

void Life::play() {
  const std::vector<model::Step>& steps = scenario_->steps;
  for (std::size_t i = 0; i < steps.size() && !over(); ++i) {
    const unsigned act = model::operation(steps[i].op).act;
    if (act == 1) continue;
    step_ = static_cast<uint32_t>(i);
    judge.at_step(step_);
    if (act == 3 && !taken_) take_over_unasked();
    if (over()) return;
    if (taken_ && options_.extent != Extent::whole_life) break;
    trace.add(model::EventKind::step, i);
    perform(steps[i]);
  }
  if (!over() && !taken_) take_over_unasked();
  if (!over() && standing_ && options_.extent != Extent::takeover_only) shut_down();
}

// A scenario need not say that a takeover happens: it does, before anything that comes after one.
void Life::take_over_unasked() {
  trace.add(model::EventKind::step, scenario_->steps.size());
  take_over(options_.strategy);
}

void Life::perform(const model::Step& step) {
  const auto unit = static_cast<uint32_t>(step.operand[operand::a_unit]);
  const auto source = static_cast<model::SourceId>(step.operand[operand::a_source]);
  const auto strategy = static_cast<model::Strategy>(step.operand[operand::t_strategy]);
  switch (step.op) {
    case Op::takeover:
      return taken_ ? skip() : take_over(strategy);
    case Op::dma:
      return judge_dma(step);
    case Op::expect:
      return taken_ ? judge_expectation(step) : void();  // otherwise deferred
    default:
      break;
  }
  if (!standing_) return skip();
  if (step.op == Op::crash_again) return crash_again(strategy);
  if (step.op == Op::silence || step.op == Op::listen) return silence_or_listen(step);
  if (!adopts()) {
    left_out_ = true;
    return skip();
  }
  switch (step.op) {
    case Op::attach:
      return attach(unit, source);
    case Op::detach:
    case Op::unplug:
      return leave(step, unit, source);
    case Op::hand_over:
      return hand_over(unit, source);
    default:
      break;
  }
  // map and unmap name a domain by a device in it: without one there is no domain to name.
  const model::Attached* const device = attached(unit, source);
  if (device == nullptr) return skip();
  return step.op == Op::map ? map(step, *device) : unmap(step, *device);
}

// Of hardware, so whatever the engine claims.
void Life::silence_or_listen(const model::Step& step) {
  const auto unit = static_cast<unsigned>(step.operand[operand::li_unit]);
  if (unit >= machine.units.size()) return skip();
  if (step.op == Op::silence) return hardware.silence(unit, static_cast<uint32_t>(step.operand[operand::si_after]));
  if (hardware.listen(unit)) facts.note(Fact::listened_again);
}

properties::Evidence Life::evidence() const {
  return {&machine, &hardware, &trace, &claims, &observed, generation_, before, status_before_};
}

bool Life::may_call() {
  if (over()) return false;
  if (++calls_ > options_.step_budget) end(Verdict::spent, "the scenario has more engine calls than the budget allows");
  ++counters.calls;
  return !over();
}

void Life::called(Ending ending, int status, uint32_t unit) {
  ended(ending);
  if (over()) return;
  if (standing_) judge_reason(status, unit);
  if (machine.refuse_allocation == 0 && machine.refuse_one != 0 && observed.allocations > machine.refuse_one)
    facts.note(Fact::one_page_refused);
  for (unsigned u = 0; u < machine.units.size(); ++u)
    if ((hardware.ignores(u) & ~machine.units[u].stuck) != 0) facts.note(Fact::fell_silent);
  if (status == VTD_NO_MEMORY) facts.note(standing_ ? Fact::no_memory_in_call : Fact::no_memory_in_takeover);
  if (unanswered(status)) facts.note(standing_ ? Fact::no_answer_in_call : Fact::no_answer_in_takeover);
  hardware.call_returned(/*claims_success=*/status == VTD_OK);
  properties.hardware_rules(evidence(), judge);
}

// In act 3 an error names what is so. What a refused takeover says is judged in properties/refusal.cpp.
void Life::judge_reason(int status, uint32_t unit) {
  const auto is_so = [&](bool so, const char* what, int rather) {
    check(Property::refusal_names_a_true_reason, so, what, static_cast<uint64_t>(rather), static_cast<uint64_t>(status),
          static_cast<uint8_t>(unit));
  };
  if (status == VTD_NO_MEMORY)
    is_so(observed.refused != 0, "a call fails for want of memory, and none was refused", VTD_OK);
  if (unanswered(status))
    is_so(unit < machine.units.size() && hardware.ignores(unit) != 0,
          "a call says that hardware does not answer, and that of its unit does", VTD_OK);
  if (status == VTD_BAD_ROOT)
    is_so(!machine.unreadable.empty(), "a device is refused for a table that cannot be read, and all can be",
          VTD_NO_MEMORY);
  constexpr int kOfTakeovers[] = {VTD_NOT_ENABLED, VTD_BAD_MODE, VTD_BAD_CAPABILITY, VTD_BUSY, VTD_WRONG_STATE};
  if (std::ranges::find(kOfTakeovers, status) != std::end(kOfTakeovers))
    is_so(false, "a call is refused for a reason that only a takeover has", VTD_OK);
}

void Life::ended(Ending ending) {
  switch (ending) {
    case Ending::returned:
      return;
    case Ending::fatal:
      return end(Verdict::engine_crash, "the engine called fatal");
    case Ending::bad_register:
      return end(Verdict::engine_crash, "the engine used a unit or a register that does not exist");
    case Ending::polled_forever:
      judge.evaluated(Property::work_is_bounded);
      broke(Property::work_is_bounded, "the engine waits for hardware without end", Host::kPausesMost,
            Host::kPausesMost + 1);
      // Excused or not, it was left in the middle of a call.
      return end(Verdict::spent, "the engine waits for hardware without end");
  }
}

void Life::broke(Property property, const char* what, uint64_t expected, uint64_t got, uint8_t unit) {
  properties::Failure failure;
  failure.property = property;
  failure.what = what;
  failure.unit = unit;
  failure.expected = expected;
  failure.got = got;
  failure.event = static_cast<uint32_t>(trace.events().size());
  judge.broke(failure);
}

// Everything an engine did that does not depend on where this process keeps things.
uint64_t Life::hash() const {
  uint64_t value = 0xcbf29ce484222325;
  const auto mix = [&value](uint64_t word) { value = (value ^ word) * 0x9e3779b97f4a7c15u, value ^= value >> 29; };
  for (const model::Event& e : trace.events()) {
    mix(static_cast<uint64_t>(e.kind) | uint64_t{e.unit} << 8 | uint64_t{e.width} << 16);
    mix(e.address);
    mix(e.value);
  }
  mix(trace.dropped());
  mix(static_cast<uint64_t>(status_));
  mix(static_cast<uint64_t>(verdict_));
  return value;
}

}  // namespace vtd::harness
