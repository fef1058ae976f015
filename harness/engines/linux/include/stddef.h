/* SPDX-License-Identifier: GPL-2.0-only */
// engine/takeover.h wants size_t and NULL; the kernel has its own.
#include <linux/stddef.h>
#include <linux/types.h>
