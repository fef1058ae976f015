// SPDX-License-Identifier: Apache-2.0 OR MIT
// Shell completion and the manual page: made from the commands, and of use to bash and to man.

#include <gmock/gmock.h>

#include "harness/tests/cli_program.h"

namespace vtd::harness {
namespace {

using testing::HasSubstr;

class Documents : public CommandTest {
 protected:
  // What bash completes after these words; the last one is under the cursor.
  std::string completed(const std::string& words) {
    const std::string file = write("completion", run({"completion", "bash"}).out);
    program_ = "/bin/bash";
    const Said said = run({"-ec", "source " + file + "; COMP_WORDS=(" + words +
                                      "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _vtdfuzz; echo \"${COMPREPLY[*]}\""});
    program_ = VTDFUZZ_PROGRAM;
    EXPECT_EQ(said.code, 0) << said.err;
    return said.out;
  }
};

TEST_F(Documents, bash_completes_commands_options_and_values) {
  EXPECT_EQ(completed("vtdfuzz fu"), "fuzz\n");
  EXPECT_EQ(completed("vtdfuzz check --st"), "--strategy\n");
  EXPECT_EQ(completed("vtdfuzz check --strategy ''"), "deep shallow auto both\n");
  EXPECT_EQ(completed("vtdfuzz completion z"), "zsh\n");
  EXPECT_EQ(completed("vtdfuzz check corpus"), "\n") << "files are bash's own affair";
}

TEST_F(Documents, zsh_gets_a_function) {
  const Said said = run({"completion", "zsh"});
  EXPECT_TRUE(said.out.starts_with("#compdef vtdfuzz\n"));
  EXPECT_THAT(said.out, HasSubstr("'--format[Which files\\: html, markdown, junit, sarif, openpbt]"));
}

TEST_F(Documents, another_shell_is_refused) { expect_refused({"completion", "fish"}, "fish not in {bash,zsh}"); }

TEST_F(Documents, the_manual_has_every_command_and_its_options) {
  const std::string manual = run({"manual"}).out;
  for (const char* words : {".TH VTDFUZZ 1", ".SS takeover", ".SS report", "\\fB\\-\\-strategy\\fR",
                            "one of \\fBdeep\\fR, \\fBshallow\\fR", ".SH EXIT STATUS", "NO_COLOR"})
    EXPECT_THAT(manual, HasSubstr(words));
}

}  // namespace
}  // namespace vtd::harness
