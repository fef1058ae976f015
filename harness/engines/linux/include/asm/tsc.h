/* SPDX-License-Identifier: GPL-2.0-only */
// Time is the number of pauses: the same input gives the same run.
#ifndef VTD_SHADOW_ASM_TSC_H
#define VTD_SHADOW_ASM_TSC_H
#define get_cycles vtd_unused_get_cycles
#include_next <asm/tsc.h>
#undef get_cycles
cycles_t vtd_cycles(void);
#define get_cycles() vtd_cycles()
#endif
