// SPDX-License-Identifier: Apache-2.0 OR MIT
// The scenarios of corpus/, for tests that want all of them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/scenario/scenario.h"

namespace vtd::harness::test {

struct CorpusFile {
  std::string name;
  model::Scenario scenario;
};

// In the order of their names, so that a test is the same everywhere.
inline std::vector<CorpusFile> corpus(const char* folder) {
  std::vector<CorpusFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(VTD_SOURCE_DIR "/corpus/") + folder)) {
    if (entry.path().extension() != ".vtd") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CorpusFile file{entry.path().stem().string(), {}};
    if (const model::TextError error = model::parse_text(text, file.scenario)) throw std::runtime_error(error.message);
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const CorpusFile& a, const CorpusFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace vtd::harness::test
