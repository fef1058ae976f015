// SPDX-License-Identifier: Apache-2.0 OR MIT
// How the commands write: numbers as people read them, JSON, and files that are whole or not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/input_error.h"
#include "harness/steps_text.h"
#include "reports/words.h"

namespace vtd::harness::cli {

using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t value);  // 0xfee00000
using harness::source_name;            // 00:1f.2
using reports::grouped;
std::string count_of(std::uint64_t n, const char* singular, const char* plural = nullptr);  // 3 tables
std::string size_of_bytes(std::uint64_t bytes);                                             // 16.5 MiB
std::string permissions_name(unsigned permissions);                                         // RW, R-, -W, --
std::string status_name(int status);                                                        // VTD_BAD_MODE
const char* status_meaning(int status);                                                     // for a person

// One object on standard output.
void print_json(const Json& object);
// To a temporary file beside it, then renamed: a reader never sees half of it. Links, devices and pipes are
// written into. Throws InputError.
void write_file(const std::filesystem::path& path, std::string_view content);
// Asked before work that ends in writing it. Throws InputError.
void expect_writable(const std::filesystem::path& path);

}  // namespace vtd::harness::cli
