// SPDX-License-Identifier: Apache-2.0 OR MIT
// Domains by handle, by context entry and by id.
#include "engine/domains.h"

#include "engine/keys.h"
#include "engine/tables.h"

namespace vtd::engine {
namespace {

constexpr Word kWithOldTables = Word{1} << 32;  // the upper half of a key::id value counts these

Word key_of(Domain::Kind kind, unsigned unit, Word id, Word width, Word table) {
  if (kind == Domain::identity) return key::domain(unit, id, width, key::kNoTableIdentity);
  if (kind == Domain::invalid) return key::domain(unit, id, 0, key::kNoTableInvalid);
  return key::domain(unit, id, width, table);
}

Word key_of(const Domain& domain) { return key_of(domain.kind, domain.unit, domain.id, domain.width, domain.table); }

Word weight_of(const Domain& domain) { return domain.kind == Domain::adopted ? kWithOldTables + 1 : 1; }

}  // namespace

std::uint32_t find_domain(const Boot& boot, Domain::Kind kind, unsigned unit, Word id, Word width, Word table) {
  const Word* handle = boot.facts.find(key_of(kind, unit, id, width, table));
  return handle != nullptr ? static_cast<std::uint32_t>(*handle) : kNone;
}

std::uint32_t domain_of(const Boot& boot, const Unit& unit, Word low, Word high) {
  const Word id = ContextEntry::DomainId::get(high), width = ContextEntry::Width::get(high);
  switch (unit.rules().context(low, high)) {
    case Context::absent:
    case Context::reserved:
      return kNone;
    case Context::invalid:
      return find_domain(boot, Domain::invalid, unit.number(), id, 0, 0);
    case Context::pass_through:
      return find_domain(boot, Domain::identity, unit.number(), id, width, 0);
    case Context::paged:
      break;
  }
  return find_domain(boot, Domain::adopted, unit.number(), id, width, ContextEntry::Table::get(low));
}

bool room_for_domain(Boot& boot, std::uint64_t facts) {
  constexpr std::uint64_t kFactsOfDomain = 2;
  return boot.facts.room(boot.host, facts + kFactsOfDomain) &&
         (boot.free_domain != 0 || boot.domains.room(boot.host, 1));
}

std::uint32_t add_domain(Boot& boot, const Domain& domain) {
  if (!room_for_domain(boot, 0)) return kNone;
  std::uint32_t handle = boot.free_domain - 1;
  if (boot.free_domain != 0) {
    boot.free_domain = boot.domains[handle].next_free;
  } else {
    handle = boot.domains.size();
    boot.domains.append(boot.host);
  }
  boot.domains[handle] = domain;
  boot.facts.at(key_of(domain)) = handle;
  Word& users = boot.facts.at(key::id(domain.unit, domain.id));
  boot.units[domain.unit].ids_used += users == 0;
  users += weight_of(domain);
  return handle;
}

void drop_if_unused(Boot& boot, std::uint32_t handle) {
  Domain& domain = boot.domains[handle];
  if (domain.contexts != 0 || domain.attached != 0) return;
  boot.facts.erase(key_of(domain));
  Word* users = boot.facts.find(key::id(domain.unit, domain.id));
  *users -= weight_of(domain);
  if (*users == 0) {
    boot.facts.erase(key::id(domain.unit, domain.id));
    --boot.units[domain.unit].ids_used;
  }
  if (domain.copied) release_table(boot, domain.table, levels_of(domain.width));
  domain = {};
  domain.next_free = boot.free_domain;
  boot.free_domain = handle + 1;
}

void set_table(Boot& boot, std::uint32_t handle, Word table) {
  Domain& domain = boot.domains[handle];
  boot.facts.erase(key_of(domain));
  domain.table = table;
  boot.facts.at(key_of(domain)) = handle;  // in the room of the key that went
}

bool id_in_use(const Boot& boot, const Unit& unit, Word id) {
  return boot.facts.find(key::id(unit.number(), id)) != nullptr;
}

// The search goes round: an id that came back lately is given out as late as possible.
std::uint32_t find_free_id(const Boot& boot, Unit& unit) {
  const bool zero_is_free = !unit.caching_mode() && !id_in_use(boot, unit, 0);
  const unsigned others_used = unit.ids_used - id_in_use(boot, unit, 0);
  if (others_used + 1 >= unit.rules().domain_ids) return zero_is_free ? 0 : kNone;
  std::uint32_t id = unit.next_id;
  do { id = id + 1 < unit.rules().domain_ids ? id + 1 : 1; } while (id_in_use(boot, unit, id));
  unit.next_id = id;
  return id;
}

bool id_has_old_tables(const Boot& boot, unsigned unit, Word id) {
  const Word* users = boot.facts.find(key::id(unit, id));
  return users != nullptr && *users >= kWithOldTables;
}

}  // namespace vtd::engine
