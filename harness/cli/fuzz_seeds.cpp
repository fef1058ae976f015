// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scenarios of the corpus turned into the raw inputs of a fuzz target.

#include "harness/cli/fuzz_seeds.h"

#include <fmt/core.h>

#include "harness/cli/load.h"
#include "harness/cli/output.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

void write_one(const fs::path& file, const std::string& content, Seeds& seeds) {
  if (content.size() > kMostInputBytes) {
    ++seeds.left_out;
    return;
  }
  write_file(file, content);
  ++seeds.written;
}

}  // namespace

std::vector<fs::path> corpus_folders(const std::vector<fs::path>& places) {
  for (const fs::path& place : places) {
    for (fs::path folder = fs::absolute(place);; folder = folder.parent_path()) {
      std::vector<fs::path> found;
      for (const char* name : {"seeds", "real", "regressions", "evolved"})
        if (fs::is_directory(folder / "corpus" / name)) found.push_back(folder / "corpus" / name);
      if (!found.empty()) return found;
      if (folder == folder.parent_path()) break;
    }
  }
  throw InputError{
      fmt::format("no folder corpus/seeds above {}: name the seeds with --seeds", places.front().string())};
}

Seeds write_seeds(const std::vector<fs::path>& folders, const fs::path& to, bool texts_too) {
  Seeds seeds;
  for (const fs::path& folder : folders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || entry.path().extension() != ".vtd") continue;
      const std::string name = folder.filename().string() + "-" + entry.path().stem().string();
      write_one(to / name, raw_bytes(load(entry.path()).scenario), seeds);
      if (texts_too) write_one(to / (name + ".vtd"), read_file(entry.path()), seeds);
    }
  }
  return seeds;
}

}  // namespace vtd::harness::cli
