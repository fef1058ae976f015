// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz mutants`: runs every planted mistake until something notices, and tells how long that took.

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <stdexcept>

#include "harness/cli/command.h"
#include "harness/cli/mutants_table.h"
#include "harness/cli/output.h"
#include "harness/cli/target_program.h"
#include "harness/mutants/index.h"
#include "harness/mutants/prints.h"
#include "harness/mutants/workers.h"
#include "harness/runner.h"
#include "reports/mutants.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace mutants;

volatile std::sig_atomic_t interrupted = 0;
extern "C" void stop_mutants(int) { interrupted = 1; }

fs::path build_folder() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

// One line that is rewritten on a terminal; elsewhere one every ten seconds.
class Bar {
 public:
  Bar(std::string name, std::size_t trials)
      : name_(std::move(name)), trials_(trials), terminal_(isatty(STDERR_FILENO) != 0) {}

  void tell(const Result& result) {
    ++done_;
    killed_ += result.state == "killed";
    const auto now = Clock::now();
    if (done_ != trials_ && now - told_ < std::chrono::milliseconds(terminal_ ? 200 : 10000)) return;
    told_ = now;
    const double share = static_cast<double>(done_) / static_cast<double>(trials_);
    const double left = std::chrono::duration<double>(now - start_).count() * (1 - share) / share;
    const auto filled = static_cast<std::size_t>(share * kWidth);
    fmt::print(stderr, "{}{} [{}{}] {} of {} trials, {} killed, about {:.0f} s left{}", terminal_ ? "\r" : "", name_,
               std::string(filled, '#'), std::string(kWidth - filled, '.'), grouped(done_), grouped(trials_),
               grouped(killed_), left, terminal_ ? "\x1b[K" : "\n");
    if (terminal_ && done_ == trials_) fmt::print(stderr, "\n");
  }

 private:
  static constexpr std::size_t kWidth = 30;
  std::string name_;
  std::size_t trials_, done_ = 0, killed_ = 0;
  bool terminal_;
  Clock::time_point start_ = Clock::now(), told_ = start_;
};

class Mutants {
 public:
  explicit Mutants(const MutantsOptions& o)
      : o_(o), folder_(o.output.empty() ? build_folder() / "mutants-run" : fs::path(o.output)) {
    for (const std::string& kind : o_.kinds) {
      const fs::path program = build_folder() / "bin" / ("mutants_" + kind);
      if (!fs::is_regular_file(program))
        throw InputError{fmt::format("{}: not built: cmake --build --preset fuzz --target mutants", program.string())};
      workers_.programs[kind] = program;
      indices_.push_back(read_index(program.string() + ".json"));
    }
    refuse_nothing_chosen();
    workers_.corpus = corpus_folder();
    workers_.jobs = o_.jobs;
    made(folder_);
  }

  int run() {
    TrialLog log(folder_ / "trials.jsonl", prints());
    std::signal(SIGINT, stop_mutants);
    std::signal(SIGTERM, stop_mutants);
    for (const char* strategy : kStrategies) {
      const std::vector<Trial> trials = planned(o_, indices_, strategy, log);
      const std::vector<Trial> controls = controls_of(trials);
      make(log, fmt::format("{}, nothing planted", strategy), controls);
      for (const Trial& control : controls) refuse_false_alarm(log, control);
      make(log, strategy, trials);
    }
    return deliver(mutant_table(o_, indices_, log));
  }

 private:
  // An id that does not exist, or a choice that leaves none, would make a table in which nothing survived.
  void refuse_nothing_chosen() const {
    std::set<std::string> ids;
    bool any = false;
    for (const Index& index : indices_) {
      for (const Planted& mutant : index.mutants) {
        ids.insert(mutant.id);
        any = any || is_chosen(o_, mutant);
      }
    }
    const std::string kinds = fmt::format("{}", fmt::join(o_.kinds, ", "));
    for (const std::string& id : o_.only)
      if (!ids.contains(id))
        throw InputError{fmt::format("--only {}: no such mutant among {}: expected ids like {}", id, kinds,
                                     ids.empty() ? "B01" : *ids.begin())};
    if (!any) throw InputError{fmt::format("--every {}: leaves none of {}", o_.every, kinds)};
  }

  static fs::path corpus_folder() {
    for (const fs::path& folder : {fs::current_path(), build_folder().parent_path()})
      if (fs::is_directory(folder / "corpus" / "seeds")) return folder / "corpus";
    throw InputError{"no corpus/seeds here or beside the build: run it from the repository"};
  }

  // Beside the program the corpus matters where it is run, and there the canaries, too.
  Prints prints() const {
    Prints prints;
    for (const auto& [kind, program] : workers_.programs) {
      const std::string of_program = fingerprint({program});
      for (const char* strategy : kStrategies) prints[{kind, strategy}] = of_program;
      std::vector<fs::path> corpus = corpus_files(workers_.corpus);
      if (kind == "oracle") corpus.push_back(program.parent_path() / kCanariesIndex);
      prints[{kind, "corpus"}] += fingerprint(corpus);
    }
    return prints;
  }

  static void refuse_false_alarm(const TrialLog& log, const Trial& control) {
    const Result* const result = log.find(control);
    if (result == nullptr || result->state != "killed") return;  // interrupted, or as it should be
    throw std::runtime_error(
        fmt::format("mutants_{} with {}, seed {}: {} was noticed where nothing is planted: a false alarm, with which "
                    "every mutant would look killed",
                    control.program, control.strategy, control.seed, result->by));
  }

  void make(TrialLog& log, const std::string& name, std::vector<Trial> trials) {
    if (trials.empty() || interrupted != 0) return;
    const std::size_t all = trials.size();
    std::erase_if(trials, [&](const Trial& trial) { return log.find(trial) != nullptr; });
    if (all != trials.size())
      fmt::print(stderr, "{} of {} were made before ({})\n", count_of(all - trials.size(), "trial"), grouped(all),
                 (folder_ / "trials.jsonl").string());
    Bar bar(name, trials.size());
    run_trials(workers_, trials, interrupted, [&](const Trial& trial, const Result& result) {
      if (result.state == "trouble")
        throw std::runtime_error(fmt::format("{} with {}, seed {}: the harness failed: {}", trial.mutant,
                                             trial.strategy, trial.seed, result.by));
      log.add(trial, result);
      bar.tell(result);
    });
  }

  int deliver(const reports::MutantTable& table) const {
    write_file(folder_ / "mutants.md", reports::mutants_markdown(table));
    const Json json = mutant_json(table);
    write_file(folder_ / "mutants.json", json.dump(1) + "\n");
    std::vector<std::string> survivors;
    for (const reports::MutantRow& row : table.rows)
      if (row.equivalent.empty() && !row.killed_at_all()) survivors.push_back(row.id);
    if (o_.json) {
      print_json(json);
    } else {
      fmt::print("{}, {} killed, {}\n", count_of(table.rows.size(), "mutant"), table.rows.size() - survivors.size(),
                 count_of(survivors.size(), "survivor"));
      for (const std::string& id : survivors) fmt::print("  survived  {}\n", id);
      fmt::print("  report    {}\n", (folder_ / "mutants.md").string());
    }
    return static_cast<int>(survivors.empty() ? Verdict::held : Verdict::broken);
  }

  const MutantsOptions& o_;
  fs::path folder_;
  WorkerOptions workers_;
  std::vector<Index> indices_;
};

}  // namespace

void add_mutants(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("mutants", "Plant mistakes and see how long they live");
  auto o = std::make_shared<MutantsOptions>();
  command->add_option("--kind", o->kinds, "known, generated, oracle")
      ->delimiter(',')
      ->check(CLI::IsMember({"known", "generated", "oracle"}))
      ->capture_default_str();
  command->add_option("--only", o->only, "Mutants by id")->delimiter(',');
  command->add_option("--every", o->every, "Each so manieth mutant")
      ->check(CLI::Range(1U, 1000000U))
      ->capture_default_str();
  command->add_option("--seeds", o->seeds, "Trials of each known mutant with `ours`")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1000}))
      ->capture_default_str();
  command
      ->add_option("--budget", o->budget,
                   "CPU-seconds of a trial; of a generated mutant that the corpus leaves, at most 20")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command->add_option("--other-seeds", o->other_seeds, "Trials of each known mutant with bytes and rapidcheck")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1000}))
      ->capture_default_str();
  command->add_option("--other-budget", o->other_budget, "CPU-seconds of such a trial")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command->add_option("--strategy", o->strategies, "ours, bytes, rapidcheck (from nothing), corpus (as checked in)")
      ->delimiter(',')
      ->check(CLI::IsMember({"ours", "bytes", "rapidcheck", "corpus"}))
      ->capture_default_str();
  CLI::Option* sample = command->add_flag(
      "--sample", o->sample,
      fmt::format("Known mutants and the oracle's: the corpus, and {} CPU-seconds of `ours` for what it leaves",
                  kLeftBudget));
  for (const char* chosen :
       {"--kind", "--only", "--every", "--seeds", "--budget", "--other-seeds", "--other-budget", "--strategy"})
    sample->excludes(command->get_option(chosen));
  command->add_option("--jobs", o->jobs, "Trials at a time")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1024}))
      ->capture_default_str();
  command->add_option("-o,--output", o->output,
                      "Folder of the log and the reports; mutants-run in the build if left out");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "A run that was stopped goes on where it was: trials of the same build are not made again.\n"
      "Exit code 10: a mutant survived; 13: the harness failed, or something was noticed where nothing is planted.\n"
      "Examples:\n  vtdfuzz mutants --sample\n  vtdfuzz mutants -o mutants\n"
      "  vtdfuzz mutants --kind known --strategy ours,bytes --seeds 5 --other-seeds 5\n"
      "  vtdfuzz mutants --kind known --only B02 --seeds 30");
  command->callback([o, &code] {
    if (o->sample) o->kinds = {"known", "oracle"};
    code = Mutants(*o).run();
  });
}

}  // namespace vtd::harness::cli
