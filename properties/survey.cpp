// SPDX-License-Identifier: Apache-2.0 OR MIT
// One pass over the links of a hierarchy.
#include "properties/survey.h"

#include <algorithm>

#include "properties/scan.h"

namespace vtd::properties {

using model::Address;
using model::Entry128;
using model::Verdict128;

void Survey::take(std::span<const model::Hierarchy> units, const Places& places, Where where, bool page_tables) {
  seen_.clear();
  strays_.clear();
  paging_.fill(0);
  stray_count_ = links_ = 0;
  places_ = &places;
  where_ = where;
  page_tables_ = page_tables;
  count_ = static_cast<unsigned>(std::min<std::size_t>(units.size(), units_.size()));
  for (unit_ = 0; unit_ < count_; ++unit_) {
    tables_ = &units[unit_];
    UnitSurvey& survey = units_[unit_];
    survey.buses.clear();
    survey.contexts.clear();
    survey.context_tables = 0;
    const Address root = model::page_of(tables_->root);
    survey.root_found = may_be_at(root);
    if (!survey.root_found) continue;
    seen_.add(root | model::kRootRole, scope(model::kRootRole, unit_));
    const std::uint64_t* entries = tables_->machine->memory.page(root, tables_->view);
    each_present_128(entries, [&](unsigned bus) {
      const Entry128 entry = model::entry128(entries, bus);
      const model::RootStep step = read_root(*tables_->rules, entry);
      if (step.verdict != Verdict128::follow) return true;
      source_ = model::source_id(bus, 0);
      const Address at = root + bus * sizeof(Entry128);
      if (follow({unit_, model::kRootRole, source_, at, step.next, entry.low})) {
        survey.buses.push_back({static_cast<std::uint8_t>(bus), at, step.next});
        context_table(unit_, survey.buses.back());
      }
      return true;
    });
  }
}

bool Survey::may_be_at(Address page) const {
  return where_ == Where::old_ram ? places_->can_be_copied(page) : places_->in_crash(page);
}

bool Survey::follow(const Stray& link) {
  ++links_;
  if (may_be_at(link.target)) return true;
  ++stray_count_;
  if (strays_.size() < kStraysKept) strays_.push_back(link);
  return false;
}

void Survey::context_table(unsigned unit, const BusSeen& bus) {
  if (!seen_.add(bus.table | model::kContextRole, scope(model::kContextRole, unit))) return;
  UnitSurvey& survey = units_[unit];
  ++survey.context_tables;
  const std::uint64_t* entries = tables_->machine->memory.page(bus.table, tables_->view);
  each_present_128(entries, [&](unsigned devfn) {
    const Entry128 entry = model::entry128(entries, devfn);
    source_ = model::source_id(bus.number, devfn);
    ContextSeen seen{source_, bus.table + devfn * sizeof(Entry128), entry, read_context(*tables_->rules, entry), false};
    if (seen.step.verdict == Verdict128::follow) {
      seen.followed = follow({unit, model::kContextRole, source_, seen.entry, seen.step.next, entry.low});
    }
    survey.contexts.push_back(seen);
    if (seen.followed && page_tables_) table(seen.step.next, seen.step.levels);
    return true;
  });
}

void Survey::table(Address page, unsigned level) {
  if (!seen_.add(page | level)) return;
  ++paging_[level];
  if (level == 1) return;  // nothing but leaves
  const model::Rules& rules = *tables_->rules;
  const std::uint64_t* entries = tables_->machine->memory.page(page, tables_->view);
  each_present(entries, model::kEntriesPerPage, [&](unsigned index) {
    const std::uint64_t entry = entries[index];
    if (read_paging(rules, entry, level) != model::PagingVerdict::link) return true;
    const Address next = entry & rules.address_mask;
    if (follow({unit_, level, source_, page + index * sizeof(entry), next, entry})) table(next, level - 1);
    return true;
  });
}

std::uint64_t Survey::root_tables() const {
  return static_cast<std::uint64_t>(
      std::count_if(units_.begin(), units_.begin() + count_, [](const UnitSurvey& u) { return u.root_found; }));
}

std::uint64_t Survey::context_tables() const {
  std::uint64_t sum = 0;
  for (unsigned u = 0; u < count_; ++u) sum += units_[u].context_tables;
  return sum;
}

std::uint64_t Survey::tables() const {
  std::uint64_t sum = root_tables() + context_tables();
  for (const std::uint64_t n : paging_) sum += n;
  return sum;
}

bool Survey::is_table(Address page, unsigned role, unsigned unit) const {
  return seen_.find(page | role, scope(role, unit)) != 0;
}

}  // namespace vtd::properties
