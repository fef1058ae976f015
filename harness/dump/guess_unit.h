// SPDX-License-Identifier: Apache-2.0 OR MIT
// Registers of a unit are in no dump. What they must have been for the tables to be legal, and conventional values for
// the rest.
#pragma once

#include <string>
#include <vector>

#include "harness/import/capture.h"

namespace vtd::harness {

struct UnitGuess {
  std::uint64_t capability, extended;
  std::string widths;  // "48", "39 and 48": what the context entries say, as CAP.SAGAW has it
};

// A width that less than one entry in ten has is taken for a mistake, not for a feature of the unit.
UnitGuess guess_unit(const std::vector<CapturedPage>& pages, bool scalable);

}  // namespace vtd::harness
