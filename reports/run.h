// SPDX-License-Identifier: Apache-2.0 OR MIT
// A run's folder (reports/README.md): what `vtdfuzz fuzz` and the other commands leave, and reports are made of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/measured.h"
#include "reports/summary.h"

namespace vtd::reports {

// What the folder of a finding holds beside its input.
struct FindingFiles {
  std::string scenario;               // as text
  std::vector<std::string> pictures;  // SVG: the tables of the dead kernel, and those that the engine made
};

struct Run {
  std::filesystem::path folder;
  std::string name;          // of the folder, for a person
  std::size_t session = 0;   // runs found below the same folder belong together
  std::string session_name;  // of that folder
  std::optional<FuzzSummary> summary;
  std::vector<FindingFiles> files;  // of the summary's findings, in their order
  std::vector<Sample> growth;
  std::optional<std::vector<Feature>> reach;
  std::optional<Mutants> mutants;
  std::optional<std::vector<Oracle>> oracles;
  std::optional<Coverage> coverage;
  std::filesystem::path annotated;  // the folder of annotated sources; empty without
};

// The names of what lies in a run's folder.
inline constexpr const char* kRunFile = "run.json";
inline constexpr const char* kGrowthFile = "growth.jsonl";
inline constexpr const char* kFindingsFolder = "findings";
inline constexpr const char* kScenarioFile = "scenario.vtd";
inline constexpr const char* kPictureFiles[] = {"before.svg", "after.svg"};

// The runs in these folders and below them, oldest first; each folder is a session. Throws BadRun when a folder has
// none.
std::vector<Run> read_runs(const std::vector<std::string>& folders);

}  // namespace vtd::reports
