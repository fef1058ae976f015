/* SPDX-License-Identifier: GPL-2.0-only */
// Polling loops give the hardware time.
#ifndef VTD_SHADOW_ASM_VDSO_PROCESSOR_H
#define VTD_SHADOW_ASM_VDSO_PROCESSOR_H
#define cpu_relax vtd_unused_cpu_relax
#include_next <asm/vdso/processor.h>
#undef cpu_relax
void vtd_pause(void);
#define cpu_relax() vtd_pause()
#endif
