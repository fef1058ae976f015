// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz check`: scenarios against all properties, one line each, failure messages of the first broken ones, a
// summary.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "harness/cli/check_cases.h"
#include "harness/cli/command.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/session.h"

namespace vtd::harness::cli {
namespace {

using properties::kProperties;
using properties::Property;
using properties::PropertyInfo;
using Counts = std::array<std::uint64_t, kProperties>;

struct CheckArguments {
  std::vector<std::string> paths;
  EngineOptions engine;
  std::size_t messages = 3;
  std::string openpbt;
  bool verbose = false, json = false;
};

// What became of one file, under one strategy or several.
struct CheckedFile {
  std::string file, strategy, reason, message;
  Verdict verdict = Verdict::held;
  Form form = Form::text;
  bool unreadable = false;  // not even a scenario: complained about already
  Counts counts{};
};

// The worst verdict decides the exit code: what cannot be trusted comes before what was found, and that before the
// rest.
constexpr std::array<Verdict, 7> kBySeverity = {Verdict::held,         Verdict::spent,        Verdict::rejected,
                                                Verdict::broken,       Verdict::engine_crash, Verdict::model_error,
                                                Verdict::harness_error};
Verdict worse(Verdict a, Verdict b) {
  const auto rank = [](Verdict v) { return std::find(kBySeverity.begin(), kBySeverity.end(), v); };
  return rank(a) < rank(b) ? b : a;
}

std::uint64_t sum(const Counts& counts) {
  std::uint64_t total = 0;
  for (const std::uint64_t n : counts) total += n;
  return total;
}

std::size_t evaluated(const Counts& counts) {
  return static_cast<std::size_t>(std::count_if(counts.begin(), counts.end(), [](std::uint64_t n) { return n != 0; }));
}

std::string line(const CheckedFile& o, std::size_t width) {
  const std::string told =
      o.verdict == Verdict::held
          ? fmt::format("{} properties, {} evaluations", evaluated(o.counts), grouped(sum(o.counts)))
          : (o.strategy.empty() ? o.reason : fmt::format("{} ({})", o.reason, o.strategy));
  return fmt::format("{:<7} {:<{}}  {}{}\n", verdict_name(o.verdict), o.file, width, told,
                     o.form == Form::raw ? ", read as a fuzzer's raw input" : "");
}

Json as_json(const CheckedFile& o) {
  Json json = {{"file", o.file},
               {"form", o.unreadable ? Json(nullptr) : Json(form_name(o.form))},
               {"verdict", verdict_name(o.verdict)},
               {"properties", evaluated(o.counts)},
               {"evaluations", sum(o.counts)}};
  if (o.verdict == Verdict::held) return json;
  json["reason"] = o.reason;
  if (!o.strategy.empty()) json["strategy"] = o.strategy;
  if (!o.message.empty()) json["message"] = o.message;
  return json;
}

class Check {
 public:
  explicit Check(const CheckArguments& options)
      : options_(options), session_(options.engine.engine, options.engine.hunt), strategies_(strategies()) {}

  int run() {
    if (!options_.openpbt.empty()) expect_writable(options_.openpbt);
    const auto files = scenario_files(options_.paths);
    std::size_t width = 0;
    for (const auto& file : files) width = std::max(width, file.string().size());
    for (const auto& file : files) {
      outcomes_.push_back(check(file));
      const CheckedFile& o = outcomes_.back();
      worst_ = worse(worst_, o.verdict);
      for (std::size_t i = 0; i < kProperties; ++i) totals_[i] += o.counts[i];
      if (!options_.json && !o.unreadable) {
        fmt::print("{}", line(o, width));
        std::fflush(stdout);
      }
    }
    if (!options_.openpbt.empty()) write_file(options_.openpbt, cases_);
    options_.json ? print_as_json() : print_rest();
    return static_cast<int>(worst_);
  }

 private:
  // Strategies to run a scenario under; what an engine does not claim is not asked of it.
  std::vector<std::string> strategies() const {
    const std::string& wanted = options_.engine.strategy;
    if (wanted == "auto") return {wanted};
    const bool deep = session_.offers(model::Strategy::deep), shallow = session_.offers(model::Strategy::shallow);
    if (wanted.empty() && deep && shallow) return {wanted};
    std::vector<std::string> out;
    if (deep && wanted != "shallow") out.emplace_back("deep");
    if (shallow && wanted != "deep") out.emplace_back("shallow");
    if (out.empty())
      throw InputError{fmt::format("--strategy {}: engine {} does not offer it", wanted, options_.engine.engine)};
    return out;
  }

  CheckedFile check(const std::filesystem::path& file) {
    CheckedFile outcome;
    outcome.file = file.string();
    try {
      const Loaded loaded = load(file);
      outcome.form = loaded.form;
      for (const std::string& strategy : strategies_)
        if (outcome.verdict == Verdict::held) run_one(loaded.scenario, strategy, outcome);
    } catch (const InputError& error) {
      fmt::print(stderr, "vtdfuzz: {}\n", error.message);
      outcome.verdict = Verdict::rejected;
      outcome.unreadable = true;
      outcome.reason = error.message;
    }
    return outcome;
  }

  void run_one(const model::Scenario& scenario, const std::string& strategy, CheckedFile& outcome) {
    properties::Judge& judge = session_.runner().judge();
    judge.clear_counters();
    RunOptions options = options_for(Extent::whole_life, strategy);
    options.twice = true;
    const auto began = std::chrono::steady_clock::now();
    const RunResult result = session_.run(scenario, options, outcome.file);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    for (std::size_t i = 0; i < kProperties; ++i) outcome.counts[i] += judge.count(static_cast<Property>(i));
    outcome.verdict = result.verdict;
    note_reason(result, strategy, outcome);
    if (!options_.openpbt.empty())
      cases_ += case_line({outcome.file, outcome.reason, took.count(), run_start_}, scenario, session_.runner());
    if (result.verdict == Verdict::held) return;
    if (result.verdict == Verdict::rejected)
      fmt::print(stderr, "vtdfuzz: {}\n", not_a_machine(outcome.file, result, scenario));
    if ((result.verdict == Verdict::broken || result.verdict == Verdict::engine_crash) &&
        messages_++ < options_.messages)
      outcome.message =
          failure_message(session_.runner(), scenario, session_.engine(), options,
                          replay_command(options_.engine.engine, strategy, outcome.file, options_.engine.hunt));
  }

  void note_reason(const RunResult& result, const std::string& strategy, CheckedFile& outcome) {
    if (result.verdict == Verdict::held) return;
    outcome.strategy = strategy;
    outcome.reason = result.verdict == Verdict::broken
                         ? properties::info(session_.runner().judge().first().property).name
                         : (result.why != nullptr ? result.why : "");
  }

  std::string tally() const {
    std::string text;
    for (const Verdict v : kBySeverity) {
      const auto n =
          std::count_if(outcomes_.begin(), outcomes_.end(), [v](const CheckedFile& o) { return o.verdict == v; });
      if (n != 0)
        text +=
            fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(static_cast<std::uint64_t>(n)), verdict_name(v));
    }
    return text;
  }

  void print_rest() const {
    if (std::all_of(outcomes_.begin(), outcomes_.end(), [](const CheckedFile& o) { return o.unreadable; })) return;
    for (const CheckedFile& o : outcomes_)
      if (!o.message.empty()) fmt::print("\n{}", o.message);
    if (options_.verbose) {
      fmt::print("\n");
      for (const PropertyInfo& p : properties::catalogue())
        fmt::print("{:>14}  {}\n", grouped(totals_[static_cast<std::size_t>(p.property)]), p.name);
    }
    fmt::print("\n{}: {}; {} of {} properties evaluated, {} evaluations\n", count_of(outcomes_.size(), "scenario"),
               tally(), evaluated(totals_), kProperties, grouped(sum(totals_)));
  }

  void print_as_json() const {
    Json results = Json::array(), counts = Json::object();
    for (const CheckedFile& o : outcomes_) results.push_back(as_json(o));
    for (const PropertyInfo& p : properties::catalogue())
      counts[p.name] = totals_[static_cast<std::size_t>(p.property)];
    print_json({{"engine", options_.engine.engine},
                {"verdict", verdict_name(worst_)},
                {"scenarios", outcomes_.size()},
                {"evaluations", sum(totals_)},
                {"results", results},
                {"properties", counts}});
  }

  const CheckArguments& options_;
  Session session_;
  std::vector<std::string> strategies_;
  std::vector<CheckedFile> outcomes_;
  Counts totals_{};
  Verdict worst_ = Verdict::held;
  std::size_t messages_ = 0;
  std::string cases_;  // a line each
  std::int64_t run_start_ = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
};

}  // namespace

void add_check(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("check", "Run scenarios against all properties");
  auto o = std::make_shared<CheckArguments>();
  command->add_option("FILE", o->paths, "Scenarios (text, binary or a fuzzer's raw input), or directories of them")
      ->required();
  add_engine_options(*command, o->engine, /*with_both=*/true);
  add_hunt_option(*command, o->engine.hunt);
  command->add_option("--messages", o->messages, "How many failures are told in full")
      ->check(any_count())
      ->capture_default_str();
  command->add_option("--openpbt", o->openpbt,
                      "Write a line of JSON for each run into this file, for Tyche and its kin");
  command->add_flag("--verbose", o->verbose, "Evaluations of each property");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Examples:\n  vtdfuzz check corpus/seeds corpus/real\n  vtdfuzz check --strategy both --verbose "
      "corpus/real/strict48.vtd\n"
      "  vtdfuzz check --engine ./libmine.so corpus/seeds");
  command->callback([o, &code] { code = Check(*o).run(); });
}

}  // namespace vtd::harness::cli
