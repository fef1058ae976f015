// SPDX-License-Identifier: Apache-2.0 OR MIT
// Adoption: a device with an old context entry keeps its translation; any other gets an empty domain of its own.
#include "engine/devices.h"

#include "engine/copy.h"
#include "engine/domains.h"
#include "engine/keys.h"
#include "engine/mapping.h"
#include "engine/tables.h"
#include "engine/transaction.h"

namespace vtd::engine {
namespace {

using key::kGone;
using key::kHandedOver;

std::uint32_t handle_in(Word device) { return static_cast<std::uint32_t>(device); }

vtd_domain describe(const Domain& domain, std::uint32_t handle) {
  vtd_domain answer{};
  answer.abi = VTD_ABI;
  answer.size = sizeof answer;
  answer.handle = handle;
  answer.kind = domain.kind == Domain::adopted ? VTD_ADOPTED : domain.kind == Domain::fresh ? VTD_NEW : VTD_IDENTITY;
  answer.unit = domain.unit;
  answer.domain_id = domain.id;
  answer.width = domain.width;
  answer.devices = domain.attached;
  answer.table = domain.kind == Domain::identity ? 0 : domain.table;
  return answer;
}

// Room for what is known of a device.
bool room_for_device(Boot& boot) { return boot.facts.room(boot.host, 1); }

// Page tables that stayed in old memory, now copied for their first device. On failure nothing has changed.
int copy_page_tables(Boot& boot, const Domain& domain, Word source, Word& table) {
  const std::uint32_t findings = boot.findings.size();
  std::uint64_t counted[kLevelsMost + 1];
  memcpy(counted, boot.paging_tables, sizeof counted);
  CopyIndex copies{};
  TableCopier copier(boot, copies);
  copier.on_behalf_of(domain.unit, source);
  const auto result = copier.table(domain.origin, levels_of(domain.width), table);
  copies.clear(boot.host);
  if (result == TableCopier::Result::ok) {
    if (room_for_device(boot)) return VTD_OK;
    release_table(boot, table, levels_of(domain.width));
  }
  boot.findings.shrink(findings);
  memcpy(boot.paging_tables, counted, sizeof counted);
  return result == TableCopier::Result::refused ? VTD_BAD_ROOT : VTD_NO_MEMORY;
}

int join(Boot& boot, std::uint32_t handle, Word source) {
  Domain& domain = boot.domains[handle];
  const bool copies = domain.kind == Domain::adopted && !domain.copied;
  {
    Transaction transaction(boot);
    Word table = 0;
    if (copies) {
      if (const int status = copy_page_tables(boot, domain, source, table); status != VTD_OK) return status;
    } else if (!room_for_device(boot)) {
      return VTD_NO_MEMORY;
    }
    transaction.keep();
    if (copies) {
      domain.copied = true;
      if (const int status = swap_table(boot, handle, table); status != VTD_OK) return status;
    }
  }
  boot.facts.at(key::device(domain.unit, source)) = handle;
  ++domain.attached;
  return VTD_OK;
}

// The domain of the quarantined entry that stood here before any device came; kNone when there was none.
std::uint32_t quarantined_domain(const Boot& boot, const Unit& unit, Word source, Word table) {
  const Word* const origin = boot.facts.find(key::origin(table));
  if (origin == nullptr || boot.facts.find(key::left(unit.number(), source)) != nullptr) return kNone;
  const Word old_entry = *origin + (source & 0xff) * 2 * sizeof(Word);
  const Word* const handle = boot.facts.find(key::quarantined(unit.number(), old_entry));
  return handle != nullptr ? static_cast<std::uint32_t>(*handle) : kNone;
}

// The domain whose entry stood here and did not translate loses it.
void leave_invalid_domain(Boot& boot, const Unit& unit, Word source, Word table, std::uint32_t handle) {
  if (const std::uint32_t was = quarantined_domain(boot, unit, source, table); was != kNone) {
    handle = was;
    boot.facts.at(key::left(unit.number(), source)) = 1;
  }
  if (handle == kNone) return;
  --boot.domains[handle].contexts;
  drop_if_unused(boot, handle);
}

std::uint32_t add_empty_domain(Boot& boot, const Unit& unit, std::uint32_t id) {
  void* page = boot.host.take_reserved(/*zeroed:*/ true);
  boot.host.write_back(page, kPageBytes);
  Domain domain{};
  domain.kind = Domain::fresh;
  domain.unit = unit.number();
  domain.id = id;
  domain.width = static_cast<std::uint8_t>(unit.rules().widest());
  domain.table = boot.host.physical(page);
  domain.copied = true;
  domain.contexts = 1;
  return add_domain(boot, domain);
}

// A present entry that did not translate is retired first (`invalid`: the domain it belongs to, or kNone).
int move_into_new_domain(Boot& boot, Unit& unit, Word source, ContextPlace place, std::uint32_t invalid,
                         std::uint32_t& handle) {
  const std::uint32_t id = find_free_id(boot, unit);
  if (id == kNone) return VTD_NO_DOMAIN_ID;
  Transaction transaction(boot);
  constexpr std::uint64_t kMoreFacts = 3;  // the device, that it left, and the origin of a context table of its own
  const std::uint64_t pages = needs_own_table(boot, place) ? 2 : 1;
  if (!room_for_domain(boot, kMoreFacts) || !boot.host.reserve(pages)) return VTD_NO_MEMORY;
  transaction.keep();
  if (const int status = own_table(boot, unit, source, place); status != VTD_OK) return status;
  if (const int status = retire_context(boot, unit, source, place.entry, DeviceTlb::told); status != VTD_OK)
    return status;
  leave_invalid_domain(boot, unit, source, place.table, invalid);
  handle = add_empty_domain(boot, unit, id);
  Domain& domain = boot.domains[handle];
  const Word high = ContextEntry::Width::make(domain.width) | ContextEntry::DomainId::make(id);
  if (const int status = install_context(boot, unit, source, place.entry, domain.table, high); status != VTD_OK) {
    // Hardware does not answer. The domain keeps its entry, so that neither its id nor its table is used again.
    store_live(place.entry, 0);
    boot.host.write_back(place.entry, sizeof(Word));
    return status;
  }
  boot.facts.at(key::device(unit.number(), source)) = handle;
  ++domain.attached;
  return VTD_OK;
}

}  // namespace

int attach_device(Boot& boot, Unit& unit, Word source, vtd_domain& answer) {
  if (boot.facts.find(key::device(unit.number(), source)) != nullptr) return VTD_EXISTS;
  const ContextPlace place = find_context(boot, unit, source);
  std::uint32_t handle = place.entry != nullptr ? domain_of(boot, unit, place.entry[0], place.entry[1]) : kNone;
  const bool translates = handle != kNone && boot.domains[handle].kind != Domain::invalid;
  const int status =
      translates ? join(boot, handle, source) : move_into_new_domain(boot, unit, source, place, handle, handle);
  if (status == VTD_OK) answer = describe(boot.domains[handle], handle);
  return status;
}

int detach_device(Boot& boot, Unit& unit, Word source, DeviceTlb device) {
  const Word key = key::device(unit.number(), source);
  Word* attached = boot.facts.find(key);
  if (attached == nullptr) return VTD_NO_DEVICE;
  if (device == DeviceTlb::gone) *attached |= kGone;  // whatever comes of this call
  if ((*attached & kGone) != 0) device = DeviceTlb::gone;
  const std::uint32_t handle = handle_in(*attached);
  const bool handed_over = (*attached & kHandedOver) != 0;
  ContextPlace place = find_context(boot, unit, source);
  Transaction transaction(boot);
  if (!boot.facts.room(boot.host, 1) || !boot.host.reserve(needs_own_table(boot, place))) return VTD_NO_MEMORY;
  transaction.keep();
  int status = own_table(boot, unit, source, place);
  if (status != VTD_OK) return status;
  status = retire_context(boot, unit, source, place.entry, device);
  Domain& domain = boot.domains[handle];
  boot.facts.erase(key);
  --domain.attached;
  domain.handed_over -= handed_over;
  // When hardware does not answer it may remember this entry: the domain then keeps id and tables to the end.
  if (status != VTD_OK) return status;
  --domain.contexts;
  drop_if_unused(boot, handle);
  return VTD_OK;
}

int hand_over_device(Boot& boot, Unit& unit, Word source) {
  Word* attached = boot.facts.find(key::device(unit.number(), source));
  if (attached == nullptr) return VTD_NO_DEVICE;
  const std::uint32_t handle = handle_in(*attached);
  Domain& domain = boot.domains[handle];
  if (domain.kind == Domain::identity) return VTD_PASS_THROUGH;
  const bool again = (*attached & kHandedOver) != 0;
  const std::uint32_t handed_over = domain.handed_over + (again ? 0 : 1);
  const bool all = handed_over == domain.attached && domain.attached == domain.contexts;
  const int status = domain.legacy && all ? drop_legacy_mappings(boot, handle) : static_cast<int>(VTD_OK);
  if (status == VTD_NO_MEMORY) return status;
  domain.handed_over = handed_over;
  *boot.facts.find(key::device(unit.number(), source)) |= kHandedOver;
  return status;
}

}  // namespace vtd::engine
