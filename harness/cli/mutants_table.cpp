// SPDX-License-Identifier: Apache-2.0 OR MIT
// From the log of trials to a table of mutants.
#include "harness/cli/mutants_table.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <set>

namespace vtd::harness::cli {
namespace {

using mutants::Planted;
using reports::MutantRow;
using reports::MutantTable;
using reports::MutantTrial;

MutantRow row_of(const Planted& m, const std::string& kind) {
  MutantRow row;
  row.id = m.id;
  row.kind = kind;
  row.name = m.name;
  row.file = m.file;
  row.oper = m.oper;
  row.what = m.what;
  row.seen = m.seen;
  row.right = m.right;
  row.wrong = m.wrong;
  row.line = m.line;
  row.equivalent = m.equivalent;
  row.open = m.open;
  return row;
}

std::string command_of(const MutantsOptions& o) {
  if (o.sample) return "vtdfuzz mutants --sample";
  std::string command = fmt::format("vtdfuzz mutants --kind {} --strategy {} --seeds {} --budget {}",
                                    fmt::join(o.kinds, ","), fmt::join(o.strategies, ","), o.seeds, o.budget);
  if (!o.only.empty()) command += fmt::format(" --only {}", fmt::join(o.only, ","));
  if (o.every != 1) command += fmt::format(" --every {}", o.every);
  if (o.asks_for("bytes") || o.asks_for("rapidcheck"))
    command += fmt::format(" --other-seeds {} --other-budget {}", o.other_seeds, o.other_budget);
  return command;
}

// Why nothing can tell it, or has told it so far; otherwise what was planted.
const std::string& reason_of(const MutantRow& row) {
  if (!row.equivalent.empty()) return row.equivalent;
  return !row.open.empty() && !row.killed_at_all() ? row.open : row.what;
}

const char* status_of(const MutantRow& row) {
  return !row.equivalent.empty() ? "equivalent" : row.killed_at_all() ? "killed" : "survived";
}

Json efforts_json(const MutantTable& table) {
  Json efforts = Json::array();
  for (const auto& [of, effort] : table.efforts)
    efforts.push_back(
        {{"kind", of.first}, {"strategy", of.second}, {"seeds", effort.seeds}, {"cpu_seconds", effort.budget}});
  return efforts;
}

Json strategy_json(const std::vector<MutantTrial>& trials, double budget) {
  std::size_t killed = 0;
  std::vector<MutantTrial> in_executions = trials;
  Json by = Json::object();
  for (MutantTrial& trial : in_executions) {
    trial.cpu_seconds = static_cast<double>(trial.executions);
    if (!trial.killed) continue;
    ++killed;
    by[trial.by] = by.value(trial.by, 0) + 1;
  }
  const auto or_null = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  const reports::Survival time = reports::survival_of(trials, budget);
  const reports::Survival runs = reports::survival_of(in_executions, 0);
  return {{"killed", killed},
          {"of", trials.size()},
          {"cpu_seconds", {{"median", or_null(time.median)}, {"mean_restricted", time.restricted_mean}}},
          {"executions", {{"median", or_null(runs.median)}}},
          {"by", by}};
}

}  // namespace

MutantTable mutant_table(const MutantsOptions& options, const std::vector<mutants::Index>& indices,
                         const mutants::TrialLog& log) {
  MutantTable table;
  table.command = command_of(options);
  table.budget = options.budget;
  table.seeds = options.seeds;
  std::set<std::string> used;
  for (const mutants::Index& index : indices) {
    for (const Planted& m : index.mutants) {
      if (!is_chosen(options, m)) continue;
      MutantRow row = row_of(m, index.kind);
      for (const char* strategy : kStrategies) {
        const reports::MutantEffort effort = effort_of(options, index.kind, strategy);
        for (std::uint64_t seed = 1; seed <= effort.seeds; ++seed) {
          const mutants::Result* const result = log.find({index.kind, m.id, m.number, strategy, seed, effort.budget});
          if (result == nullptr) continue;
          row.strategies[strategy].push_back(
              {result->state == "killed", result->cpu_seconds, result->executions, result->by});
          table.cpu_seconds += result->cpu_seconds;
          used.insert(strategy);
          table.efforts[{index.kind, strategy}] = effort;
        }
      }
      if (!row.strategies.empty() || !row.equivalent.empty()) table.rows.push_back(row);
    }
    for (const Planted& m : index.cannot_exist) table.cannot_exist.push_back(row_of(m, index.kind));
  }
  for (const char* strategy : kStrategies)
    if (used.contains(strategy)) table.strategies.emplace_back(strategy);
  return table;
}

Json mutant_json(const MutantTable& table) {
  Json rows = Json::array();
  for (const MutantRow& row : table.rows) {
    Json strategies = Json::object();
    for (const auto& [name, trials] : row.strategies)
      strategies[name] = strategy_json(trials, table.budget_of(row.kind, name));
    rows.push_back({{"id", row.id},
                    {"kind", row.kind},
                    {"name", row.name},
                    {"file", row.file},
                    {"line", row.line},
                    {"operator", row.oper},
                    {"status", status_of(row)},
                    {"seen", row.seen},
                    {"reason", reason_of(row)},
                    {"right", row.right},
                    {"wrong", row.wrong},
                    {"strategies", strategies}});
  }
  Json left_out = Json::array();
  for (const MutantRow& row : table.cannot_exist)
    left_out.push_back({{"id", row.id}, {"name", row.name}, {"reason", row.what}});
  return {{"command", table.command},
          {"budget", {{"cpu_seconds", table.budget}, {"seeds", table.seeds}}},
          {"efforts", efforts_json(table)},
          {"cpu_seconds", table.cpu_seconds},
          {"mutants", rows},
          {"cannot_exist", left_out}};
}

}  // namespace vtd::harness::cli
