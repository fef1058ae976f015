// SPDX-License-Identifier: Apache-2.0 OR MIT
// Asks CLI11 what it was told.

#include "harness/cli/described.h"

#include <sstream>

namespace vtd::harness::cli {
namespace {

// CLI11 tells the values of a choice within braces behind the type: "TEXT:{deep,shallow}".
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> out;
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return out;
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(list, word, ',');) out.push_back(word);
  return out;
}

DescribedOption described_option(const CLI::Option& option) {
  DescribedOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  const std::string type = option.get_type_name();
  out.place = option.get_positional() ? option.get_name() : "";
  if (option.get_type_size() != 0) out.value = type.substr(0, type.find_first_of(": "));
  out.choices = choices_of(type);
  out.help = option.get_description();
  out.standard = option.get_default_str();
  out.required = option.get_required();
  out.many = option.get_items_expected_max() > 1;
  return out;
}

}  // namespace

std::vector<DescribedCommand> described(const CLI::App& app) {
  std::vector<DescribedCommand> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    DescribedCommand& out = commands.emplace_back();
    out.name = command->get_name();
    out.help = command->get_description();
    out.footer = command->get_footer();
    for (const CLI::Option* option : command->get_options()) out.options.push_back(described_option(*option));
  }
  return commands;
}

}  // namespace vtd::harness::cli
