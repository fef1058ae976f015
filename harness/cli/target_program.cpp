// SPDX-License-Identifier: Apache-2.0 OR MIT
// Looking beside this program.

#include "harness/cli/target_program.h"

#include <fmt/core.h>

#include "harness/input_error.h"

namespace vtd::harness::cli {

namespace fs = std::filesystem;

fs::path own_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

fs::path program_of(const std::string& target) {
  const fs::path program = own_folder() / target;
  if (target.ends_with("_fuzzer") && fs::is_regular_file(program)) return program;
  std::string others;
  for (const fs::directory_entry& entry : fs::directory_iterator(own_folder()))
    if (const std::string name = entry.path().filename().string(); name.ends_with("_fuzzer"))
      others += (others.empty() ? "" : ", ") + name;
  throw InputError{fmt::format("no fuzz target {} beside this program: expected {}", target,
                               others.empty() ? "one of the `fuzz` build" : others)};
}

bool has_engine(const std::string& target) { return target != "scenario_fuzzer" && target != "import_fuzzer"; }

fs::path artifacts_of(const std::string& target) { return own_folder().parent_path() / "artifacts" / target; }

std::string shown(const fs::path& path) {
  const fs::path relative = fs::proximate(path);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

fs::path made(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw InputError{fmt::format("{}: cannot be made: {}", folder.string(), error.message())};
  return folder;
}

}  // namespace vtd::harness::cli
