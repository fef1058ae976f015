// SPDX-License-Identifier: Apache-2.0 OR MIT
// A dump of a dead kernel's memory as a scenario: which root tables, what hangs from them, the memory map; and what of
// it was guessed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/dump/broken_entries.h"
#include "harness/dump/find_roots.h"
#include "harness/dump/kernel_units.h"
#include "harness/import/captured.h"

namespace vtd::harness {

struct DumpOptions {
  std::vector<std::uint64_t> roots;                   // values of RTADDR, one a unit; empty: to be found
  std::optional<model::Address> unit;                 // the one whose registers lie there, of those the kernel knew
  std::string symbols;                                // text of a System.map or of /proc/kallsyms; may be empty
  std::optional<std::uint64_t> capability, extended;  // instead of what is known or guessed
  ImportOptions import;
};

enum class FoundBy : std::uint8_t { given, kernel, recognised };

struct DumpUnit {
  FoundBy found_by = FoundBy::recognised;
  std::uint64_t root = 0;  // RTADDR, with its mode
  RootEvidence evidence;
  std::optional<KernelUnit> kernel;  // what the kernel knew of it
  std::vector<BrokenEntry> broken;   // of legacy tables
};

struct DumpImport {
  Imported imported;
  std::vector<DumpUnit> units;        // those of the scenario
  std::vector<RootCandidate> ranked;  // what was recognised, best first; empty when roots were given
  std::vector<KernelUnit> kernel;     // what the kernel knew
  std::string kernel_trouble;         // why it could not be asked; empty when it could, or need not
  std::vector<std::string> notes;     // guesses and gaps, one sentence each; comments of the scenario, as the units are
  std::uint64_t table_pages = 0, left_out = 0, stray = 0;  // tables; those that the dump lacks; pointers out of RAM
};

// `name` stands in front of what is wrong with it. Throws InputError.
DumpImport import_dump(const std::string& name, Dump& dump, const DumpOptions& options);

}  // namespace vtd::harness
