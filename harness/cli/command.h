// SPDX-License-Identifier: Apache-2.0 OR MIT
// The commands of `vtdfuzz`. Each registers itself; the one that the command line names leaves its exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace vtd::harness::cli {

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
