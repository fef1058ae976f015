// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants made from a source's syntax tree by the standard operators of mutation testing.
//
//   AOR  arithmetic operator        ROR  relational operator         SDL  statement deleted
//   SOR  shift operator             LCR  logical connector           ASW  neighbouring arguments of one type swapped
//   BOR  bitwise operator           NEG  negation dropped or added   CRP  constant replaced
//   INC  increment and decrement    LOR  one side of a logical connector alone
#pragma once

#include <string>
#include <vector>

#include "harness/mutants/plant.h"

namespace vtd::harness::mutants {

struct AstMutant {
  std::string id;  // file, function, operator and a count: it survives changes elsewhere
  std::string oper;
  unsigned line = 0;
  std::string right, wrong;  // for a person
  Edit edit;
};

// `tree` is what `clang -Xclang -ast-dump=json -Xclang -ast-dump-filter=vtd` says of the source. Only what stands in
// the source itself counts, constant expressions excepted: a question asked at run time cannot stand there. Throws
// InputError.
std::vector<AstMutant> ast_mutants(const std::string& tree, const std::string& source, const std::string& file);

}  // namespace vtd::harness::mutants
