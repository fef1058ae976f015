// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutant schemata: all mutants of a file in one text, each behind a question that the running program answers.
#pragma once

#include <string>
#include <vector>

#include "harness/mutants/mutant.h"

namespace vtd::harness::mutants {

// One replacement. Edits nest or are the same range; they never overlap otherwise.
struct Edit {
  std::size_t begin = 0, end = 0;  // of the original text
  Form form = Form::statement;
  std::string wrong;
  unsigned number = 0;  // vtd_mutant_is(number) chooses it
  std::string id;       // for complaints
};

// Where a hunk lies in its file. Throws InputError when its text does not occur exactly once.
Edit edit_of(const Hunk& hunk, const std::string& source, unsigned number, const std::string& id);

// The text with all edits in it, and the declaration of vtd_mutant_is in front. Throws InputError when edits overlap.
std::string planted(const std::string& source, std::vector<Edit> edits);

}  // namespace vtd::harness::mutants
