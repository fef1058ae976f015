// SPDX-License-Identifier: Apache-2.0 OR MIT
// A main for fuzz targets without a fuzzing engine: runs the files named, and those of the folders named, in order of
// name. A finding ends the process as it does under an engine.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr int kBadInput = 2;

int complain(const fs::path& path, const char* what) {
  std::fprintf(stderr, "%s: %s\n", path.c_str(), what);
  return kBadInput;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool run(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> content{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return false;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) == "--help") {
    std::fprintf(argc < 2 ? stderr : stdout, "usage: %s FILE|FOLDER...   runs each input once\n", argv[0]);
    return argc < 2 ? kBadInput : 0;
  }
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    const fs::path path = argv[i];
    if (!fs::exists(path)) return complain(path, "does not exist: expected an input or a folder of inputs");
    for (const fs::path& file : fs::is_directory(path) ? files_in(path) : std::vector<fs::path>{path}) {
      if (!run(file)) return complain(file, "cannot be read");
      ++inputs;
    }
  }
  std::fprintf(stderr, "%zu inputs run\n", inputs);
  return 0;
}
