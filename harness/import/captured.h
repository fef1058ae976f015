// SPDX-License-Identifier: Apache-2.0 OR MIT
// Tables captured from a running machine (NAME.json and NAME.pages.gz) as a scenario.
//
// The pair says: registers of one remapping unit, /proc/iomem, and the table pages with what each is. The scenario
// builds a machine that holds exactly these pages; its crash reservations are chosen where no table and, if possible,
// no mapping is.
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

// `json_path` ends in ".json"; the pages lie beside it. Throws InputError.
Imported import_captured(const std::string& json_path, const ImportOptions&);

// The scenario as text, with its heading below the first line.
std::string imported_text(const Imported&);

}  // namespace vtd::harness
