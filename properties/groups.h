// SPDX-License-Identifier: Apache-2.0 OR MIT
// The groups of properties, what they share while judging, and the moments at which each is asked.
#pragma once

#include <array>
#include <vector>

#include "properties/equivalence.h"
#include "properties/evidence.h"
#include "properties/occupancy.h"
#include "properties/survey.h"

namespace vtd::properties {

inline constexpr std::uint32_t kNoSource = 0xffffffff;

// Which devices came and went since the takeover, for the claims only say who is there now.
struct Visits {
  struct Device {
    unsigned unit;
    model::SourceId source;
  };
  struct Legacy {  // an adopted domain, by what its old context entries say
    unsigned unit = 0, width = 0;
    model::DomainId id = 0;
    model::Address table = 0;
    friend bool operator==(const Legacy&, const Legacy&) = default;
  };
  struct Left {  // a mapping whose domain lost its last attached device; legacy entries may still carry the domain
    Legacy domain;
    model::Given given;
  };
  std::vector<Device> gone;               // attached once, detached since
  std::vector<model::Attached> attached;  // after the call before
  std::vector<model::Given> given;
  std::vector<Left> left;
  std::vector<Legacy> handed_over;   // legacy mappings are gone
  std::vector<Legacy> handing_over;  // a device of theirs was handed over in the call under judgement
  std::array<std::vector<std::uint64_t>, model::kMaxUnits> own_ids;  // reserved by the engine for itself

  void clear();
  bool was_here(unsigned unit, model::SourceId source) const;
};

const model::Attached* find_attached(const std::vector<model::Attached>&, unsigned unit, model::SourceId source);

// Scratch that is reused from run to run.
struct Scratch {
  Places places;
  Quarantines quarantines;
  Equivalence equivalence;
  Survey before, after;
  std::vector<model::Hierarchy> hierarchies;
  Memo memo;
  Occupancy old_use, new_use;
  Visits visits;
  struct Use {
    model::DomainId id;
    std::uint8_t width;
    model::Address table;
    friend auto operator<=>(const Use&, const Use&) = default;
  };
  std::vector<Use> uses;                // of domain-ids
  std::vector<std::uint64_t> may_stay;  // bitmap of domain-ids
  std::uint64_t old_bytes = 0;          // read by the last engine call
  bool changed = false;                 // devices came since the first takeover: its copies are not what they were
};

// One judgement under way.
struct Case {
  const Evidence& evidence;
  Judge& judge;
  Scratch& scratch;

  bool check(Property, bool held, const Failure& otherwise) const;
  unsigned units() const { return static_cast<unsigned>(evidence.before.size()); }
  bool deep() const { return evidence.claims->strategy == model::Strategy::deep; }
  const model::Rules& rules(unsigned unit) const { return *evidence.before[unit].rules; }
  // A unit that has one page size has all smaller ones (S§11.4.2, SLLPS). What is amiss with mappings on one that
  // breaks this rule is a condition of its own: an engine may choose page sizes by the largest.
  const char* of_mapping(unsigned unit, const char* what) const {
    const std::uint64_t sizes = evidence.machine->units[unit].capability >> 34 & 15;
    return (sizes & (sizes + 1)) == 0 ? what : "a mapping is not there, on a unit that lacks a page size";
  }
  // The hierarchies to judge: hanging from the claimed roots (nothing is committed), or from the active ones.
  std::span<const model::Hierarchy> claimed() const;
  std::span<const model::Hierarchy> active(model::View) const;
  // A context entry of the old tables, by source-id. `entry` is 0 when no table holds one.
  struct Found {
    model::Address entry = 0;
    model::Entry128 value;
  };
  static Found context(const model::Hierarchy&, model::SourceId);
  // Does the device that a claim names come by the context entry that it names? Whoever reads a report looks there.
  bool names_its_entry(const model::Claim&) const;
  const std::uint64_t* old_page(unsigned unit, model::Address page) const;
};

// translation.cpp
void judge_translation(const Case&, std::span<const model::Hierarchy> now, bool verbatim);
void judge_device_view(const Case&);
void judge_quarantines(const Case&);
// bounds.cpp: both surveys have been taken
void judge_bounds(const Case&);
void judge_accesses(const Case&);
// hostile.cpp
void judge_hostile(const Case&);
// resources.cpp
void judge_frames(const Case&);
void judge_frames_after_shutdown(const Case&);
void judge_failure(const Case&);
void judge_sharing(const Case&);
// switch.cpp
void judge_switch(const Case&);
struct RuleCounts {
  std::array<std::uint64_t, model::kRules> seen{};
};
void judge_rules(const Case&, RuleCounts&);
// domain_ids.cpp
void judge_domain_ids(const Case&);
void remember_own_ids(const Case&);
void judge_domain_ids_after_call(const Case&);
// conflicts.cpp
void judge_conflicts(const Case&);
void judge_new_conflicts(const Case&);
// visits.cpp
void note_departures(const Case&);
void remember_visits(const Case&);
Visits::Legacy legacy_of(unsigned unit, const model::Entry128& context, const model::ContextStep&);
const model::Attached* adopter_of(const Case&, const Visits::Legacy&);
enum class LegacyFate { lives, may_be_gone, gone };
LegacyFate fate_of(const Case&, const Visits::Legacy&);
// adoption.cpp
void judge_adoption(const Case&, model::View);
// devices.cpp
void judge_devices(const Case&);
// ranges.cpp
void judge_ranges(const Case&);
// life.cpp
void judge_hazards(const Case&);
void judge_reserved_regions(const Case&);
void judge_second_copy(const Case&, std::span<const model::Hierarchy> first);
// refusal.cpp
void judge_refusal(const Case&, int status);
void judge_acceptance(const Case&);

}  // namespace vtd::properties
