// SPDX-License-Identifier: Apache-2.0 OR MIT
// One takeover: what the crash kernel knows, the engine's calls in order, and what is judged after each.
#include <algorithm>

#include "harness/life.h"

namespace vtd::harness {
namespace {

constexpr unsigned kStatusRegister = 0x1c;  // GSTS, S§11.4.4

}  // namespace

void Life::take_over(model::Strategy strategy) {
  taken_ = true;
  written_ = strategy;
  asked_ = strategy_of(strategy);
  remember_before();
  host.boot(generation_);
  claims.clear();
  left_.clear();
  half_left_.clear();
  claims.asked = asked_;
  claims.units.resize(machine.units.size());
  platform_ = &description_.describe(machine, generation_, asked_);
  if (boot_copy() && !over()) {
    if (options_.extent == Extent::copy_only) {
      if (audit() == VTD_OK) collect_report();
      standing_ = true;
    } else {
      commit_and_audit();
    }
  }
  if (!over()) judge_deferred(step_);
}

void Life::remember_before() {
  before.clear();
  status_before_.clear();
  for (unsigned unit = 0; unit < machine.units.size(); ++unit) {
    const model::View view = hardware.rules(unit).coherent ? model::View::cpu : model::View::device;
    before.push_back(hardware.hierarchy(unit, view));
    before.back().old_for_generation = static_cast<uint8_t>(generation_);
    status_before_.push_back(static_cast<uint32_t>(hardware.read(unit, kStatusRegister, 4)));
  }
}

// Those writes that leave one truth: to old pages with exactly one role.
void Life::let_devices_write() {
  using properties::Survey;
  device_.places.look_at(machine, generation_);
  device_.survey.take(before, device_.places, Survey::Where::old_ram, /*page_tables=*/true);
  device_.writes.clear();
  for (const model::DeviceWrite& write : machine.device_writes) {
    const model::Address page = model::page_of(write.at);
    unsigned roles = 0;
    for (unsigned unit = 0; unit < machine.units.size(); ++unit) {
      for (const unsigned role : {model::kRootRole, model::kContextRole}) {
        roles += device_.survey.is_table(page, role, unit) ? 1 : 0;
      }
    }
    for (unsigned level = 1; level <= 5; ++level) roles += device_.survey.is_table(page, level, 0) ? 1 : 0;
    if (roles == 1 && !machine.memory.in_any_crash(page)) device_.writes.push_back(write);
  }
  host.device().begin(device_.writes);
}

// False: refused, or the run is over.
bool Life::boot_copy() {
  boot_ = nullptr;
  ask([&] { mistakes_before_boot(); });
  status_ = act([&] { return engine_->boot(&host.callbacks(), platform_, &boot_); }, kEveryUnit);
  // Only now is it known whether this engine's stores can be seen: an observed one cannot boot without any.
  hardware.watch_stores(host.observed());
  if (status_ != VTD_OK) {
    boot_ = nullptr;
    refused(status_, /*registers_may_be_written=*/false);
  }
  if (over() || status_ != VTD_OK) return false;
  ask([&] { mistakes_before_commit(/*copied=*/false); });
  collect_report(/*units_too=*/false);
  if (!machine.device_writes.empty()) let_devices_write();
  status_ = act([&] { return engine_->copy(boot_); }, kEveryUnit);
  if (host.device().end()) facts.note(Fact::device_wrote);
  host.compare_old_pages();
  if (over()) return false;
  if (status_ != VTD_OK) {
    refused(status_, /*registers_may_be_written=*/false);
    return false;
  }
  collect_report();
  if (!over()) properties.after_copy(evidence(), judge);
  ask([&] { mistakes_before_commit(/*copied=*/true); });
  // Only an engine that is excused for taking such a unit over gets here, and what follows has no meaning.
  for (unsigned unit = 0; unit < machine.units.size() && !over(); ++unit) {
    if (hardware.rules(unit).supported_widths == 0)
      end(Verdict::spent, "a unit that has no width of tables was taken over");
  }
  return !over();
}

void Life::commit_and_audit() {
  status_ = act([&] { return engine_->commit(boot_); }, kEveryUnit);
  if (over()) return;
  if (status_ != VTD_OK) return refused(status_, /*registers_may_be_written=*/true);
  const int audited = audit();
  if (over()) return;
  // Without an audit nothing complete can be said of the takeover: the crash kernel goes down again.
  if (audited != VTD_OK) {
    collect_report(/*units_too=*/false, Since::nothing);
    return shut_down();
  }
  standing_ = true;
  ++counters.takeovers;
  collect_report();
  if (over()) return;
  note_strategy();
  properties.after_commit(evidence(), judge);
  if (generation_ > 0 && !first_overwritten_ && !over()) properties.after_second_commit(evidence(), first_, judge);
  ask([&] { mistakes_after_commit(); });
  audit_again();  // and what mistakes have changed is seen
}

// VTD_OK, or what kept the engine from it: want of memory, and nothing else.
int Life::audit() {
  int status = VTD_OK;
  ask([&] { status = engine_->audit(boot_); });
  if (!over() && status != VTD_OK && observed.refused == 0)
    broke(Property::hazards_are_reported, "audit fails although no memory was refused", VTD_OK,
          static_cast<uint64_t>(status));
  return status;
}

// It finds the same: its findings replace those of the first time. Not where the number of allocations is an input.
void Life::audit_again() {
  if (machine.refuses_allocations()) return;
  if (audit() == VTD_OK) collect_report(/*units_too=*/false, Since::nothing);
}

// What map made is the crash kernel's own, and no hazard: a device reaches no more of the old kernel's mappings than at
// first. Only the entry counts, since a bus that got a context table of its own has an entry of that name, too.
void Life::audit_at_the_end() {
  if (machine.refuses_allocations() || claims.given.empty()) return;
  if (audit() != VTD_OK || over()) return;
  earlier_.swap(claims.findings);
  claims.findings.clear();
  collect_report(/*units_too=*/false);
  if (over()) return;
  judge.evaluated(Property::hazards_are_reported);
  const auto was_told = [&](const model::Claim& claim) {
    return std::any_of(earlier_.begin(), earlier_.end(), [&](const model::Claim& first) {
      return first.kind == claim.kind && first.reason == claim.reason && first.unit == claim.unit &&
             first.entry == claim.entry;
    });
  };
  for (const model::Claim& claim : claims.findings) {
    if (claim.kind != model::ClaimKind::hazard || was_told(claim)) continue;
    broke(Property::hazards_are_reported, "an audit after the takeover finds a hazard that it did not find at first", 0,
          claim.entry, claim.unit);
  }
}

void Life::note_strategy() {
  const bool whole = claims.strategy == model::Strategy::deep;
  if (asked_ == model::Strategy::automatic) {
    facts.note(whole ? Fact::auto_deep : Fact::auto_shallow);
  } else {
    facts.note(whole ? Fact::deep : Fact::shallow);
  }
  if (generation_ > 0) facts.note(Fact::second_takeover);
}

void Life::refused(int status, bool registers_may_be_written) {
  if (over()) return;
  ++counters.refusals;
  properties.after_refusal(evidence(), status, judge);
  if (over()) return;
  if (boot_ != nullptr) {
    ask([&] { mistake_after_failure(); });
    if (!registers_may_be_written) collect_report(/*units_too=*/false, Since::nothing);
    if (over()) return;
  }
  // With registers written the hardware may be using the new tables, or may yet: only a reboot makes an end of that.
  if (registers_may_be_written && hardware.register_written()) return engine_->reset();
  if (boot_ != nullptr) shut_down();
  boot_ = nullptr;
}

void Life::crash_again(model::Strategy strategy) {
  const unsigned next = generation_ + 1;
  if (next >= model::Memory::kGenerations || !machine.memory.has_crash(next)) return skip();
  engine_->reset();
  standing_ = false;
  // The next kernel starts with empty processor caches: what the dead one had not written back reaches memory now.
  const model::MemoryRange dead = machine.memory.crash(generation_);
  machine.memory.write_back(dead.first, dead.last - dead.first + 1, generation_);
  generation_ = next;
  hardware.next_generation(next);
  first_ = before;
  first_overwritten_ = host.showed_any_of(machine.memory.crash(next));
  take_over(strategy);
}

void Life::shut_down() {
  host.compare_old_pages();
  if (standing_) audit_at_the_end();
  host.power_off();
  ask([&] { engine_->shutdown(boot_); });
  standing_ = false;
  if (!over()) properties.after_shutdown(evidence(), judge);
}

}  // namespace vtd::harness
