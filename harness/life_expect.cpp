// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a scenario says must happen: `dma` in the tables of the moment, `expect` in the report of the latest takeover.
#include <algorithm>

#include "harness/life.h"

namespace vtd::harness {
namespace operand = model::operand;
namespace {

using model::DmaOutcome;
using model::Outcome;
using model::OutcomeKind;

bool fault_fits(const Outcome& got, uint64_t reason) {
  if (got.kind != OutcomeKind::fault) return false;
  const bool also_allowed = reason < 16 && (got.allowed_faults >> reason & 1) != 0;
  return static_cast<uint64_t>(got.fault) == reason || also_allowed;
}

bool fits(const Outcome& got, DmaOutcome wanted, uint64_t value) {
  switch (wanted) {
    case DmaOutcome::any:
      return true;
    case DmaOutcome::address:
      return got.kind == OutcomeKind::translated && got.address == value;
    case DmaOutcome::fault:
      return fault_fits(got, value) && got.recorded;
    case DmaOutcome::silent_fault:
      return fault_fits(got, value) && !got.recorded;
    case DmaOutcome::undefined:
      return got.kind == OutcomeKind::undefined;
    case DmaOutcome::blocked:
      return got.kind == OutcomeKind::fault;
  }
  return false;
}

const char* what_came(const Outcome& got) {
  switch (got.kind) {
    case OutcomeKind::translated:
      return "a request is translated otherwise than the scenario says; got: the physical address";
    case OutcomeKind::fault:
      return "a request fares otherwise than the scenario says; got: the fault reason";
    case OutcomeKind::undefined:
      break;
  }
  return "a request has an outcome that the specification leaves open, and the scenario says otherwise";
}

}  // namespace

void Life::judge_dma(const model::Step& step) {
  const auto& value = step.operand;
  const auto unit = static_cast<unsigned>(value[operand::d_unit]);
  const auto wanted = static_cast<DmaOutcome>(value[operand::d_outcome]);
  if (wanted == DmaOutcome::any || unit >= machine.units.size() || left_out_) return skip();
  model::Hierarchy tables =
      hardware.hierarchy(unit, hardware.rules(unit).coherent ? model::View::cpu : model::View::device);
  if (!standing_) tables.old_for_generation = static_cast<uint8_t>(generation_);
  constexpr model::Access kAccesses[] = {model::Access::read, model::Access::write, model::Access::zero_length_read};
  const Outcome got = model::walk(
      tables, {static_cast<model::SourceId>(value[operand::d_source]), value[operand::d_iova],
               kAccesses[value[operand::d_access]], static_cast<model::RequestType>(value[operand::d_type])});
  properties::Failure failure;
  failure.property = Property::the_expected_outcome_happens;
  failure.what = what_came(got);
  failure.unit = static_cast<uint8_t>(unit);
  failure.source = static_cast<uint32_t>(value[operand::d_source]);
  failure.iova = value[operand::d_iova];
  failure.expected = value[operand::d_value];
  failure.got = got.kind == OutcomeKind::translated ? got.address : static_cast<uint64_t>(got.fault);
  failure.event = static_cast<uint32_t>(trace.events().size());
  judge.check(Property::the_expected_outcome_happens, fits(got, wanted, value[operand::d_value]), failure);
}

// Expectations that stand before the takeover are about it all the same.
void Life::judge_deferred(std::size_t end) {
  for (std::size_t i = 0; i < std::min(end, scenario_->steps.size()) && !over(); ++i) {
    if (scenario_->steps[i].op != model::Op::expect) continue;
    judge.at_step(static_cast<uint32_t>(i));
    judge_expectation(scenario_->steps[i]);
  }
  judge.at_step(step_);
}

// Counts depend on the strategy: a scenario speaks of the one it names.
void Life::judge_expectation(const model::Step& step) {
  const auto subject = static_cast<model::Subject>(step.operand[operand::e_what]);
  const uint64_t wanted = step.operand[operand::e_count];
  const bool as_written =
      asked_ == written_ && (!standing_ || asked_ == model::Strategy::automatic || claims.strategy == asked_);
  if (!as_written) return skip();
  const auto found = [&](model::ClaimKind kind) {
    const auto is = [kind](const model::Claim& claim) { return claim.kind == kind; };
    return static_cast<uint64_t>(std::count_if(claims.findings.begin(), claims.findings.end(), is));
  };
  uint64_t got = 0;
  const char* what = nullptr;
  switch (subject) {
    case model::Subject::refused:
      got = static_cast<uint64_t>(-status_);
      what = "the takeover ends with another status than the scenario says";
      break;
    case model::Subject::copied:
      got = claims.root_tables + claims.context_tables;
      for (const uint64_t tables : claims.paging_tables) got += tables;
      what = "another number of tables is copied than the scenario says";
      break;
    case model::Subject::quarantined:
      got = found(model::ClaimKind::quarantined);
      what = "another number of entries is quarantined than the scenario says";
      break;
    case model::Subject::hazards:
      got = found(model::ClaimKind::hazard);
      what = "another number of hazards is reported than the scenario says";
      break;
    case model::Subject::conflicts:
      got = found(model::ClaimKind::conflict);
      what = "another number of conflicts is reported than the scenario says";
      break;
    case model::Subject::unmapped_regions:
      got = found(model::ClaimKind::reserved_unmapped);
      what = "another number of unmapped reserved regions is reported than the scenario says";
      break;
  }
  check(Property::the_expected_outcome_happens, got == wanted, what, wanted, got);
}

}  // namespace vtd::harness
