// SPDX-License-Identifier: Apache-2.0 OR MIT
// Devices come, hand over and go.
#pragma once

#include "engine/boot.h"
#include "engine/context.h"

namespace vtd::engine {

int attach_device(Boot& boot, Unit& unit, Word source, vtd_domain& answer);
int detach_device(Boot& boot, Unit& unit, Word source, DeviceTlb device);
int hand_over_device(Boot& boot, Unit& unit, Word source);

}  // namespace vtd::engine
