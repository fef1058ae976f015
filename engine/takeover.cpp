// SPDX-License-Identifier: Apache-2.0 OR MIT
// The interface: arguments and the order of calls are checked here, and nowhere below.
#include "engine/takeover.h"

#include "engine/audit.h"
#include "engine/copy.h"
#include "engine/devices.h"
#include "engine/domains.h"
#include "engine/iova.h"
#include "engine/mapping.h"

struct vtd_boot : vtd::engine::Boot {};
static_assert(sizeof(vtd_boot) <= VTD_PAGE_BYTES);

namespace vtd::engine {
namespace {

constexpr bool is_whole_pages(Word value) { return value % kPageBytes == 0; }

bool is_platform(const vtd_platform& platform) {
  return platform.abi == VTD_ABI && platform.size >= sizeof platform && platform.unit_count != 0 &&
         platform.unit_count <= kUnitsMost && platform.host_address_width > kPageShift &&
         platform.host_address_width <= kAddressBits && platform.strategy <= VTD_AUTO;
}

void shutdown(vtd_boot* boot) {
  give_back_tables(*boot);
  boot->units.clear(boot->host);
  boot->regions.clear(boot->host);
  boot->map.close(boot->host);
  Host host = boot->host;  // the page that holds it goes
  host.give_back(boot);
}

int open_unit(Boot& boot, unsigned number) {
  Unit* unit = boot.units.append(boot.host);
  if (unit == nullptr) return VTD_NO_MEMORY;
  const int status = unit->open(boot.host, number, boot.host_address_width);
  if (status != VTD_OK) return status;
  // A unit may leave out the bits of RTADDR above the host address width (S§11.4.5): where its root lies is not known
  // then.
  const bool implemented = (unit->old_root() & ~(boot.link.address | (kPageBytes - 1))) == 0;
  return implemented && boot.map.is_old_ram(unit->old_root()) ? VTD_OK : VTD_BAD_ROOT;
}

int open(Boot& boot, const vtd_platform& platform) {
  boot.host_address_width = platform.host_address_width;
  boot.strategy = platform.strategy;
  boot.link = LinkRule::of(platform.host_address_width);
  if (!boot.map.open(boot.host, platform)) return VTD_NO_MEMORY;
  for (std::uint32_t i = 0; i < platform.reserved_count; ++i) {
    vtd_reserved_region* region = boot.regions.append(boot.host);
    if (region == nullptr) return VTD_NO_MEMORY;
    *region = platform.reserved[i];
  }
  bool write_back = false;
  for (std::uint32_t i = 0; i < platform.unit_count; ++i) {
    if (const int status = open_unit(boot, i); status != VTD_OK) return status;
    write_back |= !boot.units[i].coherent();
  }
  boot.host.set_write_back(write_back);
  return VTD_OK;
}

int boot(const vtd_host* api, const vtd_platform* platform, vtd_boot** answer) {
  if (api == nullptr || platform == nullptr || answer == nullptr) return VTD_BAD_ARGUMENT;
  if (api->abi != VTD_ABI || api->size < sizeof *api || !is_platform(*platform)) return VTD_BAD_ARGUMENT;
  Host host{};
  host.start(*api);
  void* page = host.take_page(/*zeroed:*/ false);
  if (page == nullptr) return VTD_NO_MEMORY;
  auto* made = new (InPage{page}) vtd_boot();
  made->host = host;
  const int status = open(*made, *platform);
  if (status != VTD_OK) {
    shutdown(made);
    return status;
  }
  *answer = made;
  return VTD_OK;
}

int copy(vtd_boot* boot) {
  if (boot->state != Boot::opened) return VTD_WRONG_STATE;
  const std::uint32_t wanted = boot->strategy;
  boot->strategy = wanted == VTD_SHALLOW ? VTD_SHALLOW : VTD_DEEP;
  int status = copy_units(*boot, boot->strategy == VTD_DEEP);
  if (status == VTD_NO_MEMORY && wanted == VTD_AUTO) {
    boot->strategy = VTD_SHALLOW;
    status = copy_units(*boot, /*deep:*/ false);
  }
  if (status == VTD_OK) {
    boot->state = Boot::copied;
  } else {
    boot->strategy = wanted;
  }
  return status;
}

// Every unit is tried, and the first error is the answer: no later success hides it.
int commit(vtd_boot* boot) {
  if (boot->state != Boot::copied) return VTD_WRONG_STATE;
  int first = VTD_OK;
  for (std::uint32_t i = 0; i < boot->units.size(); ++i) {
    const int status = boot->units[i].switch_root(boot->host);
    if (first == VTD_OK) first = status;
  }
  boot->state = first == VTD_OK ? Boot::committed : Boot::failed;
  return first;
}

int audit_tables(vtd_boot* boot) {
  return boot->state == Boot::opened ? static_cast<int>(VTD_WRONG_STATE) : audit(*boot);
}

int report(vtd_boot* boot, vtd_report* answer) {
  *answer = {};
  answer->abi = VTD_ABI;
  answer->size = sizeof *answer;
  answer->strategy = boot->strategy;
  answer->findings = boot->findings.size();
  answer->root_tables = boot->root_tables;
  answer->context_tables = boot->context_tables;
  memcpy(answer->paging_tables, boot->paging_tables, sizeof answer->paging_tables);
  answer->pages_used = boot->host.pages_used();
  answer->old_pages_read = boot->host.old_pages_read();
  return VTD_OK;
}

int finding(vtd_boot* boot, std::uint32_t index, vtd_finding* answer) {
  if (index >= boot->findings.size()) return VTD_BAD_ARGUMENT;
  *answer = boot->findings[index];
  return VTD_OK;
}

Word root(vtd_boot* boot, std::uint32_t unit) { return unit < boot->units.size() ? boot->units[unit].root : 0; }

std::uint32_t domain_ids(vtd_boot* boot, std::uint32_t number, Word* words, std::uint32_t word_count) {
  if (number >= boot->units.size()) return 0;
  const Unit& unit = boot->units[number];
  if (word_count != 0) memset(words, 0, word_count * sizeof(Word));
  const auto mark = [&](std::uint32_t id) {
    if (id / 64 < word_count) words[id / 64] |= Word{1} << id % 64;
  };
  if (unit.caching_mode()) mark(0);
  for (std::uint32_t i = 0; i < boot->domains.size(); ++i) {
    const Domain& domain = boot->domains[i];
    if (domain.kind != Domain::free && domain.unit == number) mark(domain.id);
  }
  return unit.rules().domain_ids;
}

// Calls on a device answer VTD_OK when they may go on.
int check_device(const Boot& boot, std::uint32_t unit, std::uint32_t source) {
  if (boot.state != Boot::committed) return VTD_WRONG_STATE;
  return unit < boot.units.size() && source <= 0xffff ? VTD_OK : VTD_BAD_ARGUMENT;
}

int attach(vtd_boot* boot, std::uint32_t unit, std::uint32_t source, vtd_domain* answer) {
  int status = check_device(*boot, unit, source);
  if (status == VTD_OK) status = boot->units[unit].settle(boot->host);
  return status != VTD_OK ? status : attach_device(*boot, boot->units[unit], source, *answer);
}

int detach(vtd_boot* boot, std::uint32_t unit, std::uint32_t source) {
  const int status = check_device(*boot, unit, source);
  return status != VTD_OK ? status : detach_device(*boot, boot->units[unit], source, DeviceTlb::told);
}

int unplug(vtd_boot* boot, std::uint32_t unit, std::uint32_t source) {
  const int status = check_device(*boot, unit, source);
  return status != VTD_OK ? status : detach_device(*boot, boot->units[unit], source, DeviceTlb::gone);
}

int hand_over(vtd_boot* boot, std::uint32_t unit, std::uint32_t source) {
  int status = check_device(*boot, unit, source);
  if (status == VTD_OK) status = boot->units[unit].settle(boot->host);
  return status != VTD_OK ? status : hand_over_device(*boot, boot->units[unit], source);
}

// A handle is known while a device is attached to its domain.
int check_domain(const Boot& boot, std::uint32_t handle) {
  if (boot.state != Boot::committed) return VTD_WRONG_STATE;
  if (handle >= boot.domains.size() || boot.domains[handle].attached == 0) return VTD_BAD_ARGUMENT;
  return boot.domains[handle].kind == Domain::identity ? VTD_PASS_THROUGH : VTD_OK;
}

// Whole pages within what the domain can translate.
bool is_range(const Boot& boot, std::uint32_t handle, Word iova, Word bytes) {
  const Domain& domain = boot.domains[handle];
  const Word end = boot.units[domain.unit].rules().input_end(domain.width);
  return is_whole_pages(iova | bytes) && bytes != 0 && iova < end && bytes <= end - iova;
}

int map(vtd_boot* boot, std::uint32_t handle, Word iova, Word pa, Word bytes, std::uint32_t access) {
  if (const int status = check_domain(*boot, handle); status != VTD_OK) return status;
  const Word memory_end = boot->link.address + kPageBytes;
  const bool reachable = is_whole_pages(pa) && pa < memory_end && bytes <= memory_end - pa;
  const bool allowed = access != 0 && (access & ~Word{VTD_READ | VTD_WRITE}) == 0;
  if (!is_range(*boot, handle, iova, bytes) || !reachable || !allowed) return VTD_BAD_ARGUMENT;
  const bool interrupts =
      touches_interrupt_range(iova, iova + (bytes - 1)) || touches_interrupt_range(pa, pa + (bytes - 1));
  if (interrupts) return VTD_BAD_ARGUMENT;
  const int status = boot->units[boot->domains[handle].unit].settle(boot->host);
  return status != VTD_OK ? status : map_range(*boot, handle, iova, pa, bytes, access);
}

int unmap(vtd_boot* boot, std::uint32_t handle, Word iova, Word bytes) {
  if (const int status = check_domain(*boot, handle); status != VTD_OK) return status;
  return is_range(*boot, handle, iova, bytes) ? unmap_range(*boot, handle, iova, bytes)
                                              : static_cast<int>(VTD_BAD_ARGUMENT);
}

int find_free_iova(vtd_boot* boot, std::uint32_t handle, Word bytes, Word alignment, Word limit, Word* iova) {
  if (const int status = check_domain(*boot, handle); status != VTD_OK) return status;
  const bool power = alignment >= kPageBytes && (alignment & (alignment - 1)) == 0;
  if (!power || bytes == 0 || !is_whole_pages(bytes)) return VTD_BAD_ARGUMENT;
  return find_iova(*boot, boot->domains[handle], bytes, alignment, limit, *iova);
}

int next_used_range(vtd_boot* boot, std::uint32_t handle, Word iova, vtd_iova_range* range) {
  const int status = check_domain(*boot, handle);
  return status != VTD_OK ? status : next_range(*boot, boot->domains[handle], iova, *range);
}

// Nothing outside host pages remembers a boot.
void reset() {}

constexpr vtd_engine kEngine = {
    .abi = VTD_ABI,
    .size = sizeof(vtd_engine),
    .name = "vtdfuzz",
    .features = VTD_FEATURE_ADOPTS | VTD_FEATURE_DEEP | VTD_FEATURE_SHALLOW | VTD_FEATURE_MANY_UNITS,
    .zero = 0,
    .boot = boot,
    .copy = copy,
    .commit = commit,
    .audit = audit_tables,
    .report = report,
    .finding = finding,
    .root = root,
    .domain_ids = domain_ids,
    .attach = attach,
    .detach = detach,
    .unplug = unplug,
    .hand_over = hand_over,
    .map = map,
    .unmap = unmap,
    .find_iova = find_free_iova,
    .next_range = next_used_range,
    .shutdown = shutdown,
    .reset = reset,
};

}  // namespace
}  // namespace vtd::engine

extern "C" const vtd_engine* vtd_engine_get() { return &vtd::engine::kEngine; }
