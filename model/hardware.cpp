// SPDX-License-Identifier: Apache-2.0 OR MIT
// Putting the parts together: units, tables, caches, rules.
#include "model/hardware.h"

#include "model/remapping_unit.h"
#include "model/store_rules.h"

namespace vtd::model {

struct Hardware::Impl {
  HardwareCore core;
  StoreRules stores{core};
  std::array<RemappingUnit, kMaxUnits> units;
  bool register_written = false, watching = true;
};

Hardware::Hardware() : impl_(std::make_unique<Impl>()) {}
Hardware::~Hardware() = default;

void Hardware::start(Machine& machine, Trace& trace, unsigned generation) {
  impl_->core.start(machine, trace, generation);
  for (unsigned u = 0; u < impl_->core.units(); ++u) impl_->units[u].start(impl_->core, u);
  impl_->register_written = false;
}

void Hardware::next_generation(unsigned generation) {
  for (unsigned u = 0; u < impl_->core.units(); ++u) impl_->units[u].start_generation();
  impl_->core.start_generation(generation);
  impl_->register_written = false;
}

// --- what the engine does --------------------------------------------------------------------------------------------

uint64_t Hardware::read(unsigned unit, unsigned offset, unsigned width) {
  return impl_->units[unit].read(offset, width);
}

void Hardware::write(unsigned unit, unsigned offset, uint64_t value, unsigned width) {
  impl_->register_written = true;
  impl_->units[unit].write(offset, value, width);
}

void Hardware::pause() {
  for (unsigned u = 0; u < impl_->core.units(); ++u) impl_->units[u].tick();
}

void Hardware::stored(Address qword, uint64_t before, uint64_t after, unsigned bytes) {
  impl_->core.store_buffered();
  impl_->stores.stored(qword, before, after, bytes);
}

void Hardware::written_back(Address pa, uint64_t bytes) { impl_->core.live.written_back(pa, bytes); }

void Hardware::freed(Address page) {
  HardwareCore& core = impl_->core;
  if (!impl_->watching) core.read_tables_again();
  core.judge_free(page);
  for (unsigned u = 0; u < core.units(); ++u)
    if (impl_->units[u].uses_page(page))
      core.rulings.require(false, Rule::page_is_forgotten_before_free, u, page, 0, 0x90);
}

void Hardware::device_left(unsigned unit, SourceId source) { impl_->core.device_left(unit, source); }
bool Hardware::device_came(unsigned unit, SourceId source) { return impl_->core.device_came(unit, source); }

void Hardware::silence(unsigned unit, uint32_t after) {
  if (unit < impl_->core.units()) impl_->units[unit].silence(after);
}

bool Hardware::listen(unsigned unit) { return unit < impl_->core.units() && impl_->units[unit].listen(); }

uint32_t Hardware::ignores(unsigned unit) const { return impl_->units[unit].ignores(); }

bool Hardware::all_obey() const {
  for (unsigned u = 0; u < impl_->core.units(); ++u)
    if (ignores(u) != 0) return false;
  return true;
}

void Hardware::call_returned(bool claims_success) {
  uint8_t excused = 0;
  for (unsigned u = 0; u < impl_->core.units(); ++u)
    if (!claims_success && impl_->units[u].stuck()) excused |= static_cast<uint8_t>(1u << u);
  impl_->core.judge_what_is_stale(excused);
}

// --- what there is to see --------------------------------------------------------------------------------------------

uint64_t Hardware::active_root(unsigned unit) const { return impl_->units[unit].root(); }
bool Hardware::translating(unsigned unit) const { return impl_->units[unit].translating(); }
bool Hardware::register_written() const { return impl_->register_written; }
bool Hardware::live(Address page) const { return impl_->core.live.reads(page); }
const Rules& Hardware::rules(unsigned unit) const { return impl_->core.rules[unit]; }

Hierarchy Hardware::hierarchy(unsigned unit, View view) const {
  const HardwareCore& core = impl_->core;
  Hierarchy h{core.machine, &core.rules[unit], active_root(unit), view};
  // Only what an engine built may lie in its reservation.
  const bool built = core.machine->memory.in_crash(h.root & core.rules[unit].address_mask, core.generation);
  if (!built) h.old_for_generation = static_cast<uint8_t>(core.generation);
  return h;
}

std::span<const Violation> Hardware::violations() const { return impl_->core.rulings.violations(); }
void Hardware::forget_violations() { impl_->core.rulings.forget(); }
uint64_t Hardware::checked(Rule rule) const { return impl_->core.rulings.count(rule); }
void Hardware::watch_stores(bool on) { impl_->watching = on; }

}  // namespace vtd::model
