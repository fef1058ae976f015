// SPDX-License-Identifier: Apache-2.0 OR MIT
// The protocol of context and root entries. A present entry changes by one aligned store of eight bytes.
#include "engine/context.h"

#include "engine/bus.h"
#include "engine/domains.h"
#include "engine/keys.h"
#include "engine/scan.h"
#include "engine/tables.h"

namespace vtd::engine {
namespace {

constexpr std::uint64_t kEntryBytes = 2 * sizeof(Word);

// Calls visit(source, entry) for each device whose present entry belongs to the domain.
template <class Visit>
void each_context(Boot& boot, const Domain& domain, Visit visit) {
  const Unit& unit = boot.units[domain.unit];
  const std::uint32_t handle = find_domain(boot, domain.kind, domain.unit, domain.id, domain.width, domain.table);
  each_bus(unit.rules(), boot.host.table(unit.root), [&](unsigned bus, Word table) {
    Word* words = boot.host.table(table);
    WordMap present = WordMap::of(words, ContextEntry::Present::mask, 0);
    for (unsigned word = 0; present.next(word);) {
      if (word % 2 == 0 && domain_of(boot, unit, words[word], words[word + 1]) == handle)
        visit(bus << 8 | word / 2, words + word);
    }
    return true;
  });
}

int install_root(Boot& boot, Unit& unit, Word* entry, Word table) {
  Host& host = boot.host;
  if (RootEntry::Present::in(entry[0])) {  // present but reserved: hardware faulted here
    store_live(entry, 0);
    host.write_back(entry, kEntryBytes);
    if (const int status = unit.forget_everything(host); status != VTD_OK) return status;
  }
  store_live(entry + 1, 0);
  host.barrier();
  store_live(entry, table | RootEntry::Present::mask);
  host.write_back(entry, kEntryBytes);
  return unit.caching_mode() ? unit.forget_everything(host) : VTD_OK;
}

}  // namespace

ContextPlace find_context(const Boot& boot, const Unit& unit, Word source) {
  ContextPlace place{};
  place.root_entry = boot.host.table(unit.root) + 2 * (source >> 8);
  if (!unit.rules().follows_root(place.root_entry[0], place.root_entry[1])) return place;
  place.table = RootEntry::Table::get(place.root_entry[0]);
  place.entry = boot.host.table(place.table) + 2 * (source & 0xff);
  return place;
}

bool needs_own_table(const Boot& boot, const ContextPlace& place) {
  return place.entry == nullptr || is_shared(boot, place.table);
}

int own_table(Boot& boot, Unit& unit, Word source, ContextPlace& place) {
  if (!needs_own_table(boot, place)) return VTD_OK;
  Host& host = boot.host;
  Word* words = static_cast<Word*>(host.take_reserved(/*zeroed:*/ place.entry == nullptr));
  const Word table = host.physical(words);
  if (place.entry != nullptr) {
    memcpy(words, host.table(place.table), kPageBytes);
    boot.facts.at(key::origin(table)) = *boot.facts.find(key::origin(place.table));
  }
  host.write_back(words, kPageBytes);
  int status = VTD_OK;
  if (place.entry == nullptr) {
    status = install_root(boot, unit, place.root_entry, table);
  } else {
    store_live(place.root_entry, RootEntry::Table::put(*place.root_entry, table));
    host.write_back(place.root_entry, kEntryBytes);
    status = unit.forget_everything(host);
    let_go(boot, place.table, 1, status);  // one bus less; the other buses keep it
  }
  if (!RootEntry::Present::in(*place.root_entry)) host.give_back(words);  // hardware did not let go of what stood there
  place.table = table;
  place.entry = words + 2 * (source & 0xff);
  return status;
}

int retire_context(Boot& boot, Unit& unit, Word source, Word* entry, DeviceTlb device) {
  Host& host = boot.host;
  const Word low = entry[0], id = ContextEntry::DomainId::get(entry[1]);
  if (!ContextEntry::Present::in(low)) return VTD_OK;
  store_live(entry, low & ~ContextEntry::Present::mask);
  host.write_back(entry, kEntryBytes);
  // An id beyond the unit's is reserved: nothing was cached under it, and no command can name it.
  int status = id < unit.rules().domain_ids ? unit.forget_device(host, source, id) : unit.forget_everything(host);
  const bool has_device_tlb = ContextEntry::Type::get(low) == kWithDeviceTlb && unit.rules().device_tlb;
  // Asked although the unit did not answer: its queue works in order, so what answers later answers for the device too.
  if (has_device_tlb && device == DeviceTlb::told)
    status = first_error(status, unit.forget_device_tlbs(host, &source, 1));
  if (status != VTD_OK) return status;
  store_live(entry, 0);
  store_live(entry + 1, 0);
  host.write_back(entry, kEntryBytes);
  return VTD_OK;
}

int install_context(Boot& boot, Unit& unit, Word source, Word* entry, Word low, Word high) {
  Host& host = boot.host;
  store_live(entry + 1, high);
  host.barrier();
  store_live(entry, low | ContextEntry::Present::mask);
  host.write_back(entry, kEntryBytes);
  if (!unit.caching_mode()) return unit.flush_write_buffer(host);
  // What was not present is remembered under id 0 (S§6.1).
  const int status = unit.forget_device(host, source, 0);
  return status != VTD_OK ? status : unit.forget_translations(host, ContextEntry::DomainId::get(high));
}

int swap_table(Boot& boot, std::uint32_t handle, Word table) {
  Host& host = boot.host;
  const Domain before = boot.domains[handle];
  each_context(boot, before, [&](Word, Word* entry) {
    store_live(entry, ContextEntry::Table::put(*entry, table));
    host.write_back(entry, kEntryBytes);
  });
  set_table(boot, handle, table);
  return boot.units[before.unit].forget_domain(host, before.id);
}

int forget_device_tlbs(Boot& boot, const Domain& domain) {
  if (!domain.device_tlb) return VTD_OK;
  Unit& unit = boot.units[domain.unit];
  Word sources[Unit::kDeviceTlbsAtOnce];
  unsigned count = 0;
  int status = VTD_OK;
  const auto ask = [&] {
    if (count != 0) status = first_error(status, unit.forget_device_tlbs(boot.host, sources, count));
    count = 0;
  };
  each_context(boot, domain, [&](Word source, const Word* entry) {
    if (ContextEntry::Type::get(*entry) != kWithDeviceTlb) return;
    const Word* device = boot.facts.find(key::device(domain.unit, source));
    if (device != nullptr && (*device & key::kGone) != 0) return;
    sources[count++] = source;
    if (count == Unit::kDeviceTlbsAtOnce) ask();
  });
  ask();
  return status;
}

}  // namespace vtd::engine
