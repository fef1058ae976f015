// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz reach`: what the last run reached, or several together, and a failure when something was left out.

#include <fmt/core.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/load.h"
#include "harness/cli/reach_file.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

struct ReachArguments {
  std::vector<std::string> files;
  std::uint64_t least = 0;
  bool json = false;
};

fs::path latest() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "reports" / "reach.json"; }

void print_as_text(const Json& reach) {
  std::string group;
  fmt::print("{} runs looked at\n", grouped(reach["runs"].get<std::uint64_t>()));
  for (const Json& f : reach["features"]) {
    if (f["group"] != group)
      fmt::print("\n{:<60} {:>10} {:>10}\n", f["group"].get<std::string>(), "produced", "reached");
    group = f["group"].get<std::string>();
    fmt::print("  {:<10} {:<47} {:>10} {:>10}\n", f["name"].get<std::string>().substr(0, 26),
               f["what"].get<std::string>(), grouped(f["produced"].get<std::uint64_t>()),
               grouped(f["reached"].get<std::uint64_t>()));
  }
  fmt::print("\nunreachable\n");
  for (const Json& f : reach["unreachable"])
    fmt::print("  {:<10} {}\n", f["name"].get<std::string>(), f["why"].get<std::string>());
}

// All files are of one build: they have the same features in the same order.
void add(Json& sum, const Json& reach, const std::string& file) {
  const std::size_t features = sum["features"].size();
  if (reach["features"].size() != features)
    throw InputError{fmt::format("{}: expected the {} features of the other files", file, features)};
  const auto add_number = [](Json& to, const Json& from) { to = to.get<std::uint64_t>() + from.get<std::uint64_t>(); };
  add_number(sum["runs"], reach["runs"]);
  for (std::size_t i = 0; i < features; ++i)
    for (const char* number : {"produced", "reached"})
      add_number(sum["features"][i][number], reach["features"][i][number]);
}

Json read_all(const std::vector<std::string>& files) {
  if (files.empty()) return read_reach(latest());
  Json sum = read_reach(files[0]);
  for (std::size_t i = 1; i < files.size(); ++i) add(sum, read_reach(files[i]), files[i]);
  return sum;
}

int run(const ReachArguments& o) {
  const Json reach = read_all(o.files);
  o.json ? print_json(reach) : print_as_text(reach);
  std::string missing;
  for (const Json& f : reach["features"])
    if (f["reached"].get<std::uint64_t>() < o.least) missing += " " + f["name"].get<std::string>();
  if (missing.empty()) return 0;
  fmt::print(stderr, "vtdfuzz: reached less than {} times:{}\n", o.least, missing);
  return static_cast<int>(Verdict::harness_error);
}

}  // namespace

Json reach_json(const ReachCounts& counts) {
  Json list = Json::array(), unreachable = Json::array();
  for (const FeatureInfo& f : features()) {
    const auto i = static_cast<std::size_t>(f.feature);
    list.push_back({{"group", f.group},
                    {"name", f.name},
                    {"what", f.what},
                    {"produced", counts.produced[i]},
                    {"reached", counts.reached[i]}});
  }
  for (const Unreachable& u : unreachable_features())
    unreachable.push_back({{"group", u.group}, {"name", u.name}, {"why", u.why}});
  return {{"runs", counts.runs}, {"features", list}, {"unreachable", unreachable}};
}

Json read_reach(const fs::path& file) {
  Json reach = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const bool whole = reach.is_object() && reach.contains("runs") && reach.contains("features") &&
                     reach["features"].is_array() && reach.contains("unreachable");
  if (!whole) throw InputError{fmt::format("{}: expected reach.json, as `vtdfuzz fuzz` leaves it", file.string())};
  return reach;
}

void add_reach(CLI::App& app, int& code) {
  CLI::App* command =
      app.add_subcommand("reach", "Which features of machines, tables and lives the last fuzzing run reached");
  auto o = std::make_shared<ReachArguments>();
  command->add_option("FILE", o->files,
                      "reach.json of runs, added up; by default that of the latest run of takeover_fuzzer");
  command->add_option("--min", o->least, "Fail when a feature was reached less often than this")
      ->check(any_count())
      ->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Exit code 13 means that a feature was reached less often than --min.\n"
      "Example: vtdfuzz fuzz --seconds 300 && vtdfuzz reach --min 1");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
