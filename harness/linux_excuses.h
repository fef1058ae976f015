// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the Linux kernel's takeover does not promise by design, and what each version is known to break: data, beside
// the table of engines.
#pragma once

#include <span>

#include "harness/engines.h"

namespace vtd::harness {

std::span<const Excuse> linux_6_1_excuses();
std::span<const Excuse> linux_6_12_excuses();

}  // namespace vtd::harness
