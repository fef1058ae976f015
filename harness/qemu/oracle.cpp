// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scenario's way through QEMU: load the tables, probe, let the engine take over, probe while it does and afterwards.
#include "harness/qemu/oracle.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "harness/input_error.h"
#include "harness/qemu/adapt.h"
#include "harness/steps_text.h"
#include "model/scenario/build.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;
using model::Outcome;
using model::OutcomeKind;
using model::Request;

constexpr unsigned kRootRegister = 0x20;  // RTADDR (S§11.4.5)
constexpr std::size_t kDuringMost = 4;    // requests after each register write of the engine
constexpr uint64_t kFilled = 0x9696969696969696;

std::string told(const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::translated) return fmt::format("address {:#x}", outcome.address);
  if (outcome.kind == OutcomeKind::undefined) return "anything";
  return fmt::format("fault {:#x}{}", static_cast<unsigned>(outcome.fault), outcome.recorded ? "" : ", not recorded");
}

std::string told(const Request& request) {
  return fmt::format("{} {:#x} by {}", request.access == model::Access::read ? "read" : "write", request.iova,
                     source_name(request.source));
}

std::string outcome_name(const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::translated) return "translated";
  return fmt::format("fault {:#x}{}", static_cast<unsigned>(outcome.fault), outcome.recorded ? "" : " hidden by FPD");
}

}  // namespace

const char* stage_name(Stage stage) {
  switch (stage) {
    case Stage::before:
      return "before";
    case Stage::during:
      return "during";
    case Stage::after:
      return "after";
  }
  return "";
}

void Oracle::check(const model::Scenario& scenario, const std::string& name, model::Strategy strategy,
                   const Choice& choice, RandomSource& random) {
  name_ = name;
  choice_ = choice;
  if (const model::BuildError error = model::build(scenario, original_))
    throw InputError{fmt::format("{}: not a machine: {}", name, error.why)};
  for (unsigned unit = 0; unit < original_.units.size(); ++unit) {
    ++tally_.scenarios;
    const Needs needs = needs_of(original_, unit);
    if (needs.why_not != nullptr) {
      ++tally_.left_out[fmt::format("scenario: {}", needs.why_not)];
      continue;
    }
    prepare_vm(needs);
    check_unit(scenario, unit, strategy, random);
  }
}

// QEMU is started anew only when this machine cannot be had otherwise: it takes as long as thousands of requests. More
// RAM than needed does no harm, because the model's memory map is that of the machine.
void Oracle::prepare_vm(const Needs& needs) {
  Ram ram = needs.ram;
  if (vm_ != nullptr) ram = {std::max(ram.low, vm_->options().ram.low), std::max(ram.high, vm_->options().ram.high)};
  if (vm_ != nullptr && vm_->options().ram == ram) {
    const auto has = [this](uint8_t devfn) { return vm_->has_device(devfn); };
    const auto there = static_cast<std::size_t>(std::count_if(needs.devices.begin(), needs.devices.end(), has));
    if (there == needs.devices.size() || there >= (choice_.every_device ? kDevicesEnough : 1)) return;
  }
  std::set<uint8_t> devices = {0x00, 0x10, 0x11, 0x18, 0x80, 0xfa, 0xff};
  for (const uint8_t devfn : needs.devices)
    if (devices.size() < kDevicesMost) devices.insert(devfn);
  host_.reset();
  dma_.reset();
  vm_.reset();
  vm_ = std::make_unique<Vm>(VmOptions{unit_, ram, devices});
  ++tally_.machines;
  dma_ = std::make_unique<Dma>(*vm_, [this](Address page) { return is_table(page); });
  host_ = std::make_unique<TakeoverHost>(vm_->memory(), vm_->qtest(), Vm::kUnit);
}

bool Oracle::is_table(Address page) const { return machine_.memory.has_frame(page) || host_->holds(page); }

void Oracle::check_unit(const model::Scenario& scenario, unsigned unit, model::Strategy strategy,
                        RandomSource& random) {
  if (const model::BuildError error = model::build(adapt(scenario, original_, unit, *vm_), machine_))
    throw std::runtime_error(fmt::format("{}: QEMU's machine cannot be built: {}", name_, error.why));
  host_->boot(machine_);
  load_tables();
  const model::UnitState& state = machine_.units[0];
  vm_->set_root(state.root);
  rules_ = model::Rules::of(state, machine_.host_address_width);
  const model::Hierarchy before{&machine_, &rules_, state.root, model::View::cpu, 0};
  requests_.clear();
  choose(before, choice_, [this](uint8_t devfn) { return vm_->has_device(devfn); }, random, requests_);
  probe(Stage::before, before);
  choose_landing(before);
  if (state.queue_address != 0) vm_->start_old_queue();
  take_over(strategy);
  leave();
}

void Oracle::load_tables() {
  const model::Memory& memory = machine_.memory;
  const auto load = [&](Address page) {
    std::memcpy(vm_->memory().at(page), memory.page(page, model::View::cpu), model::kPageBytes);
  };
  for (std::size_t i = 0; i < memory.frames(); ++i) load(memory.frame_address(i));
  for (const Address page : copies_) load(page);
}

// The machine is switched to no tables at all, then the memory of this scenario is given back.
void Oracle::leave() {
  vm_->set_root(vm_->memory().own());
  if (boot_ != nullptr) host_->call([&] { engine_.shutdown(boot_); });
  boot_ = nullptr;
  copies_.clear();
  constexpr uint64_t kClearEvery = 512;
  if (tally_.scenarios % kClearEvery == 0) return vm_->memory().clear();
  const auto wipe = [&](Address page) { std::memset(vm_->memory().at(page), 0, model::kPageBytes); };
  for (std::size_t i = 0; i < machine_.memory.frames(); ++i) wipe(machine_.memory.frame_address(i));
  for (const Address page : host_->pages()) wipe(page);
}

// --- takeover --------------------------------------------------------------------------------------------------------

void Oracle::take_over(model::Strategy strategy) {
  const vtd_platform& platform = platform_.describe(machine_, 0, strategy);
  int status = VTD_OK;
  engine_call([&] { status = engine_.boot(&host_->callbacks(), &platform, &boot_); });
  if (status != VTD_OK) boot_ = nullptr;
  if (status == VTD_OK) engine_call([&] { status = engine_.copy(boot_); });
  if (status == VTD_OK) {
    keep_landing_after(copied_hierarchy(engine_.root(boot_, 0)));
    host_->after_writes([&] { during_commit(); });
    engine_call([&] { status = engine_.commit(boot_); });
    host_->after_writes({});
  }
  if (status != VTD_OK) {
    ++tally_.refusals;
    return;
  }
  ++tally_.takeovers;
  vm_->stop_queue();
  const model::Hierarchy after = copied_hierarchy(vm_->qtest().read_now(Vm::kUnit + kRootRegister, 8));
  vtd_report report{VTD_ABI, sizeof(vtd_report), 0, 0, 0, 0, {}, 0, 0};
  engine_call([&] { engine_.report(boot_, &report); });
  if (report.strategy == VTD_DEEP) bury_old_tables();
  probe(Stage::after, after);
}

// Requests that land in ordinary memory, on one bus: the unit is not told to forget anything between them.
void Oracle::choose_landing(const model::Hierarchy& before) {
  landing_.clear();
  for (const Request& request : requests_) {
    if (landing_.size() == kDuringMost) break;
    if (request.access != model::Access::write) continue;
    if (!landing_.empty() && model::bus_of(landing_.front().plan.request.source) != model::bus_of(request.source))
      continue;
    const Pending pending = planned(before, request);
    const Outcome& expected = pending.plan.expected;
    const bool lands =
        expected.kind == OutcomeKind::translated && machine_.memory.kind_of(expected.address) == model::MemoryKind::ram;
    if (!lands || is_table(model::page_of(expected.address))) continue;
    landing_.push_back(pending);
    vm_->move_devices_to(model::bus_of(request.source));
    vm_->forget_context(request.source);
    vm_->forget_pages();
  }
  vm_->qtest().run();
}

// A device whose tables cannot be read is blocked by the switch, and the engine says so.
void Oracle::keep_landing_after(const model::Hierarchy& copied) {
  std::erase_if(landing_, [&](const Pending& pending) {
    const Outcome after = expect(copied, pending.plan.request).expected;
    return after.kind != OutcomeKind::translated || after.address != pending.plan.expected.address;
  });
}

// The engine has written a register: what landed before lands still.
void Oracle::during_commit() {
  stage_ = Stage::during;
  for (const Pending& pending : landing_) {
    if (dma_->add(pending.plan, /*fresh=*/false)) pending_.push_back(pending);
  }
  const std::vector<Sight>& sights = dma_->run();
  for (std::size_t i = 0; i < pending_.size(); ++i) judge(pending_[i], sights[i]);
  pending_.clear();
}

// What the engine has made in the guest's memory, in the model's.
model::Hierarchy Oracle::copied_hierarchy(uint64_t root) {
  copies_ = host_->pages();
  for (const Address page : copies_) {
    machine_.memory.touch_crash(page, 0);
    std::memcpy(machine_.memory.crash_pointer(page, 0), vm_->memory().at(page), model::kPageBytes);
  }
  return {&machine_, &rules_, root, model::View::cpu, 255};
}

// After a deep copy nothing may depend on the old tables: every entry of theirs is now nonsense.
void Oracle::bury_old_tables() {
  for (std::size_t i = 0; i < machine_.memory.frames(); ++i)
    std::memset(vm_->memory().at(machine_.memory.frame_address(i)), 0xff, model::kPageBytes);
}

template <class Body>
void Oracle::engine_call(Body body) {
  if (const char* why = host_->call(body))
    throw std::runtime_error(fmt::format("{}: the engine stopped: {}", name_, why));
}

// --- requests --------------------------------------------------------------------------------------------------------

Oracle::Pending Oracle::planned(const model::Hierarchy& hierarchy, const Request& request) {
  Request written = request;
  written.access = model::Access::write;
  const Expectation expectation = expect(hierarchy, request);
  return {expectation, {request, expectation.expected, expect(hierarchy, written).expected}};
}

void Oracle::probe(Stage stage, const model::Hierarchy& hierarchy) {
  stage_ = stage;
  for (const Request& request : requests_) {
    const Pending pending = planned(hierarchy, request);
    if (const char* why = dma_->why_unseen(machine_, pending.plan)) {
      ++tally_.left_out[why];
      continue;
    }
    if (!dma_->add(pending.plan, /*fresh=*/true)) {
      finish_batch();
      dma_->add(pending.plan, /*fresh=*/true);
    }
    pending_.push_back(pending);
  }
  finish_batch();
}

// A request that went astray may have hit tables or the evidence of another: those that do not fit are tried again,
// one by one, on memory as it should be.
void Oracle::finish_batch() {
  const std::vector<Sight>& sights = dma_->run();
  std::vector<Pending> again;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (fits(pending_[i], sights[i]))
      judge(pending_[i], sights[i]);
    else
      again.push_back(pending_[i]);
  }
  pending_.clear();
  for (const Pending& pending : again) {
    load_tables();
    dma_->add(pending.plan, /*fresh=*/true);
    judge(pending, dma_->run().front());
  }
}

bool Oracle::fits(const Pending& pending, const Sight& sight) {
  return mismatch(pending.plan.request, pending.plan.expected, sight) == nullptr;
}

void Oracle::judge(const Pending& pending, const Sight& sight) {
  const Expectation& expectation = pending.expectation;
  const Request& request = pending.plan.request;
  ++tally_.probes[static_cast<std::size_t>(stage_)];
  ++tally_.outcomes[outcome_name(expectation.specified)];
  const char* const what = mismatch(request, expectation.expected, sight);
  const bool as_specified = mismatch(request, expectation.specified, sight) == nullptr;
  if (expectation.deviation != nullptr && (what == nullptr) != as_specified) {
    ++(as_specified ? tally_.not_needed : tally_.explained)[expectation.deviation->name];
    if (as_specified) return;
  }
  if (what != nullptr) difference(pending, sight, what);
}

void Oracle::difference(const Pending& pending, const Sight& sight, const char* what) {
  const Expectation& expectation = pending.expectation;
  const Request& request = pending.plan.request;
  ++tally_.unexplained;
  std::string elsewhere;
  if (const auto found = vm_->memory().find(std::as_bytes(std::span(&kFilled, 1)))) {
    elsewhere = fmt::format(", the data at {:#x}", *found);
    std::memset(vm_->memory().at(*found), 0, sizeof kFilled);
  }
  if (tally_.differences.size() == kToldMost) return;
  tally_.differences.push_back(
      {name_, fmt::format("{} the takeover, unit {}: {}: {}: the model says {}{}, QEMU shows {}{}", stage_name(stage_),
                          unit_.name, told(request), what, told(expectation.expected),
                          expectation.deviation != nullptr ? fmt::format(" ({})", expectation.deviation->name) : "",
                          qemu::told(sight), elsewhere)});
}

}  // namespace vtd::harness::qemu
