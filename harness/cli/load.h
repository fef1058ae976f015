// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scenario files: text, binary, or the raw bytes of a fuzz engine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/input_error.h"
#include "model/scenario/scenario.h"

namespace vtd::harness::cli {

enum class Form : std::uint8_t { text, binary, raw };
const char* form_name(Form);

struct Loaded {
  model::Scenario scenario;
  Form form = Form::text;
  std::size_t bytes = 0;
};

// Text begins with "vtd ", binary with "VTDB"; anything else is what a fuzz engine feeds its target, unless the name
// ends in .vtd or .vtdb and so promises another form. Throws InputError with file, line and what was expected.
Loaded load(const std::filesystem::path& path);

// The bytes of a file. Throws InputError.
std::string read_file(const std::filesystem::path& path);

// Files named stand for themselves. Directories give what they hold, in order of name: *.vtd, *.vtdb and files without
// an extension (a fuzz engine's corpus). Throws InputError when something does not exist or a directory has none.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::string>& paths);

// A scenario as a fuzz target takes it: the encoding without the header of files.
std::string raw_bytes(const model::Scenario&);
std::string rendered(const model::Scenario&, Form);

}  // namespace vtd::harness::cli
