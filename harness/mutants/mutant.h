// SPDX-License-Identifier: Apache-2.0 OR MIT
// A mutant: a mistake that can be planted in copies of the project's sources. Written by hand (`.mutant` files) or made
// from Clang's AST.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vtd::harness::mutants {

enum class Form : std::uint8_t {
  statement,   // if (mutant) { wrong } else { right }
  expression,  // (mutant ? (wrong) : (right))
  code,        // wrong stands in every mutant's place: declarations that a mutant needs
};

// What is replaced in one file. The text occurs exactly once; context around the part that is replaced may pin it down.
struct Hunk {
  std::string file;  // from the root of the repository
  Form form = Form::statement;
  std::string text;
  std::size_t first = 0, bytes = 0;  // of the part replaced, within the text
  std::string wrong;
};

struct Mutant {
  std::string id, name;
  std::string invariants;    // of the catalogue of known bugs
  std::string what;          // one sentence
  std::string seen;          // in whose code: commits, message ids, CVEs, titles of changelogs; none of the oracle's
  std::string cannot_exist;  // why there is nothing to plant; empty: there is
  std::string caught_by;     // properties that must be among those that the corpus breaks
  std::vector<Hunk> hunks;
};

// One `.mutant` file. Throws InputError with file and line.
Mutant read_mutant(const std::filesystem::path& file);
// All of a folder, in order of name.
std::vector<Mutant> read_mutants(const std::filesystem::path& folder);

}  // namespace vtd::harness::mutants
