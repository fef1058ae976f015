/* SPDX-License-Identifier: GPL-2.0-only */
// BUG and WARN are calls: no ud2, no table of addresses.
#ifndef VTD_SHADOW_ASM_BUG_H
#define VTD_SHADOW_ASM_BUG_H
#include <asm-generic/bug.h>
#endif
