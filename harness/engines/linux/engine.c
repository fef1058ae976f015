/* SPDX-License-Identifier: GPL-2.0-only */
// The takeover of the kernel's driver behind engine/takeover.h.
//
// `copy` runs the driver's copying alone; `commit` undoes it and runs the driver's whole init_dmars(), which copies
// again, so that what is judged in the end is the kernel's own boot path.
#include "drivers/iommu/intel/iommu.c"

#include <generated/utsrelease.h>
#include <linux/version.h>

#include "harness/engines/linux/adapter.h"

#define ADDRESS 0x000ffffffffff000ull

const struct vtd_host* vtd_host;
struct vtd_boot vtd_boot_state;

void radix_tree_init(void);

// --- entering the kernel ---------------------------------------------------------------------------------------------

static void* way_out[5];

__noreturn void vtd_hardware_is_stuck(void) { __builtin_longjmp(way_out, 1); }

int vtd_call_kernel(struct vtd_boot* boot, vtd_body body, void* arguments) {
  int status;

  if (boot->dead) return VTD_TIMEOUT;
  if (__builtin_setjmp(way_out)) {
    vtd_boot_state.dead = true;
    return VTD_TIMEOUT;
  }
  status = body(boot, arguments);
  vtd_run_deferred();
  return status;
}

// --- what is missing in the copy -------------------------------------------------------------------------------------

// In the order of engine/README.md: what the first byte of the page lies in decides between a hole and other memory.
static u32 reason_of(const struct vtd_platform* platform, u64 page) {
  u64 ram = 0;
  bool hole = true;
  u32 i;

  if (page >= 0xfee00000 && page <= 0xfeefffff) return VTD_IN_INTERRUPT_RANGE;
  if (page <= platform->crash->last && page + VTD_PAGE_SIZE - 1 >= platform->crash->first) return VTD_IN_CRASH_MEMORY;
  for (i = 0; i < platform->memory_count; i++) {
    const struct vtd_range* range = &platform->memory[i];
    const u64 first = max(page, range->first), last = min(page + VTD_PAGE_SIZE - 1, range->last);

    hole &= page < range->first || page > range->last;
    if (first <= last && range->kind == VTD_RAM) ram += last - first + 1;
  }
  if (hole) return VTD_HOLE;
  return ram == VTD_PAGE_SIZE ? VTD_UNREADABLE : VTD_NOT_OLD_RAM;
}

// Only links for which no window could be had. A bus lost for want of memory has no reason that the contract knows, and
// an entry with reserved bits is no link (S§9.1).
void vtd_bus_is_lost(const char* unit_name, u32 bus) {
  struct vtd_boot* boot = &vtd_boot_state;
  const struct vtd_old_entry old = vtd_old_root_entry(bus);
  const u64 page = old.low & VTD_PAGE_MASK;
  u32 unit;

  if (vtd_last_refused() != page || old.high || old.low & 0xffe || page >> boot->platform->host_address_width) return;
  if (boot->lost_count == PAGE_SIZE / sizeof(*boot->lost)) return;
  for (unit = 0; unit < boot->platform->unit_count; unit++) {
    u64 root;

    if (strcmp(boot->unit[unit]->name, unit_name)) continue;
    root = vtd_host->mmio_read(vtd_host->ctx, unit, DMAR_RTADDR_REG, 8) & ADDRESS;
    boot->lost[boot->lost_count++] = (struct vtd_lost_bus){.entry = root + bus * sizeof(struct root_entry),
                                                           .value = old.low,
                                                           .unit = unit,
                                                           .bus = bus,
                                                           .reason = reason_of(boot->platform, page)};
  }
}

// --- boot ------------------------------------------------------------------------------------------------------------

static void take_down(struct vtd_boot* boot) {
  u32 n;

  vtd_remove_devices(boot);
  for (n = 0; n < boot->platform->unit_count; n++) {
    if (!boot->unit[n]) continue;
    free_dmar_iommu(boot->unit[n]);
    vtd_remove_unit(boot->unit[n]);
  }
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
  if (si_domain) domain_exit(si_domain);
#endif
  kfree(boot->lost);
  vtd_run_deferred();
}

static int start(struct vtd_boot* boot, void* unused) {
  u32 n;

  boot->lost = kmalloc(PAGE_SIZE, GFP_KERNEL);
  if (!boot->lost) return VTD_NO_MEMORY;
  for (n = 0; n < boot->platform->unit_count; n++) {
    const int status = vtd_add_unit(n, &boot->unit[n]);

    if (status != VTD_OK) return status;
    // Less than one entry of its top tables maps: the driver would leak tables, or shift by negative numbers
    // (README.md).
    if (cap_mgaw(boot->unit[n]->cap) < 12 + 9 * (boot->unit[n]->agaw + 1)) return VTD_BAD_CAPABILITY;
    if (!(readl(boot->unit[n]->reg + DMAR_GSTS_REG) & DMA_GSTS_TES)) return VTD_NOT_ENABLED;
  }
  return VTD_OK;
}

static bool understood(const struct vtd_host* host, const struct vtd_platform* platform) {
  return host->abi == VTD_ABI && host->size >= sizeof(*host) && platform->abi == VTD_ABI &&
         platform->size >= sizeof(*platform) && platform->host_address_width > VTD_PAGE_SHIFT &&
         platform->host_address_width <= 52 && platform->strategy <= VTD_AUTO && platform->unit_count &&
         platform->unit_count <= VTD_UNITS_MOST && platform->crash_count == 1;
}

static int vtd_boot_units(const struct vtd_host* host, const struct vtd_platform* platform, struct vtd_boot** out) {
  struct vtd_boot* boot = &vtd_boot_state;
  int status;

  if (!host || !platform || !out || !understood(host, platform)) return VTD_BAD_ARGUMENT;
  if (vtd_host) return VTD_WRONG_STATE;
  vtd_host = host;
  boot->platform = platform;
  INIT_LIST_HEAD(&boot->devices);
  vtd_memory_boot();
  status = vtd_call_kernel(boot, start, NULL);
  if (status == VTD_OK) {
    *out = boot;
    return VTD_OK;
  }
  vtd_call_kernel(boot, (vtd_body)(void*)take_down, NULL);
  vtd_host = NULL;
  return status;
}

// --- copy ------------------------------------------------------------------------------------------------------------

static u64 context_tables_of(const struct intel_iommu* iommu) {
  u64 count = 0;
  u32 bus;

  for (bus = 0; bus < VTD_BUSES; bus++) count += iommu->root_entry[bus].lo & 1;
  return count;
}

static int copy_unit(struct intel_iommu* iommu) {
  const u64 root = readq(iommu->reg + DMAR_RTADDR_REG);
  int error = iommu_init_domains(iommu);

  init_translation_status(iommu);
  if (!error) error = iommu_alloc_root_entry(iommu);
  if (!error) error = copy_translation_tables(iommu);
  if (!error) return VTD_OK;
  if (error == -EINVAL) return root & ADDRESS ? VTD_BAD_MODE : VTD_BAD_ROOT;
  return vtd_last_refused() == (root & VTD_PAGE_MASK) ? VTD_BAD_ROOT : VTD_NO_MEMORY;
}

static void undo_copy(struct vtd_boot* boot) {
  u32 n;

  for (n = 0; n < boot->platform->unit_count; n++) {
    free_dmar_iommu(boot->unit[n]);
    boot->unit[n]->flags &= ~VTD_FLAG_TRANS_PRE_ENABLED;
  }
  boot->context_tables = boot->lost_count = 0;
}

static int copy_units(struct vtd_boot* boot, void* unused) {
  u32 n;

  for (n = 0; n < boot->platform->unit_count; n++) {
    const int status = copy_unit(boot->unit[n]);

    if (status != VTD_OK) {
      undo_copy(boot);
      return status;
    }
    boot->context_tables += context_tables_of(boot->unit[n]);
  }
  boot->copied = true;
  return VTD_OK;
}

static int vtd_copy(struct vtd_boot* boot) {
  return boot->copied ? VTD_WRONG_STATE : vtd_call_kernel(boot, copy_units, NULL);
}

// --- commit ----------------------------------------------------------------------------------------------------------

// What intel_iommu_init() does after init_dmars().
static void finish_boot(struct vtd_boot* boot) {
  struct dmar_drhd_unit* drhd;
  struct intel_iommu* iommu;

  for_each_iommu(iommu, drhd) {
    iommu->iommu.ops = &intel_iommu_ops;
    if (!drhd->ignored && !translation_pre_enabled(iommu)) iommu_enable_translation(iommu);
    iommu_disable_protect_mem_regions(iommu);
  }
}

// A unit that could not be copied the driver boots with empty tables. For the kernel that is good enough; a takeover it
// is not.
static bool every_unit_was_copied(const struct vtd_boot* boot) {
  u32 n;

  for (n = 0; n < boot->platform->unit_count; n++) {
    if (!translation_pre_enabled(boot->unit[n])) return false;
  }
  return true;
}

static int boot_driver(struct vtd_boot* boot, void* unused) {
  int error, status;
  u32 n;

  undo_copy(boot);
  error = init_dmars();
  // si_domain_init() of 6.1 says -EFAULT when there is no memory.
  if (error) return error == -ENOMEM || error == -EFAULT ? VTD_NO_MEMORY : VTD_BAD_CAPABILITY;
  status = every_unit_was_copied(boot) ? VTD_OK : VTD_NO_MEMORY;
  finish_boot(boot);
  for (n = 0; n < boot->platform->unit_count; n++) boot->context_tables += context_tables_of(boot->unit[n]);
  return status;
}

static int vtd_commit(struct vtd_boot* boot) {
  int status;

  if (!boot->copied || boot->switched) return VTD_WRONG_STATE;
  boot->switched = true;
  status = vtd_call_kernel(boot, boot_driver, NULL);
  boot->committed = status == VTD_OK;
  return status;
}

// --- questions -------------------------------------------------------------------------------------------------------

/* The kernel does not look into page tables. */
static int vtd_audit(struct vtd_boot* boot) { return boot->copied ? VTD_OK : VTD_WRONG_STATE; }

static int vtd_report(struct vtd_boot* boot, struct vtd_report* report) {
  report->strategy = VTD_SHALLOW;
  report->findings = boot->lost_count;
  report->root_tables = boot->copied ? boot->platform->unit_count : 0;
  report->context_tables = boot->context_tables;
  report->pages_used = vtd_pages_held();
  report->old_pages_read = vtd_old_pages_read();
  return VTD_OK;
}

static int vtd_finding(struct vtd_boot* boot, u32 index, struct vtd_finding* finding) {
  const struct vtd_lost_bus* lost = &boot->lost[index];

  if (index >= boot->lost_count) return VTD_BAD_ARGUMENT;
  finding->kind = VTD_QUARANTINED;
  finding->reason = lost->reason;
  finding->unit = lost->unit;
  finding->level = 7;
  finding->source_id = lost->bus << 8;
  finding->domain_id = 0;
  finding->entry = lost->entry;
  finding->value = lost->value;
  return VTD_OK;
}

static u64 vtd_root(struct vtd_boot* boot, u32 unit) {
  const struct intel_iommu* iommu = unit < boot->platform->unit_count ? boot->unit[unit] : NULL;

  return iommu && iommu->root_entry ? virt_to_phys(iommu->root_entry) : 0;
}

static u32 vtd_domain_ids(struct vtd_boot* boot, u32 unit, u64* words, u32 word_count) {
  const struct intel_iommu* iommu = unit < boot->platform->unit_count ? boot->unit[unit] : NULL;
  const u32 ids = iommu ? cap_ndoms(iommu->cap) : 0;

  if (iommu && iommu->domain_ids && word_count)
    memcpy(words, iommu->domain_ids, min(BITS_TO_LONGS(ids), (unsigned long)word_count) * sizeof(*words));
  return ids;
}

// --- the end ---------------------------------------------------------------------------------------------------------

// After a panic nobody takes anything down: the pages go all the same.
static void vtd_shutdown(struct vtd_boot* boot) {
  if (!boot->dead) vtd_call_kernel(boot, (vtd_body)(void*)take_down, NULL);
  if (boot->dead) vtd_free_everything();
  vtd_host = NULL;
}

static void vtd_reset(void) {
  vtd_memory_reset();
  vtd_reboot();
}

static const struct vtd_engine engine = {
    .abi = VTD_ABI,
    .size = sizeof(struct vtd_engine),
    .name = "linux " UTS_RELEASE,
    .features = VTD_FEATURE_ADOPTS | VTD_FEATURE_SHALLOW | VTD_FEATURE_MANY_UNITS,
    .boot = vtd_boot_units,
    .copy = vtd_copy,
    .commit = vtd_commit,
    .audit = vtd_audit,
    .report = vtd_report,
    .finding = vtd_finding,
    .root = vtd_root,
    .domain_ids = vtd_domain_ids,
    .attach = vtd_attach,
    .detach = vtd_detach,
    .unplug = vtd_detach,
    .hand_over = vtd_hand_over,
    .map = vtd_map,
    .unmap = vtd_unmap,
    .find_iova = vtd_find_iova,
    .next_range = vtd_next_range,
    .shutdown = vtd_shutdown,
    .reset = vtd_reset,
};

__attribute__((visibility("default"))) const struct vtd_engine* vtd_engine_get(void) {
  static VTD_KEPT bool ready;

  if (!ready) {
    ready = true;
    radix_tree_init();
    vtd_remember_start();
  }
  return &engine;
}
