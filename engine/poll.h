// SPDX-License-Identifier: Apache-2.0 OR MIT
// Waiting for hardware, never for ever.
#pragma once

#include "engine/host.h"

namespace vtd::engine {

// How long a turn lasts is the host's: pause() gives hardware time.
inline constexpr unsigned kTurnsMost = 1u << 10;

template <class Done>
bool poll(Host& host, Done done) {
  for (unsigned turn = 0; turn < kTurnsMost; ++turn) {
    if (done()) return true;
    host.pause();
  }
  return false;
}

}  // namespace vtd::engine
