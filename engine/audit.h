// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a person should know about the tables now in use: hazards, and reserved regions that are not mapped.
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

// Replaces the findings of an earlier audit. VTD_OK or VTD_NO_MEMORY.
int audit(Boot& boot);

}  // namespace vtd::engine
