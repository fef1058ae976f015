// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz fuzz` beside pretended fuzz targets: scripts that say what libFuzzer says.
#pragma once

#include "harness/tests/cli_program.h"

namespace vtd::harness {

class FuzzRun : public CommandTest {
 protected:
  FuzzRun() {
    std::filesystem::create_directories(path("build/bin"));
    std::filesystem::copy_file(program_, path("build/bin/vtdfuzz"));
    program_ = path("build/bin/vtdfuzz");
    std::filesystem::create_directories(path("corpus/seeds"));
    write("corpus/seeds/one.vtd", kSmallMachine);
  }
  // A script in the place of a target. libFuzzer's words go to standard error.
  void pretend(const std::string& target, const std::string& script) const {
    const std::string file = write("build/bin/" + target, "#!/bin/sh\nexec >&2\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::string report(const std::string& target) const {
    return content_of(path("build/reports/fuzz-" + target + ".md"));
  }

  static constexpr const char* kWorks = "echo '#1000\tNEW    cov: 12 ft: 34 corp: 5/67b lim: 4 exec/s: 500 rss: 40Mb'";
};

// Fuzzing writes the input and stops; the replay has one input and no -max_total_time.
inline constexpr const char* kFinds =
    "; echo '! BROKEN text_is_lossless'; echo '  expected  a'\n"
    "for word; do case $word in -artifact_prefix=*) prefix=${word#-artifact_prefix=};; esac; done\n"
    "if [ -n \"$prefix\" ]; then echo x > \"${prefix}crash-1\"; echo \"Test unit written to ${prefix}crash-1\"; fi\n"
    "exit 77";

}  // namespace vtd::harness
