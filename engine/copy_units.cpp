// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copying root and context tables, unit by unit, and the domains that their entries make.
#include "engine/bus.h"
#include "engine/copy.h"
#include "engine/domains.h"
#include "engine/keys.h"
#include "engine/scan.h"
#include "engine/tables.h"

namespace vtd::engine {
namespace {

class UnitCopier {
 public:
  UnitCopier(Boot& boot, Unit& unit, CopyIndex& copies, bool deep)
      : boot_(boot), unit_(unit), copies_(copies), tables_(boot, copies), deep_(deep) {}

  int run() {
    if (!unit_.prepare(boot_.host)) return VTD_NO_MEMORY;
    int status = VTD_OK;
    Word* root = copy_page(unit_.old_root(), status);
    if (root == nullptr) return status == VTD_NO_MEMORY ? VTD_NO_MEMORY : VTD_BAD_ROOT;
    unit_.root = boot_.host.physical(root);
    ++boot_.root_tables;
    if (!root_entries(root)) return VTD_NO_MEMORY;
    boot_.host.write_back(root, kPageBytes);
    return contexts_of(root) ? VTD_OK : VTD_NO_MEMORY;
  }

 private:
  // One context entry of a copy that hardware follows so far.
  struct Place {
    Word* entry;     // low and high qword in the copy
    Word old_entry;  // physical address of the original
    unsigned bus, devfn, sources;
    Word source() const { return bus << 8 | devfn; }
  };

  // nullptr: `status` is VTD_NO_MEMORY, or VTD_BAD_ROOT when the page cannot be read.
  Word* copy_page(Word old_page, int& status) {
    const void* from = boot_.host.map_old_page(old_page);
    status = VTD_BAD_ROOT;
    if (from == nullptr) return nullptr;
    Word* copy = static_cast<Word*>(boot_.host.take_page(/*zeroed:*/ false));
    if (copy != nullptr) memcpy(copy, from, kPageBytes);
    boot_.host.unmap_old_page(from);
    status = copy != nullptr ? VTD_OK : VTD_NO_MEMORY;
    return copy;
  }

  bool follows(const Word* root, unsigned bus) const {
    return unit_.rules().follows_root(root[2 * bus], root[2 * bus + 1]);
  }

  // Links all root entries to copies; false: no memory, and no entry leads to old memory any more.
  bool root_entries(Word* root) {
    WordMap present = WordMap::of(root, RootEntry::Present::mask, 0);
    for (unsigned word = 0; present.next(word);) {
      if (word % 2 != 0 || !follows(root, word / 2)) continue;  // high qwords are no entries
      if (root_entry(root + word, word / 2)) continue;
      memset(root + word, 0, (kWordsPerPage - word) * sizeof(Word));
      return false;
    }
    return true;
  }

  bool root_entry(Word* entry, unsigned bus) {
    const Word old_page = RootEntry::Table::get(*entry);
    if (!boot_.map.is_old_ram(old_page)) return quarantine_root(entry, bus, boot_.map.why_not(old_page));
    if (!boot_.facts.room(boot_.host, 1)) return false;
    if (const Word found = copies_.find(old_page, kContextRole, unit_.number()); found != CopyIndex::kAbsent) {
      add_parent(boot_, found);
      *entry = RootEntry::Table::put(*entry, found);
      return true;
    }
    int status = VTD_OK;
    Word* copy = copy_page(old_page, status);
    if (copy == nullptr) return status == VTD_BAD_ROOT && quarantine_root(entry, bus, VTD_UNREADABLE);
    const Word table = boot_.host.physical(copy);
    if (!copies_.add(boot_.host, old_page, kContextRole, unit_.number(), table)) {
      boot_.host.give_back(copy);
      return false;
    }
    ++boot_.context_tables;
    boot_.facts.at(key::origin(table)) = old_page;
    *entry = RootEntry::Table::put(*entry, table);
    return true;
  }

  bool quarantine_root(Word* entry, unsigned bus, vtd_reason reason) {
    vtd_finding finding = found(VTD_QUARANTINED, reason, kRootRole, bus << 8);
    finding.entry = unit_.old_root() + bus * 2 * sizeof(Word);
    finding.value = *entry;
    *entry = 0;
    return add_finding(boot_, finding);
  }

  // Each context table once, on behalf of all buses that lead to it.
  bool contexts_of(const Word* root) {
    return each_bus(unit_.rules(), root, [&](unsigned bus, Word table) {
      const auto buses = static_cast<unsigned>(parents_of(boot_, table));
      return (buses > 1 && seen_before(root, bus, table)) || contexts_in(table, bus, buses);
    });
  }

  bool seen_before(const Word* root, unsigned bus, Word table) const {
    for (unsigned earlier = 0; earlier < bus; ++earlier) {
      if (follows(root, earlier) && RootEntry::Table::get(root[2 * earlier]) == table) return true;
    }
    return false;
  }

  bool contexts_in(Word table, unsigned bus, unsigned buses) {
    Word* words = boot_.host.table(table);
    const Word old_page = *boot_.facts.find(key::origin(table));
    WordMap present = WordMap::of(words, ContextEntry::Present::mask, 0);
    for (unsigned word = 0; present.next(word);) {
      if (word % 2 != 0) continue;
      const Place place{words + word, old_page + word * sizeof(Word), bus, word / 2, buses};
      if (!context_entry(place)) return false;
    }
    boot_.host.write_back(words, kPageBytes);
    return true;
  }

  bool context_entry(const Place& at) {
    Domain domain{};
    domain.unit = unit_.number();
    domain.id = static_cast<std::uint32_t>(ContextEntry::DomainId::get(at.entry[1]));
    domain.width = static_cast<std::uint8_t>(ContextEntry::Width::get(at.entry[1]));
    const Context kind = unit_.rules().context(at.entry[0], at.entry[1]);
    if (kind == Context::reserved) return true;  // hardware faults before it looks at the id
    if (!id_zero_is_told(domain.id, at)) return false;
    if (kind == Context::paged) return paged(domain, at);
    domain.kind = kind == Context::pass_through ? Domain::identity : Domain::invalid;
    return joins(domain, at, nullptr) != kNone;
  }

  // S§6.2.1: with caching mode id 0 tags what is not present.
  bool id_zero_is_told(Word id, const Place& at) {
    if (id != 0 || !unit_.caching_mode() || id_in_use(boot_, unit_, 0)) return true;
    return tell_conflict(VTD_ID_RESERVED, 0, at);
  }

  bool tell_conflict(vtd_reason reason, std::uint32_t id, const Place& at) {
    vtd_finding finding = found(VTD_CONFLICT, reason, kContextRole, at.source());
    finding.entry = at.old_entry;
    finding.value = at.entry[0];
    finding.domain_id = id;
    return add_finding(boot_, finding);
  }

  bool paged(Domain& domain, const Place& at) {
    domain.kind = Domain::adopted;
    domain.origin = ContextEntry::Table::get(at.entry[0]);
    domain.legacy = true;
    domain.device_tlb = ContextEntry::Type::get(at.entry[0]) == kWithDeviceTlb;
    domain.copied = deep_;
    if (!boot_.map.is_old_ram(domain.origin)) return quarantine(domain, at, boot_.map.why_not(domain.origin));
    if (known(domain)) {
      point(at, domain.table);
      return joins(domain, at, nullptr) != kNone;
    }
    switch (top_table(domain, at)) {
      case TableCopier::Result::ok:
        break;
      case TableCopier::Result::refused:
        return quarantine(domain, at, VTD_UNREADABLE);
      case TableCopier::Result::no_memory:
        return false;
    }
    const bool told = is_alone_in_its_id(domain, at);
    point(at, domain.table);
    const bool joined = told && joins(domain, at, &domain) != kNone;
    if (!joined && deep_) release_table(boot_, domain.table, levels_of(domain.width));
    return joined;
  }

  // Has an earlier entry made this domain? Then its table is known.
  bool known(Domain& domain) const {
    return table_of(domain.origin, domain.width, domain.table) &&
           find_domain(boot_, Domain::adopted, domain.unit, domain.id, domain.width, domain.table) != kNone;
  }

  // What entries of ours name for an old table; false when none does yet.
  bool table_of(Word origin, unsigned width, Word& table) const {
    table = origin;
    if (!deep_) return true;
    table = copies_.find(origin, levels_of(width), 0);
    return table != CopyIndex::kAbsent;
  }

  // One id means one table and one width (S§6.2.1); anything else is told, and kept.
  bool is_alone_in_its_id(const Domain& domain, const Place& at) {
    if (!id_has_old_tables(boot_, domain.unit, domain.id)) return true;
    vtd_reason reason = VTD_ID_TWO_TABLES;
    for (unsigned width = 1; width <= 3; ++width) {
      Word table = 0;
      const bool same = width != domain.width && table_of(domain.origin, width, table) &&
                        find_domain(boot_, Domain::adopted, domain.unit, domain.id, width, table) != kNone;
      if (same) reason = VTD_ID_TWO_WIDTHS;
    }
    return tell_conflict(reason, domain.id, at);
  }

  TableCopier::Result top_table(Domain& domain, const Place& at) {
    if (deep_) {
      tables_.on_behalf_of(domain.unit, at.source());
      return tables_.table(domain.origin, levels_of(domain.width), domain.table);
    }
    return probe(domain.origin);
  }

  // Will a page that stays where it is be readable later? Asked once a page.
  TableCopier::Result probe(Word old_page) {
    constexpr Word kReadable = 0, kRefused = kPageBytes;
    constexpr unsigned kStays = kRootRole;  // root tables are never looked up, so their role is free for this
    Word known = copies_.find(old_page, kStays, 0);
    if (known == CopyIndex::kAbsent) {
      const void* shown = boot_.host.map_old_page(old_page);
      if (shown != nullptr) boot_.host.unmap_old_page(shown);
      known = shown != nullptr ? kReadable : kRefused;
      if (!copies_.add(boot_.host, old_page, kStays, 0, known)) return TableCopier::Result::no_memory;
    }
    return known == kReadable ? TableCopier::Result::ok : TableCopier::Result::refused;
  }

  void point(const Place& at, Word table) { at.entry[0] = ContextEntry::Table::put(at.entry[0], table); }

  // The domain gets the sources of this entry; it is made first when it does not exist. kNone: no memory.
  std::uint32_t joins(const Domain& domain, const Place& at, const Domain* fresh) {
    std::uint32_t handle =
        fresh != nullptr ? kNone : find_domain(boot_, domain.kind, domain.unit, domain.id, domain.width, domain.table);
    if (handle == kNone) handle = add_domain(boot_, domain);
    if (handle == kNone) return kNone;
    boot_.domains[handle].contexts += at.sources;
    boot_.domains[handle].device_tlb |= domain.device_tlb;
    return handle;
  }

  // Not present any more, but the id stays in use: hardware may remember what the old entry gave.
  bool quarantine(Domain& domain, const Place& at, vtd_reason reason) {
    vtd_finding finding = found(VTD_QUARANTINED, reason, kContextRole, at.source());
    finding.entry = at.old_entry;
    finding.value = at.entry[0];
    finding.domain_id = domain.id;
    at.entry[0] &= ContextEntry::FaultProcessingDisable::mask;
    at.entry[1] &= ContextEntry::Width::mask | ContextEntry::DomainId::mask;
    domain.kind = Domain::invalid;
    domain.copied = domain.legacy = domain.device_tlb = false;
    domain.table = domain.origin = 0;
    const std::uint32_t handle = joins(domain, at, nullptr);
    if (handle == kNone || !boot_.facts.room(boot_.host, 1)) return false;
    boot_.facts.at(key::quarantined(unit_.number(), at.old_entry)) = handle;
    return add_finding(boot_, finding);
  }

  vtd_finding found(vtd_finding_kind kind, vtd_reason reason, unsigned level, Word source) const {
    vtd_finding finding{};
    finding.kind = static_cast<std::uint32_t>(kind);
    finding.reason = static_cast<std::uint32_t>(reason);
    finding.unit = unit_.number();
    finding.level = level;
    finding.source_id = static_cast<std::uint32_t>(source);
    return finding;
  }

  Boot& boot_;
  Unit& unit_;
  CopyIndex& copies_;
  TableCopier tables_;
  bool deep_;
};

}  // namespace

int copy_units(Boot& boot, bool deep) {
  CopyIndex copies{};
  int status = VTD_OK;
  for (std::uint32_t i = 0; i < boot.units.size() && status == VTD_OK; ++i) {
    status = UnitCopier(boot, boot.units[i], copies, deep).run();
  }
  copies.clear(boot.host);
  if (status != VTD_OK) give_back_tables(boot);
  return status;
}

void give_back_tables(Boot& boot) {
  for (std::uint32_t i = 0; i < boot.domains.size(); ++i) {
    Domain& domain = boot.domains[i];
    if (domain.copied) release_table(boot, domain.table, levels_of(domain.width));
  }
  for (std::uint32_t i = 0; i < boot.units.size(); ++i) {
    Unit& unit = boot.units[i];
    if (unit.root != 0) {
      Word* root = boot.host.table(unit.root);
      each_bus(unit.rules(), root, [&](unsigned, Word table) {
        release_table(boot, table, 1);  // a page without children of its own
        return true;
      });
      boot.host.give_back(root);
    }
    unit.root = 0;
    unit.ids_used = unit.next_id = 0;
    unit.give_back(boot.host);
  }
  give_back_limbo(boot);
  boot.facts.clear(boot.host);
  boot.domains.clear(boot.host);
  boot.made.clear(boot.host);
  boot.findings.clear(boot.host);
  boot.free_domain = boot.free_made = 0;
  boot.root_tables = boot.context_tables = 0;
  for (std::uint64_t& tables : boot.paging_tables) tables = 0;
}

}  // namespace vtd::engine
