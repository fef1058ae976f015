/* SPDX-License-Identifier: GPL-2.0-only */
// Device registers belong to the host: every access is a call, made from the kernel's own line.
#ifndef VTD_SHADOW_ASM_IO_H
#define VTD_SHADOW_ASM_IO_H
#include_next <asm/io.h>

#include "harness/engines/linux/registers.h"

#undef readl
#undef readq
#undef writel
#undef writeq
#define readl(address) ((u32)vtd_read_register((const volatile void*)(address), 4))
#define readq(address) ((u64)vtd_read_register((const volatile void*)(address), 8))
#define writel(value, address) vtd_write_register((u32)(value), (volatile void*)(address), 4)
#define writeq(value, address) vtd_write_register((value), (volatile void*)(address), 8)
#endif
