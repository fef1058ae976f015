/* SPDX-License-Identifier: GPL-2.0-only */
// engine/takeover.h wants the C library's integers; the kernel has its own of the same names.
#include <linux/types.h>
