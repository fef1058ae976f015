// SPDX-License-Identifier: Apache-2.0 OR MIT
// A table page as steps a person can read: runs of entries that differ only by a constant step become one line.
#pragma once

#include "harness/import/capture.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {

// Appends steps that write exactly the non-zero words of the page.
void append_table(const CapturedPage&, model::Scenario& out);

}  // namespace vtd::harness
