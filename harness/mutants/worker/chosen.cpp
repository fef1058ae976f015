// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which of the planted mutants is alive in this process.
#include "harness/mutants/worker/trial.h"

namespace {

unsigned chosen = 0, canary = 0;

}  // namespace

extern "C" bool vtd_mutant_is(unsigned number) noexcept { return number == chosen || number == canary; }

namespace vtd::harness::mutants {

void choose_mutant(unsigned number) { chosen = number; }
void choose_canary(unsigned number) { canary = number; }

}  // namespace vtd::harness::mutants
