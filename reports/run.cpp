// SPDX-License-Identifier: Apache-2.0 OR MIT
// Finds and reads the folders of runs.

#include "reports/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "reports/summary_json.h"

namespace vtd::reports {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 6> kFiles = {kRunFile,       kGrowthFile,    "reach.json",
                                               "mutants.json", "oracles.json", "coverage.json"};

bool is_run(const fs::path& folder) {
  return std::any_of(kFiles.begin(), kFiles.end(), [&](const char* name) { return fs::exists(folder / name); });
}

// The folders of runs at and below one. A run's findings and annotated sources are no runs.
void collect(const fs::path& folder, std::size_t session, std::map<fs::path, std::size_t>& out) {
  if (is_run(folder)) out.try_emplace(fs::weakly_canonical(folder), session);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.is_directory() && entry.path().filename() != kFindingsFolder && entry.path().filename() != "html")
      collect(entry.path(), session, out);
}

std::string name_of(const fs::path& folder) {
  const fs::path whole = fs::weakly_canonical(folder);
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

FindingFiles read_files(const fs::path& folder) {
  FindingFiles files;
  if (fs::exists(folder / kScenarioFile)) files.scenario = read_text(folder / kScenarioFile);
  for (const char* name : kPictureFiles)
    if (fs::exists(folder / name)) files.pictures.push_back(read_text(folder / name));
  return files;
}

// Calls `take` with a file's object when the file is there.
template <class Take>
void with_file(const fs::path& path, Take take) {
  if (!fs::exists(path)) return;
  const Json json = read_json(path);
  take(Source(json, path.string()));
}

// A run that was killed has its samples, and nothing else that is newer.
void take_last_sample(const std::vector<Sample>& growth, FuzzSummary& summary) {
  if (growth.empty()) return;
  const Sample& last = growth.back();
  summary.seconds = static_cast<std::uint64_t>(last.second);
  summary.executions = last.executions;
  summary.coverage = last.coverage;
  summary.features = last.features;
  summary.corpus = last.corpus;
}

Run read_run(const fs::path& folder, std::size_t session) {
  Run run;
  run.folder = folder;
  run.session = session;
  run.name = folder.filename().string();
  if (const fs::path growth = folder / kGrowthFile; fs::exists(growth))
    run.growth = growth_from(read_json_lines(growth), growth.string());
  with_file(folder / kRunFile, [&](const Source& s) { run.summary = summary_from(s); });
  if (run.summary) {
    if (!run.summary->finished) take_last_sample(run.growth, *run.summary);
    for (const Finding& f : run.summary->findings)
      run.files.push_back(read_files(folder / kFindingsFolder / f.cluster.id));
  }
  with_file(folder / "reach.json", [&](const Source& s) { run.reach = reach_from(s); });
  with_file(folder / "mutants.json", [&](const Source& s) { run.mutants = mutants_from(s); });
  with_file(folder / "oracles.json", [&](const Source& s) { run.oracles = oracles_from(s); });
  if (fs::is_directory(folder / "html")) run.annotated = folder / "html";
  with_file(folder / "coverage.json", [&](const Source& s) { run.coverage = coverage_from(s, run.annotated); });
  return run;
}

}  // namespace

std::vector<Run> read_runs(const std::vector<std::string>& folders) {
  std::map<fs::path, std::size_t> found;
  for (std::size_t session = 0; session < folders.size(); ++session) {
    const std::string& folder = folders[session];
    if (!fs::is_directory(folder)) throw BadRun{fmt::format("{}: expected the folder of a run", folder)};
    std::map<fs::path, std::size_t> here;
    collect(folder, session, here);
    if (here.empty())
      throw BadRun{
          fmt::format("{}: no run here or below: expected a folder with one of run.json, growth.jsonl, "
                      "reach.json, mutants.json, oracles.json, coverage.json",
                      folder)};
    found.merge(here);
  }
  std::vector<Run> runs;
  for (const auto& [folder, session] : found) {
    runs.push_back(read_run(folder, session));
    runs.back().session_name = name_of(folders[session]);
  }
  const auto order = [](const Run& r) { return std::pair(r.summary ? r.summary->began : std::string(), r.folder); };
  std::sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) { return order(a) < order(b); });
  return runs;
}

}  // namespace vtd::reports
