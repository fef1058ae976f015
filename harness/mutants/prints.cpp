// SPDX-License-Identifier: Apache-2.0 OR MIT
// Fingerprints of files.
#include "harness/mutants/prints.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "harness/input_error.h"

namespace vtd::harness::mutants {
namespace {

namespace fs = std::filesystem;

class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

std::vector<fs::path> corpus_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".vtd") files.push_back(entry.path());
  const auto size_and_name = [](const fs::path& file) { return std::pair(fs::file_size(file), file); };
  std::sort(files.begin(), files.end(),
            [&](const fs::path& a, const fs::path& b) { return size_and_name(a) < size_and_name(b); });
  return files;
}

std::string fingerprint(const std::vector<fs::path>& files) {
  Hash hash;
  std::vector<char> block(1 << 16);
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw InputError{fmt::format("{}: cannot be read", file.string())};
    hash.add(fmt::format("{} {}\n", file.filename().string(), fs::file_size(file)));
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() != 0)
      hash.add({block.data(), static_cast<std::size_t>(in.gcount())});
  }
  return hash.text();
}

}  // namespace vtd::harness::mutants
