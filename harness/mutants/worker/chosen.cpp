// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which of the planted mutants is alive in this process.
#include "harness/mutants/worker/trial.h"

namespace {

unsigned chosen = 0;

}  // namespace

extern "C" bool vtd_mutant_is(unsigned number) noexcept { return number == chosen; }

namespace vtd::harness::mutants {

void choose_mutant(unsigned number) { chosen = number; }

}  // namespace vtd::harness::mutants
