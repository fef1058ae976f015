/* SPDX-License-Identifier: GPL-2.0-only */
// There are no interrupts here: nothing to disable, and no privileged instruction.
#ifndef VTD_SHADOW_ASM_IRQFLAGS_H
#define VTD_SHADOW_ASM_IRQFLAGS_H
#include <linux/compiler.h>

static __always_inline unsigned long native_save_fl(void) { return 1ul << 9; }
static __always_inline void native_irq_disable(void) {}
static __always_inline void native_irq_enable(void) {}
static __always_inline void native_safe_halt(void) {}
static __always_inline void native_halt(void) {}
static __always_inline unsigned long native_local_irq_save(void) { return native_save_fl(); }
static __always_inline void native_local_irq_restore(unsigned long flags) {}
static __always_inline unsigned long arch_local_save_flags(void) { return native_save_fl(); }
static __always_inline void arch_local_irq_disable(void) {}
static __always_inline void arch_local_irq_enable(void) {}
static __always_inline unsigned long arch_local_irq_save(void) { return native_save_fl(); }
static __always_inline void arch_local_irq_restore(unsigned long flags) {}
static __always_inline int arch_irqs_disabled_flags(unsigned long flags) { return 0; }
static __always_inline int arch_irqs_disabled(void) { return 0; }
static __always_inline void arch_safe_halt(void) {}
static __always_inline void halt(void) {}
#endif
