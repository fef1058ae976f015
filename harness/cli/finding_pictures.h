// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pictures of a finding: the dead kernel's tables and those of the engine when it broke, with the way of the request.
#pragma once

#include <filesystem>
#include <string>

namespace vtd::harness::cli {

// How the run went that found it.
struct FoundBy {
  std::string target, engine, hunt;
};

// Runs the input once more as it was run and writes the pictures into `folder`; those that the run gives. In a process
// of its own, because the engine may crash on this input.
void draw_finding(const FoundBy& by, const std::filesystem::path& input, const std::filesystem::path& folder);

}  // namespace vtd::harness::cli
