// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz completion`: what a shell needs to complete commands, options and their values, from the commands
// themselves.

#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/described.h"

namespace vtd::harness::cli {
namespace {

// One word in single quotes, for bash and zsh.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

// --- bash ---------------------------------------------------------------------------------------------------------
std::string bash(const std::vector<DescribedCommand>& commands) {
  std::vector<std::string> names;
  std::string values, options;
  for (const DescribedCommand& command : commands) {
    names.push_back(command.name);
    std::vector<std::string> words;
    for (const DescribedOption& option : command.options) {
      for (const std::string& name : option.names) words.push_back(name);
      if (option.choices.empty()) continue;
      // What has a place and no name follows the command's own name.
      const std::vector<std::string> before = option.names.empty() ? std::vector{command.name} : option.names;
      for (const std::string& word : before)
        values += fmt::format("    {}:{}) words={} ;;\n", command.name, word, quoted(joined(option.choices, " ")));
    }
    options += fmt::format("      {}) words={} ;;\n", command.name, quoted(joined(words, " ")));
  }
  return fmt::format(
      "# bash completion of vtdfuzz; made by `vtdfuzz completion bash`.\n"
      "_vtdfuzz() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command=${{COMP_WORDS[1]}} "
      "words=\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")\n"
      "    return\n"
      "  fi\n"
      "  case $command:$before in\n"
      "{}"
      "  esac\n"
      "  if [[ -z $words && $word == -* ]]; then\n"
      "    case $command in\n"
      "{}"
      "    esac\n"
      "  fi\n"
      "  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "}}\n"
      "complete -o default -F _vtdfuzz vtdfuzz\n",
      quoted(joined(names, " ") + " --help --version"), values, options);
}

// --- zsh ----------------------------------------------------------------------------------------------------------
// In the words of _arguments brackets and colons mean something.
std::string for_zsh(const std::string& text) {
  std::string out;
  for (const char c : text) out += (c == '[' || c == ']' || c == ':') ? std::string("\\") + c : std::string(1, c);
  return out;
}

std::string zsh_action(const DescribedOption& option) {
  if (option.value.empty()) return "";
  return fmt::format(":{}:{}", for_zsh(option.value),
                     option.choices.empty() ? "_files" : "(" + joined(option.choices, " ") + ")");
}

std::string zsh(const std::vector<DescribedCommand>& commands) {
  std::string names, cases;
  for (const DescribedCommand& command : commands) {
    names += fmt::format("    {}\n", quoted(command.name + ":" + for_zsh(command.help)));
    cases += fmt::format("    {})\n      _arguments", command.name);
    for (const DescribedOption& option : command.options)
      for (const std::string& name : option.names)
        cases += fmt::format(" \\\n        {}",
                             quoted(fmt::format("{}[{}]{}", name, for_zsh(option.help), zsh_action(option))));
    cases += " \\\n        '*:file:_files'\n      ;;\n";
  }
  return fmt::format(
      "#compdef vtdfuzz\n"
      "# zsh completion of vtdfuzz; made by `vtdfuzz completion zsh`.\n"
      "_vtdfuzz() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $command in\n"
      "{}"
      "  esac\n"
      "}}\n"
      "_vtdfuzz \"$@\"\n",
      names, cases);
}

}  // namespace

void add_completion(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("completion", "Print what a shell needs to complete this command's words");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->footer("Examples:\n  source <(vtdfuzz completion bash)\n  vtdfuzz completion zsh > ~/.zfunc/_vtdfuzz");
  command->callback([shell, &app] {
    const std::vector<DescribedCommand> commands = described(app);
    fmt::print("{}", *shell == "bash" ? bash(commands) : zsh(commands));
  });
}

}  // namespace vtd::harness::cli
