// SPDX-License-Identifier: Apache-2.0 OR MIT
// The mistakes written by hand, against the sources and the properties of today.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/input_error.h"
#include "harness/mutants/mutant.h"
#include "harness/mutants/plant.h"
#include "properties/judge.h"

namespace vtd::harness::mutants {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = VTD_SOURCE_DIR;

std::vector<Mutant> mutants_in(const std::string& folder) { return read_mutants(kRoot / "harness/mutants" / folder); }

void expect_found(const Mutant& mutant) {
  for (const Hunk& hunk : mutant.hunks) {
    std::ostringstream source;
    source << std::ifstream(kRoot / hunk.file).rdbuf();
    try {
      edit_of(hunk, source.str(), 1, mutant.id);
    } catch (const InputError& error) { ADD_FAILURE() << error.message; }
  }
}

// Else the programs of mutants do not build, and who changes the engine may not look at them.
TEST(WrittenMutants, EachFindsItsPlaceInTheSources) {
  for (const char* folder : {"known", "canaries", "oracle"})
    for (const Mutant& mutant : mutants_in(folder)) expect_found(mutant);
}

TEST(Canaries, EachPropertyHasOneOrAReason) {
  std::set<std::string> watched, properties;
  for (const char* folder : {"known", "canaries"})
    for (const Mutant& mutant : mutants_in(folder))
      if (!mutant.caught_by.empty()) watched.insert(mutant.caught_by);
  for (const properties::PropertyInfo& property : properties::catalogue()) properties.insert(property.name);
  EXPECT_EQ(watched, properties) << "harness/mutants/README.md, \"Who watches the oracle\"";
}

}  // namespace
}  // namespace vtd::harness::mutants
