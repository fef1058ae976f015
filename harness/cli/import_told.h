// SPDX-License-Identifier: Apache-2.0 OR MIT
// What was found in a dump, told to a person and as JSON.
#pragma once

#include <string>

#include "harness/cli/output.h"
#include "harness/dump/dump_scenario.h"
#include "harness/import/dump_file.h"

namespace vtd::harness::cli {

std::string told(const DumpFile& file, const DumpImport& found);
// Adds its keys to the object.
void add_json(const DumpFile& file, const DumpImport& found, Json& json);

}  // namespace vtd::harness::cli
