// SPDX-License-Identifier: Apache-2.0 OR MIT
// The commands of `vtdfuzz`. Each registers itself; the one that the command line names leaves its exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace vtd::harness::cli {

// A number that may be anything from 0: CLI11 takes -1 for the largest one there is.
inline CLI::Validator any_count() {
  return {[](std::string& text) {
            const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
            return digits && text.size() < 19 ? std::string() : "expected a decimal number from 0 on, got " + text;
          },
          ""};
}

void add_takeover(CLI::App& app, int& code);
void add_import(CLI::App& app, int& code);
void add_check(CLI::App& app, int& code);
void add_show(CLI::App& app, int& code);
void add_translate(CLI::App& app, int& code);
void add_convert(CLI::App& app, int& code);
void add_shrink(CLI::App& app, int& code);
void add_properties(CLI::App& app, int& code);
void add_engines(CLI::App& app, int& code);
void add_fuzz(CLI::App& app, int& code);
void add_reach(CLI::App& app, int& code);
void add_qemu_check(CLI::App& app, int& code);
void add_merge(CLI::App& app, int& code);
void add_adopt_finding(CLI::App& app, int& code);
void add_mutants(CLI::App& app, int& code);
void add_qemu_capture(CLI::App& app, int& code);
void add_qemu_kdump(CLI::App& app, int& code);
void add_qemu_live(CLI::App& app, int& code);
void add_report(CLI::App& app, int& code);
void add_completion(CLI::App& app, int& code);
void add_manual(CLI::App& app, int& code);

}  // namespace vtd::harness::cli
