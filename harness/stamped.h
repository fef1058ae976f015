// SPDX-License-Identifier: Apache-2.0 OR MIT
// Structures of the interface (engine/takeover.h) say their version and size: the caller writes them, and an engine may
// leave them but not write anything else.
#pragma once

#include "engine/takeover.h"

namespace vtd::harness {

template <class Struct>
Struct stamped() {
  Struct blank{};
  blank.abi = VTD_ABI;
  blank.size = sizeof blank;
  return blank;
}

template <class Struct>
bool is_stamped(const Struct& answer) {
  return answer.abi == VTD_ABI && answer.size == sizeof answer;
}

}  // namespace vtd::harness
