// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz qemu-check`: scenarios on QEMU's VT-d, compared with the model on every request that is tried.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/load.h"
#include "harness/cli/oracle_table.h"
#include "harness/cli/output.h"
#include "harness/cli/processor_time.h"
#include "harness/cli/session.h"
#include "harness/generate/generate.h"
#include "harness/qemu/oracle.h"

namespace vtd::harness::cli {
namespace {

struct QemuCheckArguments {
  std::vector<std::string> files, units;
  std::uint64_t random = 0, seed = 1, addresses = 64;
  EngineOptions engine;
  std::string oracles, report, artifacts;
  bool json = false;
};

class QemuCheck {
 public:
  QemuCheck(const QemuCheckArguments& o, const vtd_engine& engine, std::string version)
      : o_(o), engine_(engine), version_(std::move(version)) {}

  int run() {
    const auto start = std::chrono::steady_clock::now();
    for (const qemu::UnitKind& kind : chosen_units()) {
      qemu::Oracle oracle(engine_, kind);
      files(oracle);
      random(oracle);
      add(oracle.tally());
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    processor_seconds_ = processor_seconds(RUSAGE_SELF) + processor_seconds(RUSAGE_CHILDREN);  // QEMU's
    if (total_.all() == 0) throw InputError{"qemu-check: no request could be tried: see --help"};
    if (!o_.oracles.empty()) write_file(o_.oracles, Json{{"oracles", Json::array({oracle_json()})}}.dump(2) + "\n");
    if (!o_.report.empty()) write_file(o_.report, oracle_markdown(oracle_json()));
    if (o_.json)
      print_json(oracle_json());
    else
      print();
    return static_cast<int>(total_.unexplained == 0 ? Verdict::held : Verdict::model_error);
  }

 private:
  std::vector<qemu::UnitKind> chosen_units() const {
    std::vector<qemu::UnitKind> chosen;
    for (const qemu::UnitKind& kind : qemu::unit_kinds())
      if (o_.units.empty() || std::find(o_.units.begin(), o_.units.end(), kind.name) != o_.units.end())
        chosen.push_back(kind);
    return chosen;
  }

  model::Strategy strategy(const model::Scenario& scenario) const {
    if (!o_.engine.strategy.empty()) return model::strategy_named(o_.engine.strategy);
    for (const model::Step& step : scenario.steps)
      if (step.op == model::Op::takeover) return static_cast<model::Strategy>(step.operand[model::operand::t_strategy]);
    return model::Strategy::deep;
  }

  void files(qemu::Oracle& oracle) {
    RandomSource random(o_.seed);
    if (o_.files.empty()) return;
    for (const auto& path : scenario_files(o_.files)) {
      const Loaded loaded = load(path);
      oracle.check(loaded.scenario, path.string(), strategy(loaded.scenario), {256, o_.addresses, true}, random);
    }
  }

  // Every scenario has its own numbers, so that one can be made again from its seed.
  void random(qemu::Oracle& oracle) {
    const std::uint64_t enough = oracle.tally().all() + o_.random / chosen_units().size();
    for (std::uint64_t seed = o_.seed; oracle.tally().all() < enough; ++seed) {
      RandomSource source(seed * 0x9e3779b97f4a7c15);
      const model::Scenario scenario = generate(source);
      const std::uint64_t before = oracle.tally().unexplained;
      oracle.check(scenario, fmt::format("seed {}", seed), strategy(scenario), {}, source);
      if (oracle.tally().unexplained != before) keep(scenario, seed);
    }
  }

  void keep(const model::Scenario& scenario, std::uint64_t seed) const {
    if (o_.artifacts.empty()) return;
    std::filesystem::create_directories(o_.artifacts);
    write_file(std::filesystem::path(o_.artifacts) / fmt::format("seed-{}.vtd", seed), model::print_text(scenario));
  }

  static void add(std::map<std::string, std::uint64_t>& to, const std::map<std::string, std::uint64_t>& from) {
    for (const auto& [name, count] : from) to[name] += count;
  }
  void add(const qemu::Tally& tally) {
    total_.scenarios += tally.scenarios;
    total_.takeovers += tally.takeovers;
    total_.refusals += tally.refusals;
    total_.machines += tally.machines;
    for (int stage = 0; stage < 3; ++stage) total_.probes[stage] += tally.probes[stage];
    add(total_.outcomes, tally.outcomes);
    add(total_.explained, tally.explained);
    add(total_.not_needed, tally.not_needed);
    add(total_.left_out, tally.left_out);
    total_.unexplained += tally.unexplained;
    total_.differences.insert(total_.differences.end(), tally.differences.begin(), tally.differences.end());
  }

  std::uint64_t explained() const {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : total_.explained) sum += count;
    return sum;
  }

  Json oracle_json() const {
    Json rows = Json::array();
    for (const qemu::Deviation& deviation : qemu::deviations()) {
      const auto count = total_.explained.find(deviation.name);
      const auto not_needed = total_.not_needed.find(deviation.name);
      rows.push_back({{"deviation", deviation.name},
                      {"what", deviation.what},
                      {"count", count == total_.explained.end() ? 0 : count->second},
                      {"not_needed", not_needed == total_.not_needed.end() ? 0 : not_needed->second},
                      {"reference", deviation.reference}});
    }
    Json differences = Json::array();
    for (const qemu::Difference& difference : total_.differences)
      differences.push_back({{"scenario", difference.scenario}, {"text", difference.text}});
    return {{"name", "QEMU " + version_},
            {"what", "where the DMA of QEMU's devices lands, or the fault its VT-d records"},
            {"probes", total_.all()},
            {"differences", explained() + total_.unexplained},
            {"unexplained", total_.unexplained},
            {"explained", rows},
            {"before", total_.probes[0]},
            {"during", total_.probes[1]},
            {"after", total_.probes[2]},
            {"outcomes", total_.outcomes},
            {"left_out", total_.left_out},
            {"scenarios", total_.scenarios},
            {"takeovers", total_.takeovers},
            {"refusals", total_.refusals},
            {"machines", total_.machines},
            {"seconds", seconds_},
            {"cpu_seconds", processor_seconds_},
            {"unexplained_differences", differences}};
  }

  void print() const {
    for (const qemu::Difference& difference : total_.differences)
      fmt::print("! DIFFERS {}: {}\n", difference.scenario, difference.text);
    fmt::print("qemu-check: {} on QEMU {}, {} requests before, {} during and {} after {}\n",
               count_of(total_.scenarios, "scenario"), version_, grouped(total_.probes[0]), grouped(total_.probes[1]),
               grouped(total_.probes[2]), count_of(total_.takeovers, "takeover"));
    const auto rate = [this](double seconds) {
      return grouped(static_cast<std::uint64_t>(static_cast<double>(total_.all()) / seconds));
    };
    fmt::print("  {:>12}  requests compared, {} per second, {} per processor second (QEMU's included)\n",
               grouped(total_.all()), rate(seconds_), rate(processor_seconds_));
    fmt::print("  {:>12}  times QEMU was started\n", grouped(total_.machines));
    fmt::print("  {:>12}  differences without an explanation\n", grouped(total_.unexplained));
    for (const auto& [name, count] : total_.explained) fmt::print("  {:>12}  explained: {}\n", grouped(count), name);
    for (const auto& [name, count] : total_.not_needed)
      fmt::print("  {:>12}  as specified, although {} applies\n", grouped(count), name);
    for (const auto& [name, count] : total_.outcomes) fmt::print("  {:>12}  {}\n", grouped(count), name);
    for (const auto& [name, count] : total_.left_out) fmt::print("  {:>12}  left out: {}\n", grouped(count), name);
  }

  const QemuCheckArguments& o_;
  const vtd_engine& engine_;
  std::string version_;
  qemu::Tally total_;
  double seconds_ = 0, processor_seconds_ = 0;
};

int run(const QemuCheckArguments& o) {
  if (o.files.empty() && o.random == 0) throw InputError{"qemu-check: nothing to do: expected FILE... or --random N"};
  const Session session(o.engine.engine);
  return QemuCheck(o, session.engine(), qemu::qemu_version()).run();
}

}  // namespace

void add_qemu_check(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand(
      "qemu-check", "Compares the model with QEMU's VT-d: where DMA lands, before, during and after a takeover");
  auto o = std::make_shared<QemuCheckArguments>();
  std::vector<std::string> units;
  for (const qemu::UnitKind& kind : qemu::unit_kinds()) units.emplace_back(kind.name);
  command->add_option("FILE", o->files, "Scenarios, or directories of them");
  command->add_option("--random", o->random, "This many requests on random scenarios")->check(any_count());
  command->add_option("--seed", o->seed, "Of the first random scenario")->check(any_count())->capture_default_str();
  command->add_option("--addresses", o->addresses, "Tried of each device of a FILE, read and written")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--unit", o->units, "Units that QEMU is told to be: aw48, aw39, ats, cm (all)")
      ->check(CLI::IsMember(units));
  add_engine_options(*command, o->engine, /*with_both=*/false);
  command->add_option("--artifacts", o->artifacts, "Random scenarios with unexplained differences go into this folder");
  command->add_option("--oracles", o->oracles, "Writes this file: the comparison for the reports (oracles.json)");
  command->add_option("--report", o->report, "Writes this file: the same as Markdown");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Example: vtdfuzz qemu-check corpus/seeds --random 100000\nNeeds QEMU 7.2 (qemu-system-x86). Exit "
      "code 12: model and QEMU differ, and no known deviation explains it.");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
