// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz adopt-finding`: from a crash to a regression. Replays three times, shrinks, names the finding after property
// and place, and writes it where `ci/test` looks.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/isolated.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/session.h"
#include "harness/shrink.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using model::Scenario;

constexpr unsigned kReplays = 3;

struct AdoptArguments {
  std::string file, name, folder = "corpus/regressions";
  EngineOptions engine;
  double seconds = 30;
  bool json = false;
};

// "a_live_entry_is_never_torn" and "engine/context.cpp" become words of a file name.
std::string slug(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (word) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!word && !out.empty() && out.back() != '-') out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

// Lines move with every edit, files seldom.
std::string cluster_of(const Isolated& run) {
  std::string place = run.place.substr(0, run.place.find(':'));
  place = fs::path(place).stem().string();
  // An expectation that is not met has no place in the engine.
  return slug(run.headline + " " + run.step + " " +
              (run.expected.empty() ? place : run.what.substr(0, run.what.find(';'))));
}

std::string test_name(const std::string& cluster) {
  std::string out;
  bool upper = true;
  for (const char c : cluster) {
    if (c != '-') out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '-';
  }
  return out;
}

class Adopt {
 public:
  explicit Adopt(const AdoptArguments& o) : o_(o), options_(options_for(Extent::whole_life, o.engine.strategy)) {
    if (!fs::is_directory(o.folder)) throw InputError{fmt::format("{}: expected a folder of regressions", o.folder)};
    if (slug(o.name) != o.name)
      throw InputError{fmt::format("--name {}: expected words like {}", o.name, slug(o.name))};
    expect_writable(fs::path(o.folder) / ((o.name.empty() ? "finding" : o.name) + ".vtd"));
  }

  int run() {
    const Scenario found = load(o_.file).scenario;
    failing_ = replayed(found);
    say(failing_.message);
    const Scenario smallest = shrink(
        found, [&](const Scenario& s) { return is_the_same(run_one(s, Telling::headline_only)); },
        [&](const ShrinkProgress& p) { return time_is_up(p); });
    const Isolated last = run_one(smallest, Telling::everything);
    deliver(found, smallest, last);
    return static_cast<int>(last.verdict);
  }

 private:
  Isolated run_one(const Scenario& scenario, Telling telling) const {
    return run_isolated(o_.engine.engine, scenario, options_, o_.file, telling);
  }

  // Shrinking must not slide from one mistake to another.
  bool is_the_same(const Isolated& run) const {
    return run.headline == failing_.headline && run.what == failing_.what && run.expected == failing_.expected;
  }

  // A finding that comes and goes is a finding about the harness: nothing is adopted.
  Isolated replayed(const Scenario& scenario) const {
    const Isolated first = run_one(scenario, Telling::everything);
    if (first.verdict != Verdict::broken && first.verdict != Verdict::engine_crash)
      throw InputError{fmt::format("{}: expected a scenario that breaks a property: the verdict is {}", o_.file,
                                   verdict_name(first.verdict))};
    for (unsigned i = 1; i < kReplays; ++i) {
      const Isolated again = run_one(scenario, Telling::headline_only);
      if (again.verdict != first.verdict || again.headline != first.headline)
        throw InputError{fmt::format("{}: {} the first time, {} the next: expected the same {} times", o_.file,
                                     first.headline, again.headline, kReplays)};
    }
    return first;
  }

  bool time_is_up(const ShrinkProgress& progress) {
    const Clock::time_point now = Clock::now();
    if (now >= told_ + std::chrono::seconds(1)) {
      told_ = now;
      say(fmt::format("shrinking: {} of {} candidates kept, {} left\n", grouped(progress.accepted),
                      grouped(progress.tried), count_of(progress.steps, "step")));
    }
    return now >= deadline_;
  }

  void deliver(const Scenario& from, const Scenario& smallest, const Isolated& last) const {
    const std::string cluster = cluster_of(last);
    const fs::path file = fs::path(o_.folder) / ((o_.name.empty() ? cluster : o_.name) + ".vtd");
    const bool known = fs::exists(file);
    const std::string text = regression(smallest, last);
    if (!known) write_file(file, text);
    if (o_.json) {
      print_json({{"input", o_.file},
                  {"verdict", verdict_name(last.verdict)},
                  {"headline", last.headline},
                  {"place", last.place},
                  {"cluster", cluster},
                  {"replays", kReplays},
                  {"steps_before", from.steps.size()},
                  {"steps_after", smallest.steps.size()},
                  {"output", known ? Json(nullptr) : Json(file.string())},
                  {"known_as", known ? Json(file.string()) : Json(nullptr)},
                  {"scenario", text}});
      return;
    }
    fmt::print("finding   {}\nplace     {}\ncluster   {}\nshrunk    from {} to {}\n{}   {}\n\n{}", last.headline,
               last.place, cluster, count_of(from.steps.size(), "step"), count_of(smallest.steps.size(), "step"),
               known ? "known as" : "written ", file.string(), paste_ready(cluster, text));
  }

  // What `ci/test` runs from now on.
  static std::string regression(const Scenario& scenario, const Isolated& run) {
    const std::string text = model::print_text(scenario);
    const std::size_t first = text.find('\n') + 1;
    return text.substr(0, first) + fmt::format("# Broke {}: {}.\n", run.headline, run.what) + text.substr(first);
  }

  static std::string paste_ready(const std::string& cluster, const std::string& scenario) {
    return fmt::format(
        "TEST(Regressions, {}) {{\n  model::Scenario scenario;\n  ASSERT_FALSE(model::parse_text(R\"({})\", "
        "scenario));\n"
        "  Runner runner;\n  EXPECT_EQ(runner.run(scenario, *vtd_engine_get(), {{}}).verdict, Verdict::held);\n}}\n",
        test_name(cluster), scenario);
  }

  static void say(const std::string& text) { fmt::print(stderr, "{}", text); }

  const AdoptArguments& o_;
  RunOptions options_;
  Isolated failing_;
  Clock::time_point told_ = Clock::now();
  Clock::time_point deadline_ =
      told_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(o_.seconds));
};

}  // namespace

void add_adopt_finding(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("adopt-finding", "From a crash to a regression that ci/test runs");
  auto o = std::make_shared<AdoptArguments>();
  command->add_option("FILE", o->file, "The scenario, or the input of a fuzz target")->required();
  command->add_option("--name", o->name, "Of the file; after the property and the place if left out");
  command->add_option("-o,--output", o->folder, "Folder of regressions")->capture_default_str();
  add_engine_options(*command, o->engine, /*with_both=*/false);
  command->add_option("--seconds", o->seconds, "Deadline of shrinking")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Replays three times, prints the failure as it is, shrinks, and writes CLUSTER.vtd unless it exists.\n"
      "The exit code is that of the failure.\nExamples:\n  vtdfuzz adopt-finding crash-0a1b2c\n  vtdfuzz adopt-finding "
      "crash-0a1b2c --name a-root-entry-without-a-table");
  command->callback([o, &code] { code = Adopt(*o).run(); });
}

}  // namespace vtd::harness::cli
