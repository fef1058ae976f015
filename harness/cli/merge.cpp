// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz merge`: the smallest set of inputs, of all shards together, that covers what they cover.

#include <fmt/core.h>
#include <sys/wait.h>

#include <memory>
#include <stdexcept>

#include "harness/cli/command.h"
#include "harness/cli/fuzz_campaign.h"
#include "harness/cli/fuzz_seeds.h"
#include "harness/cli/load.h"
#include "harness/cli/merge_stage.h"
#include "harness/cli/output.h"
#include "harness/cli/target_program.h"
#include "harness/runner.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

struct MergeArguments {
  std::vector<std::string> shards;
  std::string output, target = "takeover_fuzzer", artifacts;
  bool json = false;
};

struct Found {
  std::string headline;
  fs::path artifact;
};

class Merge {
 public:
  explicit Merge(const MergeArguments& o) : o_(o), program_(program_of(o.target)), stage_(o.output) {}

  int run() {
    stage_.fill({o_.shards.begin(), o_.shards.end()}, o_.target == "scenario_fuzzer");
    fmt::print(stderr, "merge: {}{}\n", count_of(stage_.inputs(), "input"),
               stage_.resumed() ? ", going on where the last one was stopped" : "");
    cover();
    keep_findings();
    const std::size_t kept = stage_.finish();
    if (o_.json)
      print_as_json(kept);
    else
      print(kept);
    return static_cast<int>(verdict());
  }

 private:
  // libFuzzer runs every input in a process of its own kind, notes in the control file what each one covers, and goes
  // on behind an input that crashed.
  void cover() {
    const std::string said = finished_job();
    // Stopped between the last input and the copying of the cover: only the latter is missing, and libFuzzer does
    // not do it alone.
    if (said.find("merge has been completed before") == std::string::npos) return;
    fs::remove(stage_.control());
    finished_job();
  }

  std::string finished_job() {
    FuzzJob job(program_,
                {"-set_cover_merge=1", "-merge_control_file=" + stage_.control().string(),
                 "-artifact_prefix=" + stage_.found().string() + "/", fmt::format("-max_len={}", kMostInputBytes),
                 "-timeout=20", "-rss_limit_mb=4096", stage_.cover().string(), stage_.all().string()},
                stage_.folder() / "stats", /*holds:*/ false);
    wait_for(job);
    if (!WIFEXITED(job.status()) || WEXITSTATUS(job.status()) != 0)
      throw std::runtime_error(fmt::format("{} did not finish the merge: {}", o_.target, headline_of(job.output())));
    return job.output();
  }

  void keep_findings() {
    const fs::path folder = made(o_.artifacts.empty() ? artifacts_of(o_.target) : fs::path(o_.artifacts));
    for (const fs::directory_entry& entry : fs::directory_iterator(stage_.found())) {
      const fs::path artifact = folder / entry.path().filename();
      write_file(artifact, read_file(entry.path()));
      bool crashed = false;
      const std::string said = replay(program_, artifact, stage_.folder() / "stats", crashed);
      findings_.push_back({crashed ? headline_of(said) : "did not happen again", artifact});
    }
  }

  Verdict verdict() const {
    if (findings_.empty()) return Verdict::held;
    for (const Found& f : findings_)
      if (f.headline.starts_with("BROKEN")) return Verdict::broken;
    return Verdict::engine_crash;
  }

  void print(std::size_t kept) const {
    fmt::print("{}: {} of {} cover what all of them cover\n", o_.output, grouped(kept),
               count_of(stage_.inputs(), "input"));
    if (stage_.left_out() != 0)
      fmt::print("{} longer than {} bytes left out\n", count_of(stage_.left_out(), "input"), kMostInputBytes);
    for (const Found& f : findings_) fmt::print("finding  {}  {}\n", shown(f.artifact), f.headline);
  }

  void print_as_json(std::size_t kept) const {
    Json findings = Json::array();
    for (const Found& f : findings_) findings.push_back({{"headline", f.headline}, {"artifact", shown(f.artifact)}});
    print_json({{"target", o_.target},
                {"output", o_.output},
                {"inputs", stage_.inputs()},
                {"left_out", stage_.left_out()},
                {"kept", kept},
                {"resumed", stage_.resumed()},
                {"findings", findings}});
  }

  const MergeArguments& o_;
  fs::path program_;
  MergeStage stage_;
  std::vector<Found> findings_;
};

}  // namespace

void add_merge(CLI::App& app, int& code) {
  CLI::App* command =
      app.add_subcommand("merge", "Fold corpora together: the inputs that cover what all of them cover");
  auto o = std::make_shared<MergeArguments>();
  command->add_option("SHARD", o->shards, "Folders of inputs or scenarios, or what afl-fuzz left with -o")->required();
  command->add_option("-o,--output", o->output, "The corpus: what is in it takes part, and it is replaced at once")
      ->required();
  command->add_option("--target", o->target, "A fuzz target beside this program")->capture_default_str();
  command->add_option("--artifacts", o->artifacts,
                      "Where inputs that found something go; by default artifacts/TARGET in the build");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "A merge that was stopped goes on when the same command is given again. Exit code as of `check`.\n"
      "Examples:\n  vtdfuzz merge host1/corpus host2/corpus -o corpus/takeover\n"
      "  vtdfuzz merge afl-out corpus/takeover -o corpus/takeover");
  command->callback([o, &code] { code = Merge(*o).run(); });
}

}  // namespace vtd::harness::cli
