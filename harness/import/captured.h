// SPDX-License-Identifier: Apache-2.0 OR MIT
// What was taken from a machine as a scenario. The scenario builds a machine that holds exactly the pages that were
// taken; its crash reservations are chosen where no table and, if possible, no mapping is.
#pragma once

#include <optional>
#include <string>

#include "harness/input_error.h"
#include "model/memory.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {

struct ImportOptions {
  std::optional<model::MemoryRange> crash_region;  // of the first crash kernel; chosen when absent
};

struct Imported {
  model::Scenario scenario;
  std::string heading;  // comment lines about the machine, each beginning with '#'
};

struct Capture;
// `name` stands in front of what is wrong with it. Throws InputError.
Imported import_tables(const std::string& name, const Capture&, const ImportOptions&);

// The scenario as text, with its heading below the first line.
std::string imported_text(const Imported&);

}  // namespace vtd::harness
