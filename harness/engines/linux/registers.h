/* SPDX-License-Identifier: GPL-2.0-only */
// Where the kernel believes the units' registers are. Accesses go to the host from the kernel's own line, so that a
// failure message can name it.
#ifndef VTD_LINUX_REGISTERS_H
#define VTD_LINUX_REGISTERS_H

#include "engine/takeover.h"

extern const struct vtd_host* vtd_host;

// Physical addresses that no table names, and addresses nobody can load from: 64 KiB a unit hold every register.
#define VTD_UNIT_PHYSICAL(unit) (((unsigned long)(unit) + 1) << 16)
#define VTD_REGISTERS 0x100000000000ul

static __attribute__((always_inline)) inline u64 vtd_read_register(const volatile void* address, u32 bytes) {
  const unsigned long at = (unsigned long)address - VTD_REGISTERS - VTD_UNIT_PHYSICAL(0);

  return vtd_host->mmio_read(vtd_host->ctx, at >> 16, at & 0xffff, bytes);
}

static __attribute__((always_inline)) inline void vtd_write_register(u64 value, volatile void* address, u32 bytes) {
  const unsigned long at = (unsigned long)address - VTD_REGISTERS - VTD_UNIT_PHYSICAL(0);

  vtd_host->mmio_write(vtd_host->ctx, at >> 16, at & 0xffff, value, bytes);
}
#endif
