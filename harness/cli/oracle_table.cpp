// SPDX-License-Identifier: Apache-2.0 OR MIT
// Markdown of one oracle: the figures, every known deviation with how often it was met, what was left out.
#include "harness/cli/oracle_table.h"

#include <fmt/core.h>

namespace vtd::harness::cli {
namespace {

std::string number(const Json& value) { return grouped(value.get<std::uint64_t>()); }

void append_counts(std::string& text, const char* heading, const Json& counts) {
  text += fmt::format("\n| {} | requests |\n|---|---:|\n", heading);
  for (const auto& [name, count] : counts.items()) text += fmt::format("| {} | {} |\n", name, number(count));
}

}  // namespace

std::string oracle_markdown(const Json& oracle) {
  std::string text = fmt::format("## {}\n\nCompared: {}. {} scenarios, {} takeovers, {} refused by the engine.\n\n",
                                 oracle["name"].get<std::string>(), oracle["what"].get<std::string>(),
                                 number(oracle["scenarios"]), number(oracle["takeovers"]), number(oracle["refusals"]));
  text += "| requests | before | during | after | differences | unexplained | per second | per CPU second |\n";
  text += "|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  const auto rate = [&](const char* seconds) {
    const double probes = static_cast<double>(oracle["probes"].get<std::uint64_t>());
    return grouped(static_cast<std::uint64_t>(probes / oracle[seconds].get<double>()));
  };
  text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", number(oracle["probes"]), number(oracle["before"]),
                      number(oracle["during"]), number(oracle["after"]), number(oracle["differences"]),
                      number(oracle["unexplained"]), rate("seconds"), rate("cpu_seconds"));
  text += "\n| known deviation | met | what it does instead | reference |\n|---|---:|---|---|\n";
  for (const Json& row : oracle["explained"])
    text += fmt::format("| `{}` | {} | {} | {} |\n", row["deviation"].get<std::string>(), number(row["count"]),
                        row["what"].get<std::string>(), row["reference"].get<std::string>());
  append_counts(text, "the model's answer", oracle["outcomes"]);
  append_counts(text, "left out, because", oracle["left_out"]);
  return text;
}

}  // namespace vtd::harness::cli
