// SPDX-License-Identifier: Apache-2.0 OR MIT
// The example engine linked into the harness, beside others: only its getter needs another name.
#define vtd_engine_get vtd_example_engine_get
#include "harness/engines/example/example.c"
