// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz shrink`: the smallest scenario in which the same condition breaks, under a deadline, the unshrunk failure
// first.

#include "harness/shrink.h"

#include <fmt/core.h>

#include <chrono>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/session.h"

namespace vtd::harness::cli {
namespace {

using Clock = std::chrono::steady_clock;
using model::Scenario;
using properties::Property;

struct ShrinkArguments {
  std::string file, output;
  EngineOptions engine;
  double seconds = 30;
  bool json = false;
};

// Which failure is to be kept: shrinking must not slide from one bug to another.
struct Failing {
  Verdict verdict = Verdict::held;
  Property property = Property::kCount;
  std::string what;         // the condition
  model::Step expectation;  // that was not met: another one would be another failure
  friend bool operator==(const Failing&, const Failing&) = default;
};

class Shrink {
 public:
  explicit Shrink(const ShrinkArguments& o)
      : o_(o), session_(o.engine.engine, o.engine.hunt), options_(options_for(Extent::whole_life, o.engine.strategy)) {}

  int run() {
    if (!o_.output.empty()) expect_writable(o_.output);
    const Loaded loaded = load(o_.file);
    const Failing failing = run_one(loaded.scenario);
    if (failing.verdict != Verdict::broken && failing.verdict != Verdict::engine_crash)
      throw InputError{fmt::format("{}: expected a scenario that breaks a property: the verdict is {}", o_.file,
                                   verdict_name(failing.verdict))};
    // The failure as it is: a person who stops the shrinking has lost nothing.
    say(failure_message(session_.runner(), loaded.scenario, session_.engine(), options_, replay(o_.file)));
    const Scenario smallest = shrink(
        loaded.scenario, [&](const Scenario& s) { return run_one(s) == failing; },
        [&](const ShrinkProgress& p) { return time_is_up(p); });
    run_one(smallest);
    deliver(loaded.scenario, smallest, failing);
    return static_cast<int>(failing.verdict);
  }

 private:
  Failing run_one(const Scenario& scenario) {
    const RunResult result = session_.run(scenario, options_, o_.file);
    if (result.verdict != Verdict::broken) return {result.verdict, Property::kCount, {}, {}};
    const properties::Failure& first = session_.runner().judge().first();
    return {result.verdict, first.property, first.what == nullptr ? "" : first.what, expectation_of(scenario, first)};
  }

  bool time_is_up(const ShrinkProgress& p) {
    const Clock::time_point now = Clock::now();
    progress_ = p;
    if (now >= told_ + std::chrono::seconds(1)) {
      told_ = now;
      say(fmt::format("shrinking: {} of {} candidates kept, {} left\n", grouped(p.accepted), grouped(p.tried),
                      count_of(p.steps, "step")));
    }
    return expired_ = now >= deadline_;
  }

  void deliver(const Scenario& from, const Scenario& smallest, const Failing& failing) {
    const std::string file = o_.output.empty() ? o_.file : o_.output;
    const std::string message = failure_message(session_.runner(), smallest, session_.engine(), options_, replay(file));
    say(fmt::format("shrunk from {} to {}{}\n", count_of(from.steps.size(), "step"),
                    count_of(smallest.steps.size(), "step"),
                    expired_ ? fmt::format(" in {} seconds (the deadline: more may be possible)", o_.seconds) : ""));
    if (!o_.output.empty())
      write_file(o_.output, rendered(smallest, o_.output.ends_with(".vtdb") ? Form::binary : Form::text));
    if (!o_.json) {
      fmt::print("{}", o_.output.empty() ? model::print_text(smallest) : message);
      return;
    }
    Json json = {{"input", o_.file}, {"verdict", verdict_name(failing.verdict)}};
    if (failing.property != Property::kCount) json["property"] = properties::info(failing.property).name;
    json.update({{"steps_before", from.steps.size()},
                 {"steps_after", smallest.steps.size()},
                 {"candidates_tried", progress_.tried},
                 {"candidates_kept", progress_.accepted},
                 {"deadline_reached", expired_},
                 {"scenario", model::print_text(smallest)}});
    if (!o_.output.empty()) json["output"] = o_.output;
    print_json(json);
  }

  static void say(const std::string& text) { fmt::print(stderr, "{}", text); }

  std::string replay(const std::string& file) const {
    return replay_command(o_.engine.engine, o_.engine.strategy, file, o_.engine.hunt);
  }

  const ShrinkArguments& o_;
  Session session_;
  RunOptions options_;
  Clock::time_point told_ = Clock::now();
  Clock::time_point deadline_ =
      told_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(o_.seconds));
  ShrinkProgress progress_;
  bool expired_ = false;
};

}  // namespace

void add_shrink(CLI::App& app, int& code) {
  CLI::App* command =
      app.add_subcommand("shrink", "Make a broken scenario as small as it can be and still break in the same way");
  auto o = std::make_shared<ShrinkArguments>();
  command->add_option("FILE", o->file, "The scenario")->required();
  command->add_option("-o,--output", o->output, "Where to; standard output if left out");
  add_engine_options(*command, o->engine, /*with_both=*/false);
  add_hunt_option(*command, o->engine.hunt);
  command->add_option("--seconds", o->seconds, "The deadline")->check(CLI::Range(0.0, 86400.0))->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "The failure as it is comes first, then progress, on standard error. The exit code is that of the failure.\n"
      "Examples:\n  vtdfuzz shrink crash-0a1b2c -o corpus/regressions/what-broke.vtd\n  vtdfuzz shrink --seconds 5 "
      "broken.vtd");
  command->callback([o, &code] { code = Shrink(*o).run(); });
}

}  // namespace vtd::harness::cli
