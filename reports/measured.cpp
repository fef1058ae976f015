// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads the measurements of a run. Unknown keys are allowed, wrong types are not.

#include "reports/measured.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vtd::reports {
namespace {

namespace fs = std::filesystem;

std::optional<double> maybe_number(const Source& s, std::string_view key) {
  return s.has(key) ? std::optional(s.number(key)) : std::nullopt;
}

std::vector<Count> counts_of(const Source& s) {
  std::vector<Count> out;
  for (const auto& [name, value] : s.json().items()) out.push_back({name, s.count(name)});
  return out;
}

Kills kills_from(const std::string& strategy, const Source& s) {
  Kills k;
  k.strategy = strategy;
  k.killed = s.count("killed");
  k.of = s.count("of");
  k.cpu_median = maybe_number(s.object("cpu_seconds"), "median");
  k.cpu_mean_restricted = maybe_number(s.object("cpu_seconds"), "mean_restricted");
  k.executions_median = maybe_number(s.object("executions"), "median");
  k.by = counts_of(s.object("by"));
  return k;
}

Covered covered_from(const Source& s) { return {s.count("count"), s.count("covered")}; }

CoveredFile file_from(std::string name, const Source& summary) {
  return {std::move(name),
          covered_from(summary.object("lines")),
          covered_from(summary.object("functions")),
          covered_from(summary.object("branches")),
          {}};
}

// Where sources were built is nobody's business.
std::string from_the_root(const std::string& file) {
  for (const std::string_view folder : {"/engine/", "/harness/", "/model/", "/properties/", "/reports/"})
    if (const std::size_t at = file.rfind(folder); at != std::string::npos) return file.substr(at + 1);
  return file;
}

std::vector<fs::path> pages_below(const fs::path& folder) {
  std::vector<fs::path> out;
  if (folder.empty()) return out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".html")
      out.push_back(entry.path().lexically_relative(folder));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::vector<Sample> growth_from(const Json& lines, const std::string& where) {
  std::vector<Sample> out;
  for (const Json& line : lines) {
    const Source s(line, where);
    out.push_back({s.number("second"), s.number("rate"), s.count("executions"), s.count("coverage"),
                   s.count("features"), s.count("corpus"), s.count("findings")});
  }
  return out;
}

Json to_json(const Sample& s) {
  return {{"second", s.second},     {"executions", s.executions}, {"rate", s.rate},        {"coverage", s.coverage},
          {"features", s.features}, {"corpus", s.corpus},         {"findings", s.findings}};
}

std::vector<Feature> reach_from(const Source& file) {
  std::vector<Feature> out;
  for (const Source& s : file.objects("features"))
    out.push_back({s.text("group"), s.text("name"), s.text("what"), "", s.count("produced"), s.count("reached")});
  for (const Source& s : file.objects("unreachable"))
    out.push_back({s.text("group"), s.text("name"), "", s.text("why"), 0, 0});
  return out;
}

Mutants mutants_from(const Source& file) {
  Mutants out;
  out.budget = file.object("budget").json();
  for (const Source& s : file.objects("mutants")) {
    Mutant m{s.text("id"),     s.text("kind"),     s.text("name"),
             s.text("file"),   s.text("operator"), s.text("status"),
             s.text("reason"), s.count("line"),    {}};
    const Source strategies = s.object("strategies");
    for (const auto& [name, value] : strategies.json().items())
      m.strategies.push_back(kills_from(name, strategies.object(name)));
    out.all.push_back(std::move(m));
  }
  return out;
}

std::vector<Oracle> oracles_from(const Source& file) {
  std::vector<Oracle> out;
  for (const Source& s : file.objects("oracles")) {
    Oracle oracle{s.text("name"),         s.text("what"),         s.count("probes"),
                  s.count("differences"), s.count("unexplained"), {}};
    for (const Source& e : s.objects("explained"))
      oracle.explained.push_back({e.text("deviation"), e.text("reference"), e.count("count")});
    out.push_back(std::move(oracle));
  }
  return out;
}

Coverage coverage_from(const Source& file, const fs::path& annotated) {
  Coverage out;
  const std::vector<fs::path> pages = pages_below(annotated);
  for (const Source& data : file.objects("data")) {
    for (const Source& s : data.objects("files")) {
      CoveredFile f = file_from(from_the_root(s.text("filename")), s.object("summary"));
      const auto page = std::find_if(pages.begin(), pages.end(), [&](const fs::path& p) {
        return p.generic_string().ends_with("/" + f.name + ".html") || p.generic_string() == f.name + ".html";
      });
      if (page != pages.end()) f.page = page->generic_string();
      out.files.push_back(std::move(f));
    }
    out.total = file_from("total", data.object("totals"));
  }
  return out;
}

}  // namespace vtd::reports
