// SPDX-License-Identifier: Apache-2.0 OR MIT
// What was planted, under which number, as a program of mutants carries it beside itself (`*.mutants.json`).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vtd::harness::mutants {

struct Planted {
  unsigned number = 0;
  std::string id, name, file, oper, what, seen, invariants, right, wrong;
  unsigned line = 0;
  std::string caught_by;   // known ones: a property that the corpus must break
  std::string equivalent;  // why nothing can tell it from the original; empty: something must
  std::string open;        // what it would take to tell it, of one that nothing has told yet
};

struct Index {
  std::string kind;  // known, generated, oracle
  std::vector<Planted> mutants;
  std::vector<Planted> cannot_exist;  // `what` says why
};

std::string as_json(const Index& index);
// Throws InputError.
Index read_index(const std::filesystem::path& file);

}  // namespace vtd::harness::mutants
