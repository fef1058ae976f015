// SPDX-License-Identifier: Apache-2.0 OR MIT
// Root, context tables, page tables; the verdicts on single entries are the model's.
#include "harness/dump/weigh_root.h"

#include "model/layout.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {
namespace {

using model::Address;

constexpr unsigned kTablesMost = 20'000;  // of one root; 80 MiB of tables are more than most machines have
constexpr uint64_t kPresent = 1;

constexpr uint64_t kBelowPointer = model::kPageBytes - 1;

bool points(uint64_t word) { return (word & kPresent) != 0; }

}  // namespace

bool has_the_shape_of_a_root(const PageWords& page) {
  unsigned entries = 0;
  for (const uint64_t word : page) {
    if (word == 0) continue;
    if ((word & kBelowPointer) != kPresent || word > model::kAddressBits + kPresent || word == kPresent) return false;
    ++entries;
  }
  return entries != 0;
}

model::Rules generous_rules() {
  const model::Preset& widest = *model::find_preset("five_level");
  model::UnitState unit;
  unit.capability = widest.capability;
  unit.extended_capability = widest.extended;
  return model::Rules::of(unit, 52);
}

void RootScale::count_legacy(const PageWords& words, Contexts& out) const {
  for (unsigned i = 0; i < model::kEntriesPerPage / 2; ++i) {
    const model::Entry128 entry = model::entry128(words.data(), i);
    if (!model::present(entry)) continue;
    const model::ContextStep step = model::read_context(rules_, entry);
    if (step.verdict == model::Verdict128::pass_through)
      ++out.devices[0];
    else if (step.verdict != model::Verdict128::follow)
      ++out.malformed[0];
    else
      ++(ram(step.next) ? out.devices : out.stray)[0];
  }
}

// S§9.4. A RID_PASID other than zero is legal, but no kernel writes one, and it is what tells these entries from legacy
// ones, whose second qword cannot be zero.
void RootScale::count_scalable(const PageWords& words, Contexts& out) const {
  constexpr uint64_t kReserved = 0x1e0;  // 8:5
  for (unsigned i = 0; i < model::kEntriesPerPage; i += 4) {
    if (!points(words[i])) continue;
    if ((words[i] & kReserved) != 0 || (words[i + 1] | words[i + 2] | words[i + 3]) != 0)
      ++out.malformed[1];
    else
      ++(ram(words[i]) ? out.devices : out.stray)[1];
  }
}

const RootScale::Contexts& RootScale::contexts(Address page) {
  const auto [at, fresh] = known_.try_emplace(page);
  if (fresh) {
    PageWords words;
    at->second.there = dump_.read(page, words);
    if (at->second.there == InDump::there) {
      count_legacy(words, at->second);
      count_scalable(words, at->second);
    }
  }
  return at->second;
}

RootEvidence RootScale::read_as(const PageWords& root, bool scalable) {
  RootEvidence evidence;
  evidence.scalable = scalable;
  const unsigned mode = scalable ? 1 : 0;
  std::set<Address> counted;  // an array of one pointer many times over is no proof of many devices
  for (unsigned i = 0; i < model::kEntriesPerPage; i += 2) {
    bool used = false;
    for (unsigned half = 0; half <= mode; ++half) {
      if (!points(root[i + half])) continue;
      const Address table = root[i + half] & model::kAddressBits;
      const Contexts& found = contexts(table);
      if (!counted.insert(table).second) continue;
      evidence.stray += found.there == InDump::no_ram ? 1 : 0;
      evidence.unknown += found.there == InDump::left_out ? 1 : 0;
      if (found.there != InDump::there) continue;
      evidence.devices += found.devices[mode];
      evidence.malformed += found.malformed[mode];
      evidence.stray += found.stray[mode];
      evidence.empty += found.devices[mode] + found.malformed[mode] + found.stray[mode] == 0 ? 1 : 0;
      used |= found.devices[mode] != 0;
    }
    evidence.buses += used ? 1 : 0;
  }
  return evidence;
}

RootEvidence RootScale::glance(const PageWords& root) {
  bool upper = false;
  for (unsigned i = 1; i < model::kEntriesPerPage; i += 2) upper |= root[i] != 0;
  const RootEvidence scalable = read_as(root, true);
  if (upper) return scalable;  // only scalable mode has upper context tables (S§9.2)
  const RootEvidence legacy = read_as(root, false);
  return scalable.score() > legacy.score() ? scalable : legacy;
}

RootEvidence RootScale::weigh(const PageWords& root) {
  RootEvidence evidence = glance(root);
  budget_ = kTablesMost;
  tables_.clear();
  bad_tables_.clear();
  if (!evidence.scalable) weigh_spaces(root, evidence);
  evidence.tables = static_cast<unsigned>(tables_.size());
  evidence.bad_tables = static_cast<unsigned>(bad_tables_.size());
  evidence.all_read = budget_ != 0;
  return evidence;
}

void RootScale::weigh_spaces(const PageWords& root, RootEvidence& evidence) {
  std::map<std::pair<Address, unsigned>, Space> spaces;
  std::map<model::DomainId, std::set<Address>> tables_of_id;
  std::set<Address> counted;
  for (unsigned bus = 0; bus < model::kEntriesPerPage; bus += 2) {
    PageWords words;
    if (!points(root[bus]) || !counted.insert(root[bus] & model::kAddressBits).second) continue;
    if (dump_.read(root[bus] & model::kAddressBits, words) != InDump::there) continue;
    for (unsigned i = 0; i < model::kEntriesPerPage / 2; ++i) {
      const model::Entry128 entry = model::entry128(words.data(), i);
      const model::ContextStep step = model::read_context(rules_, entry);
      const bool passes = step.verdict == model::Verdict128::pass_through;
      if (!passes && (step.verdict != model::Verdict128::follow || !ram(step.next))) continue;
      tables_of_id[model::domain_id(entry)].insert(passes ? 0 : step.next);
      if (passes) continue;
      const auto [at, fresh] = spaces.try_emplace({step.next, step.levels});
      Space& space = at->second;
      if (fresh) {
        std::set<std::pair<Address, unsigned>> seen;
        descend(step.next, step.levels, seen, space);
        evidence.unknown += space.unknown;
        evidence.leaves += space.leaves;
        evidence.leaves_in_ram += space.in_ram;
      }
      evidence.mapping += space.bad == 0 && space.in_ram != 0 ? 1 : 0;
    }
  }
  for (const auto& [id, tables] : tables_of_id) {
    ++evidence.ids;
    evidence.shared_ids += tables.size() > 1 ? 1 : 0;
  }
}

void RootScale::descend(Address table, unsigned level, std::set<std::pair<Address, unsigned>>& seen, Space& space) {
  if (budget_ == 0 || !seen.insert({table, level}).second) return;
  --budget_;
  PageWords words;
  if (const InDump there = dump_.read(table, words); there != InDump::there) {
    ++(there == InDump::left_out ? space.unknown : space.bad);
    if (there == InDump::no_ram) bad_tables_.insert({table, level});
    return;
  }
  tables_.insert({table, level});
  bool bad = false;
  for (const uint64_t entry : words) {
    const model::PagingVerdict verdict = model::read_paging(rules_, entry, level);
    bad |= verdict == model::PagingVerdict::reserved;
    if (verdict == model::PagingVerdict::leaf) {
      ++space.leaves;
      space.in_ram += ram(entry) ? 1 : 0;
    } else if (verdict == model::PagingVerdict::link) {
      descend(entry & rules_.address_mask, level - 1, seen, space);
    }
  }
  if (!bad) return;
  ++space.bad;
  bad_tables_.insert({table, level});
}

}  // namespace vtd::harness
