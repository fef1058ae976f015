// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks, for every source-id of every unit, that after a call it reaches what it should and nothing else: its legacy
// translations, what map gave its domain, both, or nothing.
// Does not check what attach answered (devices.cpp) nor what is told of IOVAs (ranges.cpp). Where the last device of an
// adopted domain left, what map had made may stay or go with it.
// engine/README.md, adoption. The comparison is exact: equivalence.h tells every difference, and each must be
// explained.
#include <algorithm>

#include "properties/groups.h"
#include "properties/scan.h"

namespace vtd::properties {
namespace {

using model::Address;
using model::Attached;
using model::Entry128;
using model::Given;
using model::Hierarchy;
using model::SourceId;

constexpr std::uint8_t kAdopted = 0, kNewDomain = 1;

// What a source-id should reach.
struct Expected {
  bool legacy = true;                    // what the old tables say
  bool legacy_required = true;           // ... and all of it
  const Attached* domain = nullptr;      // what map gave this device's domain
  const Visits::Legacy* left = nullptr;  // what earlier devices of this domain may have left behind
  bool attached = false;
  bool bypasses_tables = false;  // its adopted context entry allows translated requests (TT=01b), and stays
};

// Does a mapping explain that [d.first, d.last] leads to d.to?
bool explains(const Given& given, const Difference& d) {
  return d.first >= given.iova && d.last - given.iova < given.bytes && d.to == given.pa + (d.first - given.iova) &&
         d.permissions == given.permissions;
}

class Explain final : public Differences {
 public:
  Explain(const Case& judged, unsigned unit, const Expected& expected, bool device_view)
      : case_(judged), unit_(unit), expected_(expected), device_view_(device_view) {}

  bool found(const Difference& d) override {
    if (d.what == What::gained && d.role < model::kContextRole && is_given(d)) return true;
    if (d.what == What::gained && d.role == model::kContextRole && expected_.bypasses_tables) return true;
    // Legacy mappings that may be gone may have made room for what map gave.
    if (d.what == What::changed && !expected_.legacy_required && is_given(d)) return true;
    if (d.what == What::lost && !expected_.legacy_required) return true;
    if (d.what == What::reason && (!expected_.legacy || !expected_.legacy_required)) return true;
    const Property property = device_view_ ? Property::device_view_translates_too : property_of(d.what);
    case_.judge.broke({property, text_of(property, d.what), static_cast<std::uint8_t>(unit_), d.source, d.first,
                       d.entry, d.before, d.after, 0, 0});
    return case_.judge.held();  // what is excused hides nothing else
  }
  // Of what map gave to this device, or to one that left.
  bool minds_where() const override {
    return expected_.domain != nullptr || (expected_.left != nullptr && !case_.scratch.visits.left.empty());
  }

 private:
  bool is_given(const Difference& d) const {
    if (expected_.domain != nullptr) {
      for (const Given& given : case_.evidence.claims->given) {
        if (given.domain == expected_.domain->domain && explains(given, d)) return true;
      }
    }
    if (expected_.left == nullptr) return false;
    const auto& left = case_.scratch.visits.left;
    return std::any_of(left.begin(), left.end(),
                       [&](const Visits::Left& l) { return l.domain == *expected_.left && explains(l.given, d); });
  }

  Property property_of(What what) const {
    if (!expected_.legacy)
      return expected_.domain != nullptr ? Property::a_new_mapping_reaches_only_what_was_given
                                         : Property::a_detached_device_reaches_nothing;
    if (what == What::gained && expected_.domain != nullptr) return Property::a_new_mapping_reaches_only_what_was_given;
    return expected_.attached ? Property::legacy_dma_lives_until_the_driver_takes_over
                              : Property::other_devices_are_unaffected;
  }

  const char* text_of(Property property, What what) const {
    if (property == Property::a_detached_device_reaches_nothing) return "a detached device reaches memory";
    if (property == Property::a_new_mapping_reaches_only_what_was_given)
      return "a device reaches what its domain was not given";
    if (what == What::lost) return "a legacy translation is gone";
    if (what == What::changed) return "a legacy translation leads elsewhere";
    return what == What::gained ? "a device reaches what it did not reach before"
                                : "a blocked request is blocked for another reason";
  }

  const Case& case_;
  unsigned unit_;
  const Expected& expected_;
  bool device_view_;
};

class Unit {
 public:
  Unit(const Case& judged, unsigned unit, const Hierarchy& now, bool device_view)
      : case_(judged), unit_(unit), old_(case_.evidence.before[unit]), now_(now), device_view_(device_view) {}

  void judge() {
    case_.scratch.equivalence.begin({&old_, &now_, unit_, /*verbatim:*/ false}, case_.scratch.places,
                                    case_.scratch.quarantines);
    case_.scratch.memo.clear();
    note_tables_of_adopted_domains();
    const std::uint64_t* before = old_.machine->memory.page(old_.root, old_.view);
    const std::uint64_t* after = now_.machine->memory.page(now_.root, now_.view);
    each_of_either_128(before, after, 1, /*different:*/ true, [&](unsigned bus) {
      judge_bus(bus, model::entry128(before, bus), model::entry128(after, bus));
      return case_.judge.held();
    });
  }

 private:
  // What decides a judgement on a source-id whose entry follows to a table that was kept.
  struct Judged {
    Entry128 before, after;
    bool legacy = false, legacy_required = false, attached = false;
    const Attached* domain = nullptr;
    friend bool operator==(const Judged&, const Judged&) = default;
  };
  static constexpr Address kNoTable = ~Address{0} << 12;  // page 0 can be a table

  // Old context tables that hold an entry of a domain some device has adopted, or has left.
  void note_tables_of_adopted_domains() {
    for (const ContextSeen& context : case_.scratch.before.unit(unit_).contexts) {
      if (context.step.verdict != model::Verdict128::follow) continue;
      if (is_shared(legacy_of(unit_, context.value, context.step)))
        case_.scratch.memo.add(model::page_of(context.entry));
    }
  }

  bool is_shared(const Visits::Legacy& domain) const {
    const auto& left = case_.scratch.visits.left;
    return adopter_of(case_, domain) != nullptr ||
           std::any_of(left.begin(), left.end(), [&](const Visits::Left& l) { return l.domain == domain; });
  }

  bool is_special(unsigned bus) const {
    for (const Attached& device : case_.evidence.claims->attached) {
      if (device.unit == unit_ && model::bus_of(device.source) == bus) return true;
    }
    for (const Visits::Device& device : case_.scratch.visits.gone) {
      if (device.unit == unit_ && model::bus_of(device.source) == bus) return true;
    }
    return false;
  }

  Address table_of(const Hierarchy& tables, const Entry128& root) const {
    const model::RootStep step = read_root(*tables.rules, root);
    const Places& places = case_.scratch.places;
    const bool there = places.can_be_copied(step.next) || (&tables == &now_ && places.in_crash(step.next));
    return there && step.verdict == model::Verdict128::follow ? step.next : kNoTable;
  }

  void judge_bus(unsigned bus, const Entry128& a, const Entry128& b) {
    const bool special = is_special(bus);
    const Address before = table_of(old_, a), after = table_of(now_, b);
    if (!special && (before == kNoTable || case_.scratch.memo.find(before) == 0)) {
      case_.judge.evaluated(device_view_ ? Property::device_view_translates_too
                                         : Property::other_devices_are_unaffected);
      Expected untouched;
      Explain explain(case_, unit_, untouched, device_view_);
      case_.scratch.equivalence.roots(bus, a, b, explain);
      return;
    }
    if (!special && !case_.scratch.memo.add(before | 1, after)) return;  // another bus has shown the same two tables
    alignas(model::kPageBytes) static constexpr std::uint64_t kNothing[model::kEntriesPerPage] = {};
    const std::uint64_t* old_entries = before == kNoTable ? kNothing : old_.machine->memory.page(before, old_.view);
    const std::uint64_t* new_entries = after == kNoTable ? kNothing : now_.machine->memory.page(after, now_.view);
    // P and FPD: an entry with neither blocks without a record, whatever else it holds.
    each_of_either_128(old_entries, new_entries, 3, /*different:*/ false, [&](unsigned devfn) {
      judge_source(model::source_id(bus, devfn), before + devfn * sizeof(Entry128), model::entry128(old_entries, devfn),
                   model::entry128(new_entries, devfn));
      return case_.judge.held();
    });
  }

  void judge_source(SourceId source, Address entry, const Entry128& a, const Entry128& b) {
    const model::ContextStep step = read_context(*old_.rules, a);
    const Visits::Legacy legacy = legacy_of(unit_, a, step);
    const Attached* const here = find_attached(case_.evidence.claims->attached, unit_, source);
    Expected expected;
    expected.attached = here != nullptr;
    if (here != nullptr && here->kind == kNewDomain) {
      expected.legacy = false;
      expected.domain = here;
    } else if (here == nullptr && case_.scratch.visits.was_here(unit_, source)) {
      expected.legacy = false;
      // First not present, then forgotten, then cleared (S§6.5.3): nothing is left for the next one to find.
      case_.check(Property::a_detached_device_reaches_nothing, b.low == 0 && b.high == 0,
                  {Property::kCount, "the entry of a detached device was not cleared", static_cast<std::uint8_t>(unit_),
                   source, 0, 0, 0, b.low != 0 ? b.low : b.high, 0, 0});
    } else if (step.verdict == model::Verdict128::follow && (here == nullptr || here->kind == kAdopted)) {
      const LegacyFate fate = fate_of(case_, legacy);
      expected.domain = here != nullptr ? here : adopter_of(case_, legacy);
      expected.left = &legacy;
      expected.bypasses_tables = step.device_tlb;
      expected.legacy = fate != LegacyFate::gone;
      expected.legacy_required = fate == LegacyFate::lives;
    }
    count(expected);
    // A neighbour with the same entries, of whom the same is expected, differs in nothing that a comparison looks at,
    // but for where its entry lies: that matters when the entry itself was quarantined.
    const Judged judged{a, b, expected.legacy, expected.legacy_required, expected.attached, expected.domain};
    const bool kept = step.verdict == model::Verdict128::follow && case_.scratch.places.can_be_copied(step.next);
    if (kept && judged == last_) return;
    last_ = kept ? judged : Judged{};
    Explain explain(case_, unit_, expected, device_view_);
    const Entry128 blocked{a.low & 2, 0};  // nothing is expected of the old entry but its FPD
    case_.scratch.equivalence.contexts(source, entry, expected.legacy ? a : blocked, b, explain);
    if (expected.domain != nullptr && case_.judge.held()) judge_given(source, *expected.domain, b);
  }

  void count(const Expected& expected) const {
    Judge& judge = case_.judge;
    if (device_view_) return judge.evaluated(Property::device_view_translates_too);
    if (expected.domain != nullptr) judge.evaluated(Property::a_new_mapping_reaches_only_what_was_given);
    if (!expected.legacy && expected.domain == nullptr) judge.evaluated(Property::a_detached_device_reaches_nothing);
    if (!expected.legacy) return;
    judge.evaluated(expected.attached ? Property::legacy_dma_lives_until_the_driver_takes_over
                                      : Property::other_devices_are_unaffected);
  }

  // Everything that was given is there. What is there besides was looked for above.
  void judge_given(SourceId source, const Attached& domain, const Entry128& context) {
    if (!case_.scratch.memo.add(context.low | 1, context.high << 32 | domain.domain | std::uint64_t{1} << 63)) return;
    const model::ContextStep step = read_context(*now_.rules, context);
    for (const Given& given : case_.evidence.claims->given) {
      if (given.domain != domain.domain) continue;
      const model::Iova missing = step.verdict == model::Verdict128::follow ? first_missing(step, given) : given.iova;
      if (missing == given.iova + given.bytes) continue;
      case_.judge.broke(
          {device_view_ ? Property::device_view_translates_too : Property::a_new_mapping_reaches_only_what_was_given,
           case_.of_mapping(unit_, "a mapping that was made does not translate as given"),
           static_cast<std::uint8_t>(unit_), source, missing, given.pa, given.pa + (missing - given.iova), 0, 0, 0});
      return;
    }
  }

  // The first IOVA of the mapping that does not lead where it should; its end when there is none.
  model::Iova first_missing(const model::ContextStep& step, const Given& given) const {
    model::Iova iova = given.iova;
    while (iova - given.iova < given.bytes) {
      Address table = step.next;
      std::uint64_t permissions = 3;
      unsigned level = step.levels;
      for (;; --level) {
        const std::uint64_t entry = now_.machine->memory.page(table, now_.view)[iova >> model::shift_of(level) & 511];
        const model::PagingVerdict verdict = read_paging(*now_.rules, entry, level);
        permissions &= entry;
        table = entry & now_.rules->address_mask;
        if (verdict == model::PagingVerdict::link) continue;
        const std::uint64_t inside = (std::uint64_t{1} << model::shift_of(level)) - 1;
        const bool there = verdict == model::PagingVerdict::leaf && (permissions & 3) == given.permissions &&
                           (table & ~inside) + (iova & inside) == given.pa + (iova - given.iova);
        if (!there) return iova;
        iova = (iova | inside) + 1;
        break;
      }
    }
    return given.iova + given.bytes;
  }

  const Case& case_;
  unsigned unit_;
  const Hierarchy& old_;
  const Hierarchy& now_;
  bool device_view_;
  Judged last_;  // of the latest source-id, all zero when the next one must be looked at
};

}  // namespace

void judge_adoption(const Case& c, model::View view) {
  const bool device_view = view == model::View::device;
  if (device_view && !c.evidence.machine->memory.two_views()) return;
  const std::span<const Hierarchy> now = c.active(view);
  for (unsigned unit = 0; unit < c.units() && c.judge.held(); ++unit) {
    if (!c.scratch.before.unit(unit).root_found || (device_view && c.rules(unit).coherent)) continue;
    Unit(c, unit, now[unit], device_view).judge();
  }
}

}  // namespace vtd::properties
