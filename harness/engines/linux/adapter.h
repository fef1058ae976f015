/* SPDX-License-Identifier: GPL-2.0-only */
// What the parts of the adapter share. The kernel's driver is on one side, engine/takeover.h on the other.
//
//   engine.c   the driver's iommu.c, and boot, copy, commit, report over its init_dmars()
//   units.c    the driver's dmar.c, and remapping units without ACPI
//   devices.c  the crash kernel's drivers: attach, map, unmap, through intel_iommu_ops
//   memory.c   the kernel's allocators over the host's pages
//   kernel.c   the rest of the kernel as far as the driver calls it
//   process.c  the only file that lives with the C library: mappings, and the reboot
// /
#ifndef VTD_LINUX_ADAPTER_H
#define VTD_LINUX_ADAPTER_H

#include <linux/list.h>
#include <linux/types.h>

#include "engine/takeover.h"

struct intel_iommu;

enum { VTD_UNITS_MOST = 16, VTD_BUSES = 256 };

struct vtd_old_entry {
  u64 low, high;
};

// One context table that the driver says it could not copy.
struct vtd_lost_bus {
  u64 entry, value; /* the old root entry: where, and its low qword */
  u32 unit, bus, reason;
};

struct vtd_boot {
  const struct vtd_platform* platform;
  struct intel_iommu* unit[VTD_UNITS_MOST];
  bool copied, switched, committed; /* committed: the switch was made, and succeeded */
  bool dead;                        /* the kernel panicked because hardware does not answer */
  u64 context_tables;
  u32 lost_count;
  struct vtd_lost_bus* lost; /* a page of them */
  struct list_head devices;
  u32 handles; /* given out so far */
};

extern const struct vtd_host* vtd_host; /* NULL between boots */
extern struct vtd_boot vtd_boot_state;

// --- entering the kernel: a panic because hardware is stuck ends the call with VTD_TIMEOUT, and the kernel with it
typedef int (*vtd_body)(struct vtd_boot*, void* arguments);
int vtd_call_kernel(struct vtd_boot*, vtd_body, void* arguments);
__noreturn void vtd_hardware_is_stuck(void);
// What call_rcu left to do.
void vtd_run_deferred(void);
// The driver says in its log that it could not copy a bus.
void vtd_bus_is_lost(const char* unit_name, u32 bus);

// --- memory.c
void vtd_memory_boot(void);
void vtd_memory_reset(void);
u64 vtd_pages_held(void);
u64 vtd_old_pages_read(void);
void vtd_free_everything(void);
// The last address that memremap could not show; ~0 when it was its own memory that ran out.
u64 vtd_last_refused(void);
// An entry of the root table that is being copied.
struct vtd_old_entry vtd_old_root_entry(u32 bus);

// --- units.c
int vtd_add_unit(u32 number, struct intel_iommu** unit);
void vtd_remove_unit(struct intel_iommu*);

// --- devices.c
void vtd_remove_devices(struct vtd_boot*);
int vtd_attach(struct vtd_boot*, u32 unit, u32 source_id, struct vtd_domain*);
int vtd_detach(struct vtd_boot*, u32 unit, u32 source_id);
int vtd_hand_over(struct vtd_boot*, u32 unit, u32 source_id);
int vtd_map(struct vtd_boot*, u32 domain, u64 iova, u64 pa, u64 bytes, u32 access);
int vtd_unmap(struct vtd_boot*, u32 domain, u64 iova, u64 bytes);
int vtd_find_iova(struct vtd_boot*, u32 domain, u64 bytes, u64 alignment, u64 limit, u64* iova);
int vtd_next_range(struct vtd_boot*, u32 domain, u64 iova, struct vtd_iova_range*);

// --- process.c
void* vtd_room(unsigned long bytes); /* zeroed address space, backed when touched */
void vtd_remember_start(void);       /* what .data and .bss of this library hold now ... */
void vtd_reboot(void);               /* ... they hold again */
void vtd_poison(const void* start, unsigned long bytes);
void vtd_unpoison(const void* start, unsigned long bytes);
// Variables that a reboot leaves alone.
#define VTD_KEPT __attribute__((section("vtd_kept")))

// The next call of the host is made for whoever called the shim this stands in.
#define VTD_ON_BEHALF_OF_CALLER()                                                                           \
  do {                                                                                                      \
    if (vtd_host->on_behalf_of != NULL) vtd_host->on_behalf_of(vtd_host->ctx, __builtin_return_address(0)); \
  } while (0)
#endif
