// SPDX-License-Identifier: Apache-2.0 OR MIT
// The command `vtdfuzz`: parses the command line, runs one command, and turns what went wrong into one line and a code.

#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "harness/cli/command.h"
#include "harness/cli/crash_note.h"
#include "harness/cli/output.h"
#include "harness/runner.h"

namespace {

using vtd::harness::Verdict;

constexpr const char* kExitCodes =
    "Exit codes: 0 held, 2 bad input or a machine that cannot be taken over, 10 a property is broken,\n"
    "            11 crash in the engine, 12 model error, 13 harness error, 14 step budget spent.\n";

void complain(const char* what) { fmt::print(stderr, "vtdfuzz: {}\n", what); }

// CLI11 says only that a command is missing when the word given is none.
void expect_command(const CLI::App& app, int argc, char** argv) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.empty() || word.starts_with('-')) return;
  std::string names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name() == word) return;
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  throw vtd::harness::InputError{fmt::format("unknown command {}: expected {}", word, names)};
}

int run(int argc, char** argv) {
  int code = 0;
  CLI::App app{"Fuzzing and property testing of Intel VT-d table takeover.", "vtdfuzz"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "vtdfuzz " VTD_VERSION);
  app.footer(kExitCodes);
  using namespace vtd::harness::cli;
  add_takeover(app, code);
  add_import(app, code);
  add_check(app, code);
  add_show(app, code);
  add_translate(app, code);
  add_convert(app, code);
  add_shrink(app, code);
  add_fuzz(app, code);
  add_reach(app, code);
  add_qemu_check(app, code);
  add_merge(app, code);
  add_adopt_finding(app, code);
  add_mutants(app, code);
  add_qemu_capture(app, code);
  add_qemu_kdump(app, code);
  add_qemu_live(app, code);
  add_report(app, code);
  add_properties(app, code);
  add_engines(app, code);
  add_completion(app, code);
  add_manual(app, code);
  expect_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    const auto chosen = app.get_subcommands();
    fmt::print(stderr, "vtdfuzz: {} (see vtdfuzz {}--help)\n", error.what(),
               chosen.empty() ? "" : chosen.front()->get_name() + " ");
    return static_cast<int>(Verdict::rejected);
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  vtd::harness::cli::install_crash_note();
  int code = 0;
  try {
    code = run(argc, argv);
  } catch (const vtd::harness::InputError& error) {
    complain(error.message.c_str());
    code = static_cast<int>(Verdict::rejected);
  } catch (const std::filesystem::filesystem_error& error) {
    complain(fmt::format("{}: {}", error.path1().string(), error.code().message()).c_str());
    code = static_cast<int>(Verdict::rejected);
  } catch (const std::exception& error) {
    if (std::ferror(stdout) == 0) {
      complain(error.what());
      code = static_cast<int>(Verdict::harness_error);
    }
  }
  if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && code == 0) {
    complain("standard output cannot be written");
    code = static_cast<int>(Verdict::rejected);
  }
  return code;
}
