// SPDX-License-Identifier: Apache-2.0 OR MIT
// The mutant benchmark as Markdown: a summary, the buckets, each known mutant, the survivors by name.
#include "reports/mutants.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "reports/words.h"

namespace vtd::reports {
namespace {

constexpr std::array kBuckets = {0.1, 1.0, 10.0, 60.0};  // CPU-seconds

std::string seconds(double value) { return value < 9.95 ? fmt::format("{:.2f}", value) : fmt::format("{:.0f}", value); }

std::string code(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::string out;
  for (const char c : text) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return out.empty() ? "*nothing*" : "`" + out + "`";
}

const std::vector<MutantTrial>& trials_of(const MutantRow& row, const std::string& strategy) {
  static const std::vector<MutantTrial> none;
  const auto found = row.strategies.find(strategy);
  return found == row.strategies.end() ? none : found->second;
}

std::size_t kills(const std::vector<MutantTrial>& trials) {
  return static_cast<std::size_t>(std::count_if(trials.begin(), trials.end(), [](const auto& t) { return t.killed; }));
}

std::string share(std::size_t part, std::size_t whole) {
  return whole == 0 ? "-" : fmt::format("{} of {} ({})", part, whole, percent(part, whole));
}

std::vector<const MutantRow*> rows_of(const MutantTable& table, const std::string& kind) {
  std::vector<const MutantRow*> rows;
  for (const MutantRow& row : table.rows)
    if (row.kind == kind && row.equivalent.empty()) rows.push_back(&row);
  return rows;
}

std::vector<std::string> kinds_of(const MutantTable& table) {
  std::vector<std::string> kinds;
  for (const MutantRow& row : table.rows)
    if (std::find(kinds.begin(), kinds.end(), row.kind) == kinds.end()) kinds.push_back(row.kind);
  return kinds;
}

// Who found it most often.
std::string by_of(const std::vector<MutantTrial>& trials) {
  std::map<std::string, int> counts;
  for (const MutantTrial& t : trials)
    if (t.killed) ++counts[t.by];
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "-" : most->first;
}

double median_executions(const std::vector<MutantTrial>& trials) {
  std::vector<MutantTrial> in_executions = trials;
  for (MutantTrial& t : in_executions) t.cpu_seconds = static_cast<double>(t.executions);
  return survival_of(in_executions, 0).median.value_or(-1);
}

std::string summary(const MutantTable& table) {
  std::string text = "| kind | strategy | seeds | budget | mutants | killed with every seed | killed with some seed |";
  for (const double bucket : kBuckets) text += fmt::format(" median <= {} s |", bucket);
  text += "\n|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const std::string& kind : kinds_of(table)) {
    for (const std::string& strategy : table.strategies) {
      std::size_t tried = 0, always = 0, some = 0;
      std::array<std::size_t, kBuckets.size()> within{};
      for (const MutantRow* row : rows_of(table, kind)) {
        const auto& trials = trials_of(*row, strategy);
        if (trials.empty()) continue;
        ++tried;
        always += row->killed_always(strategy);
        some += kills(trials) != 0;
        const auto median = survival_of(trials, table.budget_of(kind, strategy)).median;
        for (std::size_t i = 0; i < kBuckets.size(); ++i) within[i] += median && *median <= kBuckets[i];
      }
      if (tried == 0) continue;
      const auto effort = table.efforts.find({kind, strategy});
      text += fmt::format("| {} | {} | {} | {} s | {} | {} | {} |", kind, strategy,
                          effort == table.efforts.end() ? table.seeds : effort->second.seeds,
                          table.budget_of(kind, strategy), tried, share(always, tried), share(some, tried));
      for (const std::size_t n : within) text += fmt::format(" {} |", n);
      text += "\n";
    }
  }
  return text;
}

std::string known_rows(const MutantTable& table) {
  if (rows_of(table, "known").empty()) return "";
  std::string text = "## Known mistakes, one by one\n\n| mutant |";
  std::string rule = "|---|";
  for (const std::string& strategy : table.strategies) {
    text += fmt::format(" {}: killed | median s | mean s | executions | by |", strategy);
    rule += "---|---|---|---|---|";
  }
  text += "\n" + rule + "\n";
  for (const MutantRow& row : table.rows) {
    if (row.kind != "known") continue;
    text += fmt::format("| {} {} |", row.id, row.name == row.id ? "" : row.name);
    for (const std::string& strategy : table.strategies) {
      const auto& trials = trials_of(row, strategy);
      const double budget = table.budget_of(row.kind, strategy);
      const Survival survival = survival_of(trials, budget);
      const double executions = median_executions(trials);
      text += trials.empty()
                  ? " - | - | - | - | - |"
                  : fmt::format(" {}/{} | {} | {} | {} | {} |", kills(trials), trials.size(),
                                survival.median ? seconds(*survival.median) : fmt::format("> {}", budget),
                                seconds(survival.restricted_mean),
                                executions < 0 ? "-" : grouped(static_cast<std::uint64_t>(executions)), by_of(trials));
    }
    text += "\n";
  }
  return text + "\n";
}

std::string places_seen(const MutantTable& table) {
  std::string text;
  for (const MutantRow* row : rows_of(table, "known"))
    text += fmt::format("- {} {}: {} Seen: {}\n", row->id, row->name, row->what, row->seen);
  return text.empty() ? "" : "## Where the known mistakes were seen\n\n" + text + "\n";
}

// The words for a process that did not come to an end; anything else names what disagreed.
bool is_breakdown(const std::string& by) { return by == "sanitizer" || by == "signal" || by == "hang"; }

std::string oracle_rows(const MutantTable& table, const char* title, bool breakdown) {
  std::string text;
  std::size_t count = 0;
  for (const MutantRow* row : rows_of(table, "oracle")) {
    const std::string by = by_of(trials_of(*row, "corpus"));
    if (is_breakdown(by) != breakdown) continue;
    ++count;
    text += fmt::format("| {} {} | {} | {} |\n", row->id, row->name, row->file, by);
  }
  if (text.empty()) return "";
  return fmt::format("## {}: {}\n\n| mutant | file | noticed by |\n|---|---|---|\n{}\n", title, count, text);
}

// What a mutated oracle did: it took the engine for wrong, or missed what it saw before. One that broke down itself was
// noticed, too, but says little of how well the others are watched.
std::string oracles(const MutantTable& table) {
  return oracle_rows(table, "Mutants of the oracle that a verdict gave away", false) +
         oracle_rows(table, "Mutants of the oracle that broke down by themselves", true);
}

std::string operators(const MutantTable& table) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  for (const MutantRow* row : rows_of(table, "generated")) {
    auto& [killed, all] = counts[row->oper];
    killed += row->killed_at_all();
    ++all;
  }
  std::string text;
  for (const auto& [oper, count] : counts) text += fmt::format("| {} | {} |\n", oper, share(count.first, count.second));
  return text.empty() ? "" : "## Generated mutants by operator\n\n| operator | killed |\n|---|---|\n" + text + "\n";
}

std::string list(const MutantTable& table, const char* title, bool (*belongs)(const MutantRow&)) {
  std::string text;
  for (const MutantRow& row : table.rows) {
    if (!belongs(row)) continue;
    text += row.kind == "generated" ? fmt::format("- `{}` ({}:{}): {} became {}", row.id, row.file, row.line,
                                                  code(row.right), code(row.wrong))
                                    : fmt::format("- {} {} ({}): {}", row.id, row.name, row.file, row.what);
    const std::string& because = row.equivalent.empty() ? row.open : row.equivalent;
    text += because.empty() ? "\n" : "\n  " + because + "\n";
  }
  return text.empty() ? "" : fmt::format("## {}\n\n{}\n", title, text);
}

}  // namespace

Survival survival_of(const std::vector<MutantTrial>& trials, double horizon) {
  std::vector<MutantTrial> sorted = trials;
  // At one moment kills come before those that were given up.
  std::sort(sorted.begin(), sorted.end(), [](const MutantTrial& a, const MutantTrial& b) {
    return a.cpu_seconds != b.cpu_seconds ? a.cpu_seconds < b.cpu_seconds : a.killed > b.killed;
  });
  Survival survival;
  double alive = 1, last = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double at = std::min(sorted[i].cpu_seconds, horizon);
    survival.restricted_mean += alive * (at - last);
    last = at;
    if (!sorted[i].killed) continue;
    alive *= 1 - 1.0 / static_cast<double>(sorted.size() - i);
    if (!survival.median && alive <= 0.5 + 1e-9) survival.median = sorted[i].cpu_seconds;
  }
  survival.restricted_mean += alive * (horizon - last);
  return survival;
}

double MutantTable::budget_of(const std::string& kind, const std::string& strategy) const {
  const auto found = efforts.find({kind, strategy});
  return found == efforts.end() ? budget : found->second.budget;
}

bool MutantRow::killed_always(const std::string& strategy) const {
  const auto& trials = trials_of(*this, strategy);
  return !trials.empty() && kills(trials) == trials.size();
}

bool MutantRow::killed_at_all() const {
  return std::any_of(strategies.begin(), strategies.end(), [](const auto& s) { return kills(s.second) != 0; });
}

std::string mutants_markdown(const MutantTable& table) {
  std::string text = fmt::format(
      "# Planted mistakes\n\nMade by `{}`: {:.0f} CPU-seconds in all.\n"
      "`ours`, `bytes` and `rapidcheck` begin with an empty corpus; `corpus` runs the checked-in scenarios once. "
      "A trial that\nfound nothing within its budget (CPU-seconds) is censored: medians are Kaplan-Meier, means "
      "restricted to the budget.\nBefore that each program ran with nothing planted, and nothing was noticed. Of "
      "generated mutants `ours` has those that the corpus leaves.\n\n",
      table.command, table.cpu_seconds);
  text += summary(table) + "\n";
  text += list(table, "Survivors", [](const MutantRow& row) { return row.equivalent.empty() && !row.killed_at_all(); });
  text += known_rows(table) + places_seen(table) + oracles(table) + operators(table);
  text += list(table, "Equivalent mutants", [](const MutantRow& row) { return !row.equivalent.empty(); });
  if (!table.cannot_exist.empty()) {
    text += "## Known mistakes that cannot be made here\n\n";
    for (const MutantRow& row : table.cannot_exist) text += fmt::format("- {} {}: {}\n", row.id, row.name, row.what);
  }
  return text;
}

}  // namespace vtd::reports
