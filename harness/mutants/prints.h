// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the result of a trial depends on, in few digits: where these differ, the trial has to be made anew.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vtd::harness::mutants {

// The checked-in scenarios in and below a folder, the smallest first.
std::vector<std::filesystem::path> corpus_files(const std::filesystem::path& folder);

// Of the names and the contents of files, in this order. Throws InputError when one cannot be read.
std::string fingerprint(const std::vector<std::filesystem::path>& files);

}  // namespace vtd::harness::mutants
