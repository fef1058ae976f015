// SPDX-License-Identifier: Apache-2.0 OR MIT
// The commands as they describe themselves: the source of shell completion and of the manual page.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace vtd::harness::cli {

struct DescribedOption {
  std::vector<std::string> names;  // "-o", "--output"; empty for what has a place instead
  std::string place;               // "FILE"
  std::string value;               // what it takes, "TEXT"; empty for a flag
  std::vector<std::string> choices;
  std::string help, standard;  // standard: what holds when it is left out
  bool required = false, many = false;
};

struct DescribedCommand {
  std::string name, help, footer;
  std::vector<DescribedOption> options;
};

std::vector<DescribedCommand> described(const CLI::App& app);

}  // namespace vtd::harness::cli
