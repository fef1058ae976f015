// SPDX-License-Identifier: Apache-2.0 OR MIT
// A crash in the code under test ends the process: say which scenario did it, and leave with the code for it.
#pragma once

#include <string>

namespace vtd::harness::cli {

// From here on a crash (a signal, or a sanitizer's report) prints the note and exits with 11.
void install_crash_note();
// The scenario being run, and the command that runs it again; an empty scenario when none is.
void set_crash_note(const std::string& scenario, const std::string& replay);

}  // namespace vtd::harness::cli
