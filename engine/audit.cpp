// SPDX-License-Identifier: Apache-2.0 OR MIT
// The audit. Each table is judged once for a unit, however many paths lead to it; only writable paths are followed.
#include "engine/audit.h"

#include "engine/bus.h"
#include "engine/copy.h"
#include "engine/domains.h"
#include "engine/keys.h"
#include "engine/scan.h"
#include "engine/table_reader.h"
#include "engine/tables.h"

namespace vtd::engine {
namespace {

enum Hazard : unsigned { kNothing = 0, kCrashMemory = 1, kRegisters = 2, kBoth = 3 };

class Auditor {
 public:
  explicit Auditor(Boot& boot) : boot_(boot), reader_(boot) {}
  ~Auditor() { memo_.clear(boot_.host); }
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

  bool run() {
    for (std::uint32_t i = 0; i < boot_.units.size(); ++i) {
      if (!contexts_of(boot_.units[i])) return false;
    }
    for (std::uint32_t i = 0; i < boot_.regions.size(); ++i) {
      if (!region(boot_.regions[i])) return false;
    }
    return !out_of_memory_ && !reader_.out_of_memory();
  }

 private:
  bool contexts_of(const Unit& unit) {
    return each_bus(unit.rules(), boot_.host.table(unit.root), [&](unsigned bus, Word table) {
      if (is_shared(boot_, table)) {
        const Word seen = key::copy(table, kContextRole, unit.number());
        if (memo_.find(seen) != nullptr) return true;
        if (!remember(seen, kNothing)) return false;
      }
      const Word* words = boot_.host.table(table);
      WordMap present = WordMap::of(words, ContextEntry::Present::mask, 0);
      for (unsigned word = 0; present.next(word);) {
        if (word % 2 == 0 && !context(unit, table, words, word, bus)) return false;
      }
      return true;
    });
  }

  bool context(const Unit& unit, Word table, const Word* words, unsigned word, unsigned bus) {
    const std::uint32_t handle = domain_of(boot_, unit, words[word], words[word + 1]);
    if (handle == kNone) return true;
    const Domain& domain = boot_.domains[handle];
    vtd_finding finding{};
    finding.kind = VTD_HAZARD;
    finding.unit = unit.number();
    finding.level = kContextRole;
    finding.source_id = bus << 8 | word / 2;
    const Word* origin = boot_.facts.find(key::origin(table));
    finding.entry = origin != nullptr ? *origin + word * sizeof(Word) : 0;
    finding.value = domain.kind == Domain::adopted ? ContextEntry::Table::put(words[word], domain.origin) : words[word];
    const auto tell = [&](vtd_reason reason) {
      finding.reason = static_cast<std::uint32_t>(reason);
      return add_finding(boot_, finding);
    };
    if (domain.kind == Domain::identity) return tell(VTD_REACHES_EVERYTHING);
    if (domain.kind != Domain::adopted || !domain.legacy) return true;
    const unsigned hazards = hazards_of(unit, domain);
    const bool bypasses = ContextEntry::Type::get(words[word]) == kWithDeviceTlb;
    return (!bypasses || tell(VTD_BYPASSES_TABLES)) &&
           ((hazards & kCrashMemory) == 0 || tell(VTD_COVERS_CRASH_MEMORY)) &&
           ((hazards & kRegisters) == 0 || tell(VTD_COVERS_REGISTERS));
  }

  unsigned hazards_of(const Unit& unit, const Domain& domain) {
    const unsigned level = levels_of(domain.width);
    // A unit narrower than the table never gets to its upper entries (S§3.6).
    const Word reachable = (unit.rules().input_end(domain.width) - 1) / span_of(level) + 1;
    const auto count = static_cast<unsigned>(reachable);
    if (count >= kWordsPerPage) return hazards_in(unit, domain.table, level, domain.copied);
    return hazards_among(unit, domain.table, level, domain.copied, count);
  }

  unsigned hazards_in(const Unit& unit, Word table, unsigned level, bool ours) {
    const bool shared = !ours || is_shared(boot_, table);
    const Word key = key::copy(table, level, unit.number());
    if (shared) {
      if (const Word* known = memo_.find(key); known != nullptr) return static_cast<unsigned>(*known);
    }
    const unsigned hazards = hazards_among(unit, table, level, ours, kWordsPerPage);
    if (shared) remember(key, hazards);
    return hazards;
  }

  unsigned hazards_among(const Unit& unit, Word table, unsigned level, bool ours, unsigned count) {
    const Word* words = reader_.read(table, level, ours);
    if (words == nullptr) return kNothing;
    const MadeEntries* made = ours ? made_entries(boot_, table) : nullptr;
    unsigned hazards = kNothing;
    Word first = 1, last = 0;  // leaves that map on without a gap are looked up together
    WordMap writable = WordMap::of(words, PagingEntry::Write::mask, 0);
    for (unsigned i = 0; hazards != kBoth && writable.next(i) && i < count && !out_of_memory_;) {
      const Paging kind = unit.rules().paging(words[i], level);
      if (kind == Paging::link) hazards |= hazards_in(unit, words[i] & boot_.link.address, level - 1, ours);
      if (kind != Paging::leaf || (made != nullptr && made->has(i))) continue;
      const Word page = words[i] & boot_.link.address & ~(span_of(level) - 1);
      if (page != last + 1) {
        hazards |= hazards_at(first, last);
        first = page;
      }
      last = page + (span_of(level) - 1);
    }
    return hazards | hazards_at(first, last);
  }

  unsigned hazards_at(Word first, Word last) const {
    if (first > last) return kNothing;
    return (boot_.map.touches_crash(first, last) ? kCrashMemory : kNothing) |
           (boot_.map.touches_registers(first, last) ? kRegisters : kNothing);
  }

  // S§8.4: the whole region, input equal to output, readable and writable.
  bool region(const vtd_reserved_region& region) {
    if (region.unit >= boot_.units.size() || region.source_id > 0xffff || is_mapped(region)) return true;
    vtd_finding finding{};
    finding.kind = VTD_RESERVED_UNMAPPED;
    finding.reason = VTD_REGION_UNMAPPED;
    finding.unit = region.unit;
    finding.source_id = region.source_id;
    finding.value = region.first;
    return add_finding(boot_, finding);
  }

  bool is_mapped(const vtd_reserved_region& region) {
    const Unit& unit = boot_.units[region.unit];
    if (unit.blocks_everything()) return false;
    const Word root_low = boot_.host.table(unit.root)[2 * (region.source_id >> 8)];
    const Word root_high = boot_.host.table(unit.root)[2 * (region.source_id >> 8) + 1];
    if (!unit.rules().follows_root(root_low, root_high)) return false;
    const Word* entry = boot_.host.table(RootEntry::Table::get(root_low)) + 2 * (region.source_id & 0xff);
    const std::uint32_t handle = domain_of(boot_, unit, entry[0], entry[1]);
    if (handle == kNone || boot_.domains[handle].kind == Domain::invalid) return false;
    const Domain& domain = boot_.domains[handle];
    if (domain.kind == Domain::identity) return region.last >> boot_.host_address_width == 0;
    if (region.last >= unit.rules().input_end(domain.width)) return false;
    return is_identity(unit, domain.table, levels_of(domain.width), domain.copied, 0, page_of(region.first),
                       region.last);
  }

  bool is_identity(const Unit& unit, Word table, unsigned level, bool ours, Word base, Word first, Word last) {
    const Word* words = reader_.read(table, level, ours);
    const Word span = span_of(level);
    Word at = first > base ? first : base;
    for (; words != nullptr && at <= last && at - base < span * kWordsPerPage; at = (at & ~(span - 1)) + span) {
      const Word entry = words[(at - base) / span];
      const bool both = (entry & PagingEntry::permissions) == PagingEntry::permissions;
      const Word entry_first = at & ~(span - 1), to = entry & boot_.link.address;
      switch (both ? unit.rules().paging(entry, level) : Paging::absent) {
        case Paging::absent:
        case Paging::reserved:
          return false;
        case Paging::leaf:
          if ((to & ~(span - 1)) != entry_first) return false;
          break;
        case Paging::link:
          if (!is_identity(unit, to, level - 1, ours, entry_first, first, last)) return false;
          break;
      }
    }
    return words != nullptr;
  }

  bool remember(Word key, unsigned hazards) {
    if (memo_.room(boot_.host, 1)) {
      memo_.at(key) = hazards;
      return true;
    }
    out_of_memory_ = true;
    return false;
  }

  Boot& boot_;
  TableReader reader_;
  PageIndex memo_{};
  bool out_of_memory_ = false;
};

// The findings of an earlier audit go; those of the copy move up in their place.
void drop_earlier(Boot& boot) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < boot.findings.size(); ++i) {
    const vtd_finding& finding = boot.findings[i];
    if (finding.kind == VTD_HAZARD || finding.kind == VTD_RESERVED_UNMAPPED) continue;
    boot.findings[kept++] = finding;
  }
  boot.findings.shrink(kept);
}

}  // namespace

int audit(Boot& boot) {
  drop_earlier(boot);
  const std::uint32_t before = boot.findings.size();
  if (Auditor(boot).run()) return VTD_OK;
  boot.findings.shrink(before);
  boot.findings.trim(boot.host);
  return VTD_NO_MEMORY;
}

}  // namespace vtd::engine
