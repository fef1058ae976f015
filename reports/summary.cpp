// SPDX-License-Identifier: Apache-2.0 OR MIT
// Renders the summary of a fuzzing run.

#include "reports/summary.h"

#include "reports/words.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "reports/message_parts.h"

namespace vtd::reports {
namespace {

template <class... Values>
void add(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
  out += fmt::format(format, std::forward<Values>(values)...);
}

std::string rate(std::uint64_t n, double seconds) {
  return grouped(static_cast<std::uint64_t>(per_second(n, seconds)));
}

constexpr std::size_t kNamesTold = 10;

std::string outcome(const FuzzSummary& s) {
  if (s.executions == 0) return "nothing was executed";
  if (!s.findings.empty()) return fmt::format("{} finding{}", s.findings.size(), s.findings.size() == 1 ? "" : "s");
  if (!s.troubles.empty()) return "the run itself went wrong";
  if (const auto never = s.never_evaluated(); !never.empty())
    return fmt::format("nothing found, but {} properties were never evaluated", never.size());
  const bool judges = std::ranges::any_of(s.properties, &PropertyCount::expected);
  return judges ? "nothing found, every property evaluated" : "nothing found";
}

// A fence longer than any run of backticks within, so that a message cannot end its own block.
std::string fenced(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fmt::format("{}text\n{}{}{}\n", fence, text, text.ends_with('\n') ? "" : "\n", fence);
}

std::string more(const Finding& f) { return f.inputs == 1 ? "" : fmt::format(" and {} more", grouped(f.inputs - 1)); }

void figures(const FuzzSummary& s, std::string& out) {
  add(out, "| | |\n|---|---|\n");
  if (!s.engine_is.empty()) add(out, "| engine | {}: {} |\n", s.engine, s.engine_is);
  if (!s.hunt.empty()) add(out, "| hunted | known findings {} |\n", s.hunt);
  add(out, "| executions | {} |\n", grouped(s.executions));
  add(out, "| per second | {} ({} per CPU-second) |\n", rate(s.executions, static_cast<double>(s.seconds)),
      rate(s.executions, s.cpu_seconds));
  add(out, "| time | {} s, {} job{}{} |\n", s.seconds, s.jobs, s.jobs == 1 ? "" : "s",
      s.interrupted ? ", interrupted" : "");
  if (!s.over_because.empty()) add(out, "| ended early | {} |\n", s.over_because);
  add(out, "| coverage | {} edges, {} features |\n", grouped(s.coverage), grouped(s.features));
  add(out, "| corpus | {} inputs from {} seeds{} |\n", grouped(s.corpus), grouped(s.seeds),
      s.seeds_left_out == 0 ? "" : fmt::format(" ({} left out: too large)", s.seeds_left_out));
  add(out, "| evaluations | {} |\n\n", grouped(s.evaluations()));
}

void findings(const FuzzSummary& s, std::string& out) {
  if (s.findings.empty()) return;
  add(out, "## Findings\n\n");
  for (const Finding& f : s.findings)
    add(out, "### {}\n\n- input: `{}`{}\n- replay: `{}`{}\n\n{}\n", f.headline, f.artifact, more(f), f.replay,
        f.reproduced ? "" : "\n- **not the same when replayed**: look for what is not deterministic first",
        fenced(essence_of(f.message)));
}

void properties(const FuzzSummary& s, std::string& out) {
  if (s.properties.empty()) return;
  add(out, "## Evaluations per property\n\n| property | group | evaluations |\n|---|---|---:|\n");
  for (const PropertyCount& p : s.properties)
    add(out, "| {} | {} | {} |\n", p.name, p.group,
        p.evaluations != 0 || !p.expected ? grouped(p.evaluations) + (p.expected ? "" : " (not of this target)")
                                          : "**never**");
  add(out, "\n");
}

}  // namespace

std::string FuzzSummary::subject() const {
  return target + (engine == "ours" ? "" : " with " + engine) + (hunt.empty() ? "" : " hunting " + hunt);
}

std::uint64_t FuzzSummary::evaluations() const {
  std::uint64_t sum = 0;
  for (const PropertyCount& p : properties) sum += p.evaluations;
  return sum;
}

std::vector<std::string> FuzzSummary::never_evaluated() const {
  std::vector<std::string> names;
  for (const PropertyCount& p : properties)
    if (p.expected && p.evaluations == 0) names.push_back(p.name);
  return names;
}

std::string markdown(const FuzzSummary& s) {
  std::string out;
  add(out, "# {}: {}\n\n", s.subject(), outcome(s));
  for (const std::string& trouble : s.troubles) add(out, "- **{}**\n", trouble);
  if (!s.troubles.empty()) add(out, "\n");
  figures(s, out);
  findings(s, out);
  if (!s.verdicts.empty()) {
    add(out, "## Verdicts\n\n| verdict | executions | share |\n|---|---:|---:|\n");
    for (const Count& v : s.verdicts)
      add(out, "| {} | {} | {} |\n", v.name, grouped(v.times), percent(v.times, s.executions, 2));
    add(out, "\n");
  }
  properties(s, out);
  return out;
}

std::string plain_text(const FuzzSummary& s) {
  std::string out;
  add(out, "\n{}: {}\n\n", s.subject(), outcome(s));
  add(out, "  executions   {} in {} s{}: {}/s, {} per CPU-second\n", grouped(s.executions), s.seconds,
      s.interrupted ? " (interrupted)" : "", rate(s.executions, static_cast<double>(s.seconds)),
      rate(s.executions, s.cpu_seconds));
  if (!s.over_because.empty()) add(out, "  ended early  {}\n", s.over_because);
  add(out, "  coverage     {} edges, {} features; corpus {} inputs from {} seeds\n", grouped(s.coverage),
      grouped(s.features), grouped(s.corpus), grouped(s.seeds));
  if (!s.verdicts.empty()) {
    add(out, "  verdicts    ");
    for (const Count& v : s.verdicts) add(out, " {} {}", percent(v.times, s.executions, 2), v.name);
    add(out, "\n");
  }
  if (!s.properties.empty()) {
    const auto expected =
        std::count_if(s.properties.begin(), s.properties.end(), [](const PropertyCount& p) { return p.expected; });
    add(out, "  properties   {} of {} evaluated, {} evaluations\n",
        static_cast<std::size_t>(expected) - s.never_evaluated().size(), expected, grouped(s.evaluations()));
  }
  if (const auto never = s.never_evaluated(); !never.empty())
    add(out, "  never evaluated: {}\n", listed(never, kNamesTold));
  if (s.features_reached != 0)
    add(out, "  reach        {} of {} features{}{}\n", s.features_reached, s.features_reached + s.never_reached.size(),
        s.never_reached.empty() ? "" : "; never: ", listed(s.never_reached, kNamesTold));
  for (const std::string& trouble : s.troubles) add(out, "  trouble      {}\n", trouble);
  for (const Finding& f : s.findings)
    add(out, "\n  ! {}\n    input      {}{}\n    replay     {}{}\n", f.headline, f.artifact, more(f), f.replay,
        f.reproduced ? "" : "\n    NOT THE SAME when replayed: look for what is not deterministic first");
  return out;
}

}  // namespace vtd::reports
