// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs a finding as its fuzz target does, and draws what the run left standing.

#include "harness/cli/finding_pictures.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/session.h"
#include "harness/cli/show.h"
#include "harness/fuzz_target.h"
#include "model/walk.h"
#include "reports/run.h"

namespace vtd::harness::cli {
namespace {

using model::Hierarchy;
using properties::Failure;

constexpr std::uint32_t kNoSource = 0xffffffff;
constexpr unsigned kSecondsMost = 60;

unsigned entry_bytes(unsigned role) { return role >= model::kContextRole ? 16 : 8; }

// Broken is the entry whose address the failure names, or that holds what should not be there.
MarkedEntry mark_of(const model::Outcome::Visited& entry, const Failure& failure) {
  const unsigned bytes = entry_bytes(entry.role);
  const bool named = failure.address >= entry.entry && failure.address < entry.entry + bytes;
  return {model::page_of(entry.entry), entry.role, static_cast<unsigned>((entry.entry & 0xfff) / bytes),
          named || (failure.got != 0 && entry.value == failure.got)};
}

// The entries that the request of the failure meets, and the qword that the failure names.
std::vector<MarkedEntry> marks_of(const Failure& failure, const Hierarchy& hierarchy) {
  std::vector<MarkedEntry> marks;
  if (failure.source != kNoSource) {
    const model::Outcome outcome =
        model::walk(hierarchy, {static_cast<model::SourceId>(failure.source), failure.iova, model::Access::read});
    for (unsigned i = 0; i < outcome.depth; ++i) marks.push_back(mark_of(outcome.path[i], failure));
  }
  const bool found = std::any_of(marks.begin(), marks.end(), [](const MarkedEntry& m) { return m.broke; });
  if (failure.address != 0 && !found)
    marks.push_back({model::page_of(failure.address), 0, static_cast<unsigned>((failure.address & 0xfff) / 8), true});
  return marks;
}

ShownUnit shown_unit(unsigned number, const Hierarchy& hierarchy, const Failure& failure) {
  ShownUnit unit;
  unit.number = number;
  unit.hierarchy = hierarchy;
  unit.survey = model::survey(hierarchy);
  if (failure.unit == number) unit.marks = marks_of(failure, hierarchy);
  return unit;
}

// The new tables of a unit: those that hardware uses, or those that wait for the switch. No root: there are none.
Hierarchy new_tables(const Runner& runner, unsigned unit) {
  Hierarchy hierarchy = runner.hardware().hierarchy(unit, model::View::cpu);
  const bool switched = runner.machine().memory.in_any_crash(model::page_of(hierarchy.root));
  if (!switched) hierarchy.root = unit < runner.claims().units.size() ? runner.claims().units[unit].root : 0;
  return hierarchy;
}

void draw(const FoundBy& by, const std::filesystem::path& input, const std::filesystem::path& folder) {
  Session session(by.engine, by.hunt);
  const std::string bytes = read_file(input);
  model::Scenario scenario;
  scenario_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, scenario);
  RunOptions options;
  options.extent = by.target == "copy_fuzzer" ? Extent::copy_only : Extent::whole_life;
  options.leaves_most = kFuzzLeavesMost;
  session.run(scenario, options);
  const Runner& runner = session.runner();
  const Failure& failure = runner.judge().first();
  std::vector<ShownUnit> before, after;
  for (const Hierarchy& hierarchy : runner.before()) {
    const auto unit = static_cast<unsigned>(before.size());
    before.push_back(shown_unit(unit, hierarchy, failure));
    if (const Hierarchy made = new_tables(runner, unit); made.root != 0)
      after.push_back(shown_unit(unit, made, failure));
  }
  write_file(folder / reports::kPictureFiles[0], picture(before, "What the dead kernel built"));
  if (!after.empty())
    write_file(folder / reports::kPictureFiles[1], picture(after, "What the engine had made when it broke"));
}

}  // namespace

void draw_finding(const FoundBy& by, const std::filesystem::path& input, const std::filesystem::path& folder) {
  const pid_t child = fork();
  if (child == 0) {
    // What this process has to say was said by the target.
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    alarm(kSecondsMost);
    int code = 0;
    try {
      draw(by, input, folder);
    } catch (...) { code = 1; }
    _exit(code);
  }
  int status = 0;
  if (child > 0) waitpid(child, &status, 0);
}

}  // namespace vtd::harness::cli
