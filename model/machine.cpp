// SPDX-License-Identifier: Apache-2.0 OR MIT
// The machine between two scenarios: empty, its memory kept warm.
#include "model/machine.h"

namespace vtd::model {

void Machine::clear() {
  host_address_width = 48;
  memory.clear();
  units.clear();
  reserved.clear();
  refuse_allocation = refuse_one = 0;
  unreadable.clear();
  device_writes.clear();
}

}  // namespace vtd::model
