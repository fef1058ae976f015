// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where a fuzzing run starts: the project's scenarios as raw inputs, in a folder that goes away with the run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vtd::harness::cli {

// The largest input of a run. All captured machines but the one with 1,536 leaf tables fit: a second an execution is
// for `vtdfuzz check`, not for mutations.
inline constexpr std::size_t kMostInputBytes = 20480;

struct Seeds {
  std::uint64_t written = 0, left_out = 0;  // left out: too large
};

// The folders of the project's corpus: those of the nearest `corpus` above the first place that has one above it.
// Throws InputError when none has.
std::vector<std::filesystem::path> corpus_folders(const std::vector<std::filesystem::path>& places);
// Writes what the folders hold into `to`, as raw inputs and, for a target that reads both forms, as text. Throws
// InputError.
Seeds write_seeds(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& to, bool texts_too);

}  // namespace vtd::harness::cli
