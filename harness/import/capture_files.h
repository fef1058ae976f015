// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads the two files of a capture, and refuses what is not one with a single clear line.
#pragma once

#include <string>
#include <string_view>

#include "harness/import/capture.h"
#include "harness/import/captured.h"

namespace vtd::harness {

// The text of /proc/iomem into `memory` and `registers`. Throws InputError.
void read_iomem(const std::string& file, std::string_view iomem, Capture& out);

// `json_path` ends in ".json"; the pages lie beside it. Throw InputError.
Capture read_capture(const std::string& json_path);
Imported import_captured(const std::string& json_path, const ImportOptions&);

}  // namespace vtd::harness
