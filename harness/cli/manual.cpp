// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz manual`: the manual page, from the commands themselves, in the language of man(7).

#include <fmt/core.h>

#include "harness/cli/command.h"
#include "harness/cli/described.h"

namespace vtd::harness::cli {
namespace {

// Backslashes, hyphens that people copy, and dots and quotes at the start of a line mean something to roff.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (out.empty() || out.back() == '\n')
      if (c == '.' || c == '\'') out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string heading(const DescribedOption& option) {
  std::string out;
  for (const std::string& name : option.names) out += (out.empty() ? "" : ", ") + bold(name);
  if (option.names.empty()) out = italic(option.place);
  if (!option.value.empty() && !option.names.empty()) out += " " + italic(option.value);
  return out;
}

std::string facts(const DescribedOption& option) {
  std::string out = escaped(option.help);
  if (!option.choices.empty()) {
    out += ": one of";
    for (const std::string& choice : option.choices)
      out += (&choice == option.choices.data() ? " " : ", ") + bold(choice);
  }
  if (!option.standard.empty()) out += fmt::format(" (default: {})", escaped(option.standard));
  return out;
}

std::string synopsis(const DescribedCommand& command) {
  std::string out = bold("vtdfuzz") + " " + bold(command.name) + " [" + italic("OPTION") + "...]";
  for (const DescribedOption& option : command.options)
    if (!option.place.empty()) {
      const std::string words = italic(option.place) + (option.many ? "..." : "");
      out += option.required ? " " + words : " [" + words + "]";
    }
  return out;
}

std::string section(const DescribedCommand& command) {
  std::string out =
      fmt::format(".SS {}\n{}\n.PP\n{}.\n", escaped(command.name), synopsis(command), escaped(command.help));
  for (const DescribedOption& option : command.options)
    out += fmt::format(".TP\n{}\n{}\n", heading(option), facts(option));
  if (!command.footer.empty()) out += ".PP\n.nf\n" + escaped(command.footer) + "\n.fi\n";
  return out;
}

std::string manual(const CLI::App& app) {
  std::string out = ".TH VTDFUZZ 1 \"\" \"vtdfuzz " VTD_VERSION "\" \"User Commands\"\n";
  out += ".SH NAME\nvtdfuzz \\- " + escaped(app.get_description()) + "\n.SH SYNOPSIS\n";
  for (const DescribedCommand& command : described(app)) out += synopsis(command) + "\n.br\n";
  out += bold("vtdfuzz") + " " + bold("--version") + "\n.br\n";
  out += ".SH COMMANDS\n";
  for (const DescribedCommand& command : described(app)) out += section(command);
  out += ".SH EXIT STATUS\n.nf\n" + escaped(app.get_footer()) + ".fi\n";
  out += ".SH ENVIRONMENT\n.TP\n" + bold("NO_COLOR") + "\nWhen set and not empty, the live screen of " +
         bold("vtdfuzz fuzz") + " has no colours.\n.TP\n" + bold("TERM") + "\nWhen it is " + bold("dumb") +
         ", progress is told in lines.\n";
  return out;
}

}  // namespace

void add_manual(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("manual", "Print the manual page");
  command->footer("Example: vtdfuzz manual | man -l -");
  command->callback([&app] { fmt::print("{}", manual(app)); });
}

}  // namespace vtd::harness::cli
