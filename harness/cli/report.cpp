// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz report`: what runs left behind, as a page, for a build server, and for other tools.

#include "reports/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/output.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;
using reports::Report;

struct ReportArguments {
  std::vector<std::string> runs, formats = {"html"};
  std::string output = "report";
  bool json = false;
};

struct ReportForm {
  const char* name;
  const char* file;
  std::string (*make)(const Report&);
};
constexpr std::array<ReportForm, 5> kForms = {{{"html", "index.html", reports::html},
                                               {"markdown", "summary.md", reports::markdown},
                                               {"junit", "junit.xml", reports::junit},
                                               {"sarif", "results.sarif", reports::sarif},
                                               {"openpbt", "openpbt.jsonl", reports::openpbt}}};

std::vector<std::string> form_names() {
  std::vector<std::string> names;
  for (const ReportForm& form : kForms) names.emplace_back(form.name);
  return names;
}

Report read(const std::vector<std::string>& folders) {
  try {
    return Report(reports::read_runs(folders));
  } catch (const reports::BadRun& bad) { throw InputError{bad.message}; }
}

// The page links into annotated sources that lie beside it.
void copy_annotated(const Report& report, const fs::path& to) {
  const reports::Run* const run = report.newest_with(&reports::Run::coverage).run;
  if (run == nullptr || run->annotated.empty()) return;
  if (fs::weakly_canonical(run->annotated) == fs::weakly_canonical(to / "coverage")) return;
  fs::copy(run->annotated, to / "coverage", fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

int run(const ReportArguments& o) {
  const Report report = read(o.runs);
  const fs::path folder = o.output;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw InputError{fmt::format("{}: cannot be made: {}", o.output, error.message())};
  Json files = Json::object();
  for (const ReportForm& form : kForms) {
    if (std::find(o.formats.begin(), o.formats.end(), form.name) == o.formats.end()) continue;
    const fs::path file = folder / form.file;
    write_file(file, form.make(report));
    if (std::string_view(form.name) == "html") copy_annotated(report, folder);
    files[form.name] = file.string();
    if (!o.json) fmt::print("{:<9} {}\n", form.name, file.string());
  }
  if (!o.json) return 0;
  Json conclusions = Json::array();
  for (const reports::Conclusion& c : reports::conclusions(report))
    conclusions.push_back({{"level", level_name(c.level)}, {"text", c.text}});
  print_json({{"runs", report.runs().size()}, {"conclusions", conclusions}, {"files", files}});
  return 0;
}

}  // namespace

void add_report(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("report", "Make a page, or files for other tools, of what runs left behind");
  auto o = std::make_shared<ReportArguments>();
  command->add_option("RUN", o->runs, "Folders of runs (vtdfuzz fuzz names its own), or folders of such folders")
      ->required();
  command->add_option("-o,--output", o->output, "The folder for the files")->capture_default_str();
  command->add_option("--format", o->formats, "Which files: html, markdown, junit, sarif, openpbt")
      ->delimiter(',')
      ->check(CLI::IsMember(form_names()))
      ->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Each RUN is a session: what lies below it belongs together. The newest is reported, the others are its "
      "history.\n"
      "Examples:\n  vtdfuzz report build/runs/* -o build/report\n"
      "  vtdfuzz report build/runs/takeover_fuzzer-20260331-221500 --format html,junit,sarif -o report");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
