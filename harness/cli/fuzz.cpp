// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz fuzz`: the main job. Runs a fuzz target, shows that it is alive, and ends in a summary that can be trusted.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/fuzz_campaign.h"
#include "harness/cli/fuzz_progress.h"
#include "harness/cli/fuzz_run.h"
#include "harness/cli/fuzz_seeds.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/processor_time.h"
#include "harness/cli/reach_file.h"
#include "harness/cli/session.h"
#include "harness/cli/target_program.h"
#include "harness/cli/work_folder.h"
#include "reports/summary.h"
#include "reports/summary_json.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;
using properties::Property;
using reports::FuzzSummary;

volatile std::sig_atomic_t fuzzing_interrupted = 0;
extern "C" void interrupt(int) { fuzzing_interrupted = 1; }

struct FuzzArguments {
  std::string target = "takeover_fuzzer", engine = "ours", hunt, corpus, artifacts, run;
  std::vector<std::string> seeds;
  std::uint64_t seconds = 60, jobs = 1, seed = 0;
  bool json = false, quiet = false;
};

// What the copy alone can be judged by: no register is written, and no life follows.
constexpr std::array kOfTheCopy = {Property::translations_are_preserved,
                                   Property::blocked_stays_blocked,
                                   Property::fault_reason_is_kept,
                                   Property::ignored_and_fpd_bits_survive,
                                   Property::quarantine_has_a_cause,
                                   Property::every_new_table_lies_in_crash_memory,
                                   Property::no_copied_pointer_leads_to_old_tables,
                                   Property::only_old_ram_is_read,
                                   Property::nothing_else_is_written,
                                   Property::old_memory_is_untouched,
                                   Property::each_old_entry_is_fetched_once,
                                   Property::work_is_bounded,
                                   Property::frames_are_accounted,
                                   Property::failure_frees_everything,
                                   Property::failure_leaves_hardware_alone,
                                   Property::sharing_is_kept,
                                   Property::legacy_ids_are_reserved,
                                   Property::id_fits_the_unit,
                                   Property::one_id_one_table,
                                   Property::caching_mode_reserves_id_zero,
                                   Property::refusal_names_a_true_reason,
                                   Property::same_input_same_run};

// Which properties a target must have evaluated. Fuzz inputs carry no expectations.
bool expected_of(const std::string& target, const EngineEntry& engine, Property p) {
  if (!has_engine(target) || p == Property::the_expected_outcome_happens) return false;
  const auto given_up = [p](const Excuse& e) { return e.property == p && e.what == nullptr && e.finding == nullptr; };
  if (std::any_of(engine.excuses.begin(), engine.excuses.end(), given_up)) return false;
  return target != "copy_fuzzer" || std::find(kOfTheCopy.begin(), kOfTheCopy.end(), p) != kOfTheCopy.end();
}

// Whole lives are the ones that can have every feature.
bool reaches_all(const std::string& target) { return target == "takeover_fuzzer"; }

// Before anything is made: a run that cannot be leaves nothing behind.
void refuse_what_cannot_be(const FuzzArguments& o) {
  if (!has_engine(o.target) && (o.engine != "ours" || !o.hunt.empty()))
    throw InputError{fmt::format("--engine, --hunt: {} runs no engine", o.target)};
  for (const std::string& folder : o.seeds)
    if (!fs::is_directory(folder)) throw InputError{fmt::format("--seeds {}: expected a folder of scenarios", folder)};
  for (const std::string& folder : {o.run, o.corpus, o.artifacts})
    if (fs::exists(folder) && !fs::is_directory(folder))
      throw InputError{fmt::format("{}: is a file: expected a folder, or nothing yet", folder)};
}

class Fuzz {
 public:
  explicit Fuzz(const FuzzArguments& o)
      : o_(o),
        program_(program_of(o.target)),
        session_(o.engine, o.hunt),
        artifacts_(made(o.artifacts.empty() ? artifacts_of(o.target) : fs::path(o.artifacts))),
        work_(artifacts_) {}

  int run() {
    prepare();
    RunRecord folder(o_.run.empty() ? new_run_folder(own_folder().parent_path() / "runs", o_.target)
                                    : fs::path(o_.run));
    folder.write(summary_);
    Campaign campaign(settings_);
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    watch(campaign, folder);
    summarise(campaign, folder);
    if (campaign.unwritten()) work_.keep();
    try_to_write([&] { folder.write(summary_); });
    const fs::path report = made(own_folder().parent_path() / "reports") / fmt::format("fuzz-{}.md", o_.target);
    try_to_write([&] { write_file(report, reports::markdown(summary_)); });
    if (reaches_all(o_.target)) {
      for (const fs::path& place : {report.parent_path(), folder.path()})
        try_to_write([&] { write_file(place / "reach.json", reach_json(reach_).dump(1) + "\n"); });
    }
    if (o_.json)
      print_as_json(report, folder.path());
    else
      fmt::print("{}\n  summary      {}\n  run          {}\n", reports::plain_text(summary_), shown(report),
                 shown(folder.path()));
    return static_cast<int>(verdict());
  }

 private:
  void prepare() {
    setenv("VTDFUZZ_ENGINE", o_.engine.c_str(), /*overwrite:*/ 1);
    setenv("VTDFUZZ_HUNT", o_.hunt.c_str(), /*overwrite:*/ 1);
    std::vector<fs::path> folders(o_.seeds.begin(), o_.seeds.end());
    if (folders.empty()) folders = corpus_folders({own_folder(), fs::current_path()});
    settings_.program = program_;
    settings_.work = work_.path();
    settings_.seeds = made(work_.path() / "seeds");
    settings_.corpus = made(o_.corpus.empty() ? work_.path() / "corpus" : fs::path(o_.corpus));
    settings_.artifacts = artifacts_;
    settings_.found = work_.found();
    settings_.seconds = o_.seconds;
    settings_.jobs = o_.jobs;
    settings_.seed = o_.seed;
    const Seeds seeds = write_seeds(folders, settings_.seeds, o_.target == "scenario_fuzzer");
    summary_.target = o_.target;
    summary_.engine = o_.engine;
    summary_.engine_is = session_.entry().description;
    summary_.hunt = o_.hunt;
    summary_.began = time_of_day();
    summary_.version = "vtdfuzz " VTD_VERSION;
    summary_.jobs = o_.jobs;
    summary_.finished = false;
    summary_.seeds = seeds.written;
    summary_.seeds_left_out = seeds.left_out;
    const Recovered r = recover_killed_runs(program_, artifacts_, o_.corpus.empty() ? fs::path() : settings_.corpus);
    if (r.runs != 0 && !o_.quiet)
      fmt::print(stderr, "{}: {} left by {}: {} found something, {} did not\n", o_.target,
                 count_of(r.findings + r.inputs, "input"), count_of(r.runs, "killed run"), r.findings, r.inputs);
    if (!o_.quiet)
      fmt::print(stderr, "{}: {} for {} s, {} from the corpus\n", o_.target, count_of(o_.jobs, "job"), o_.seconds,
                 count_of(seeds.written, "seed"));
  }

  void watch(Campaign& campaign, RunRecord& folder) const {
    std::vector<bool> expected;
    for (const properties::PropertyInfo& p : properties::catalogue())
      expected.push_back(expected_of(o_.target, session_.entry(), p.property));
    Progress progress(o_.target, expected, o_.quiet);
    campaign.run(fuzzing_interrupted, [&](const CampaignStatus& s) {
      folder.sample(s, /*last:*/ false);
      progress.tell(s);
    });
    folder.sample(campaign.status(), /*last:*/ true);
  }

  // A full disk must not hide what was found.
  template <class Write>
  void try_to_write(Write write) {
    try {
      write();
    } catch (const InputError& error) { summary_.troubles.push_back(error.message); }
  }

  void summarise(const Campaign& campaign, const RunRecord& folder) {
    const CampaignStatus s = campaign.status();
    summary_.finished = true;
    summary_.seconds = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::lround(s.seconds)));
    summary_.executions = s.progress.executions;
    summary_.cpu_seconds = processor_seconds(RUSAGE_CHILDREN);
    summary_.coverage = s.progress.coverage;
    summary_.features = s.progress.features;
    summary_.corpus = s.progress.corpus;
    summary_.interrupted = fuzzing_interrupted != 0;
    summary_.over_because = campaign.over_because();
    summary_.troubles = campaign.troubles();
    for (const Verdict v : {Verdict::held, Verdict::rejected, Verdict::spent, Verdict::broken, Verdict::engine_crash,
                            Verdict::model_error, Verdict::harness_error})
      if (const std::uint64_t n = s.stats.verdicts[verdict_index(v)]; n != 0)
        summary_.verdicts.push_back({verdict_name(v), n});
    if (has_engine(o_.target))
      for (const properties::PropertyInfo& p : properties::catalogue())
        summary_.properties.push_back({p.name, p.group, s.stats.evaluations[static_cast<std::size_t>(p.property)],
                                       expected_of(o_.target, session_.entry(), p.property)});
    reach_ = s.stats.reach;
    if (reaches_all(o_.target)) summarise_reach();
    for (const CampaignFinding& found : campaign.findings()) add_finding(found, folder);
  }

  // Does the input of a job that somebody else killed stop the target by itself? Otherwise it is one like any other.
  bool outlives_its_killer(CampaignFinding& found) {
    bool crashed = false;
    found.output = replay(program_, found.artifact, work_.path() / "stats-replay", crashed);
    name_finding(found);
    const std::string input = read_file(found.artifact), name = found.artifact.filename().string();
    if (crashed)
      found.artifact = keep_finding(artifacts_, name, input);
    else
      write_file(settings_.corpus / name, input);
    return crashed;
  }

  void summarise_reach() {
    for (const FeatureInfo& feature : features()) {
      if (reach_.reached[static_cast<std::size_t>(feature.feature)] != 0)
        ++summary_.features_reached;
      else
        summary_.never_reached.emplace_back(feature.name);
    }
  }

  // One finding a cluster, told by its first input. A fresh process runs that once more: what it says then is what a
  // person will see, and it must be the same.
  void add_finding(CampaignFinding found, const RunRecord& folder) {
    if (found.killed && !outlives_its_killer(found)) return;
    const auto same = std::find_if(summary_.findings.begin(), summary_.findings.end(),
                                   [&](const reports::Finding& f) { return f.cluster == found.cluster; });
    if (same != summary_.findings.end()) {
      ++same->inputs;
      return;
    }
    bool crashed = false;
    const std::string again = replay(program_, found.artifact, work_.path() / "stats-replay", crashed);
    const std::string command =
        o_.target == "takeover_fuzzer"
            ? shown(own_folder()) + "/" + replay_command(o_.engine, "", shown(found.artifact), o_.hunt)
            : fmt::format("{} {}", shown(program_), shown(found.artifact));
    summary_.findings.push_back({found.headline, shown(found.artifact), crashed ? again : found.output, command, 1,
                                 crashed && headline_of(again) == found.headline, found.cluster});
    try_to_write([&] { folder.keep(summary_.findings.back(), found.artifact, {o_.target, o_.engine, o_.hunt}); });
  }

  Verdict verdict() const {
    if (summary_.executions == 0) return Verdict::harness_error;
    const auto is_broken = [](const reports::Finding& f) { return f.headline.starts_with("BROKEN"); };
    if (std::any_of(summary_.findings.begin(), summary_.findings.end(), is_broken)) return Verdict::broken;
    if (!summary_.findings.empty()) return Verdict::engine_crash;
    return summary_.clean() ? Verdict::held : Verdict::harness_error;
  }

  void print_as_json(const fs::path& report, const fs::path& folder) const {
    Json json = reports::to_json(summary_);
    json["never_reached"] = summary_.never_reached;
    json["report"] = report.string();
    json["run"] = folder.string();
    print_json(json);
  }

  const FuzzArguments& o_;
  fs::path program_;
  Session session_;  // of the engine: whether it is there, and what it does not promise
  fs::path artifacts_;
  WorkFolder work_;
  CampaignOptions settings_;
  FuzzSummary summary_;
  ReachCounts reach_;
};

}  // namespace

void add_fuzz(CLI::App& app, int& code) {
  CLI::App* command =
      app.add_subcommand("fuzz", "The main job: run a fuzz target from the corpus, ending in a summary");
  auto o = std::make_shared<FuzzArguments>();
  command->add_option("TARGET", o->target, "A fuzz target beside this program")->capture_default_str();
  command->add_option("--engine", o->engine, "An engine of `vtdfuzz engines`, or the path of a shared library")
      ->capture_default_str();
  add_hunt_option(*command, o->hunt);
  command->add_option("--seconds", o->seconds, "How long")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{31536000}))
      ->capture_default_str();
  command->add_option("--jobs", o->jobs, "Processes that share the corpus")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1024}))
      ->capture_default_str();
  command->add_option("--corpus", o->corpus, "Where inputs are kept from run to run; by default they go with the run");
  command->add_option("--seeds", o->seeds, "Folders of scenarios to start from; by default the project's corpus");
  command->add_option("--artifacts", o->artifacts,
                      "Where inputs that found something go; by default artifacts/TARGET in the build");
  command->add_option("--seed", o->seed, "Of the random numbers; 0: another one each time")
      ->check(any_count())
      ->capture_default_str();
  command->add_option("--run", o->run, "The folder that the run leaves; by default a new one in runs in the build");
  command->add_flag("--quiet", o->quiet, "No progress: only the summary");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Exit code 0 means that nothing was found and every property was evaluated.\n"
      "Examples:\n  vtdfuzz fuzz\n  vtdfuzz fuzz copy_fuzzer --seconds 600 --jobs 2 --corpus ~/corpus/copy");
  command->callback([o, &code] {
    refuse_what_cannot_be(*o);
    code = Fuzz(*o).run();
  });
}

}  // namespace vtd::harness::cli
