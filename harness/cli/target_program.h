// SPDX-License-Identifier: Apache-2.0 OR MIT
// The fuzz targets that lie beside this program, and how paths are made and shown.
#pragma once

#include <filesystem>
#include <string>

namespace vtd::harness::cli {

std::filesystem::path own_folder();
// Throws InputError with the targets that there are.
std::filesystem::path program_of(const std::string& target);
// Does a run of this target judge an engine? The scenario language and the importer are judged by themselves.
bool has_engine(const std::string& target);
// Where inputs that found something go unless a person says otherwise: artifacts/TARGET in the build.
std::filesystem::path artifacts_of(const std::string& target);
// As a person would type it from here.
std::string shown(const std::filesystem::path& path);
// The folder, made if it was not there. Throws InputError.
std::filesystem::path made(const std::filesystem::path& folder);

}  // namespace vtd::harness::cli
