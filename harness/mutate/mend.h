// SPDX-License-Identifier: Apache-2.0 OR MIT
// Makes a machine of any scenario: what the builder would refuse is adjusted, or goes. Adjusting instead of filtering
// keeps a mutation's work; a rejected input has tested nothing.
#pragma once

#include "model/scenario/scenario.h"

namespace vtd::harness {

// Steps of act 1 come first, in their order; ranges begin before they end; reservations are whole pages, given once,
// apart from each other and from where units answer; there is one takeover. A scenario that is a machine keeps its
// meaning, unless it has more than 120 `memory` steps, or a reservation lies where units answer by default and one of
// them is said to answer elsewhere.
void mend(model::Scenario& scenario);

}  // namespace vtd::harness
