// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which groups are judged at which moment, and the scratch they share.
#include "properties/evidence.h"

#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {

using model::Address;
using model::Hierarchy;

bool Case::check(Property property, bool held, const Failure& otherwise) const {
  return judge.check(property, held, otherwise);
}

bool Case::names_its_entry(const model::Claim& claim) const {
  if (claim.role != model::kContextRole || claim.source > 0xffff) return false;
  return context(evidence.before[claim.unit], static_cast<model::SourceId>(claim.source)).entry == claim.entry;
}

std::span<const Hierarchy> Case::claimed() const {
  scratch.hierarchies.clear();
  for (unsigned unit = 0; unit < units(); ++unit) {
    Hierarchy tables = evidence.before[unit];
    tables.root = evidence.claims->units[unit].root;
    tables.view = model::View::cpu;
    tables.old_for_generation = 255;
    scratch.hierarchies.push_back(tables);
  }
  return scratch.hierarchies;
}

std::span<const Hierarchy> Case::active(model::View view) const {
  scratch.hierarchies.clear();
  for (unsigned unit = 0; unit < units(); ++unit)
    scratch.hierarchies.push_back(evidence.hardware->hierarchy(unit, view));
  return scratch.hierarchies;
}

const std::uint64_t* Case::old_page(unsigned unit, Address page) const {
  return evidence.machine->memory.page(page, evidence.before[unit].view);
}

Case::Found Case::context(const Hierarchy& tables, model::SourceId source) {
  const model::Memory& memory = tables.machine->memory;
  const model::Entry128 root = model::entry128(memory.page(tables.root, tables.view), model::bus_of(source));
  const model::RootStep step = read_root(*tables.rules, root);
  if (step.verdict != model::Verdict128::follow || fetch_of(tables, step.next) != model::Fetch::readable) return {};
  const unsigned devfn = model::devfn_of(source);
  return {step.next + devfn * sizeof(model::Entry128), model::entry128(memory.page(step.next, tables.view), devfn)};
}

struct Properties::Impl {
  Scratch scratch;
  RuleCounts counts;

  Case open(const Evidence& evidence, Judge& judge) {
    scratch.places.look_at(*evidence.machine, evidence.generation);
    scratch.quarantines.read(*evidence.claims);
    return {evidence, judge, scratch};
  }
  void survey_before(const Case& c) {
    scratch.before.take(c.evidence.before, scratch.places, Survey::Where::old_ram, /*page_tables:*/ true);
  }
  // False: the tables are not even where they should be, and nothing more can be said.
  bool survey_after(const Case& c, std::span<const Hierarchy> now) {
    scratch.after.take(now, scratch.places, Survey::Where::crash_memory, /*page_tables:*/ true);
    judge_bounds(c);
    return c.judge.held();
  }
};

Properties::Properties() : impl_(new Impl) {}
Properties::~Properties() { delete impl_; }

void Properties::after_refusal(const Evidence& evidence, int status, Judge& judge) {
  const Case c = impl_->open(evidence, judge);
  judge_failure(c);
  judge_accesses(c);
  judge_refusal(c, status);
}

void Properties::after_copy(const Evidence& evidence, Judge& judge) {
  const Case c = impl_->open(evidence, judge);
  impl_->scratch.visits.clear();
  if (evidence.generation == 0) impl_->scratch.changed = false;
  judge_acceptance(c);
  if (!judge.held()) return;
  impl_->survey_before(c);
  judge_accesses(c);
  judge_hostile(c);
  const std::span<const Hierarchy> now = c.claimed();
  if (!impl_->survey_after(c, now)) return;
  judge_frames(c);
  judge_quarantines(c);
  judge_translation(c, now, /*verbatim:*/ true);
  judge_sharing(c);
  judge_domain_ids(c);
  judge_conflicts(c);
}

void Properties::after_commit(const Evidence& evidence, Judge& judge) {
  const Case c = impl_->open(evidence, judge);
  judge_accesses(c);
  judge_switch(c);
  if (!judge.held()) return;
  const std::span<const Hierarchy> now = c.active(model::View::cpu);
  if (!impl_->survey_after(c, now)) return;
  judge_frames(c);
  judge_translation(c, now, /*verbatim:*/ false);
  judge_device_view(c);
  judge_domain_ids(c);
  judge_hazards(c);
  judge_reserved_regions(c);
  remember_own_ids(c);
}

void Properties::after_call(const Evidence& evidence, Judge& judge) {
  const Case c = impl_->open(evidence, judge);
  impl_->scratch.changed |= !evidence.claims->attached.empty();
  judge_accesses(c);
  judge_hostile(c);
  if (!impl_->survey_after(c, c.active(model::View::cpu))) return;
  judge_frames(c);
  judge_quarantines(c);
  // A unit that ignores commands leaves calls half done, and the contract does not say where.
  if (!evidence.hardware->all_obey()) {
    impl_->scratch.changed = true;
    return;
  }
  note_departures(c);
  judge_devices(c);
  judge_adoption(c, model::View::cpu);
  judge_adoption(c, model::View::device);
  judge_ranges(c);
  judge_domain_ids_after_call(c);
  judge_new_conflicts(c);
  remember_visits(c);
}

void Properties::after_shutdown(const Evidence& evidence, Judge& judge) {
  const Case c = impl_->open(evidence, judge);
  judge_accesses(c);
  judge_frames_after_shutdown(c);
}

void Properties::after_second_commit(const Evidence& evidence, std::span<const Hierarchy> first, Judge& judge) {
  judge_second_copy(impl_->open(evidence, judge), first);
}

// Called right after every engine call, before the engine is asked about it: what the call read is known only now.
void Properties::hardware_rules(const Evidence& evidence, Judge& judge) {
  impl_->scratch.old_bytes = evidence.observed->old_bytes_this_call;
  judge_rules({evidence, judge, impl_->scratch}, impl_->counts);
}

}  // namespace vtd::properties
