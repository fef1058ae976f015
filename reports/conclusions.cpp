// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the figures mean, in sentences. Nothing is said that was not measured, and what was not measured is said.

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "reports/report.h"
#include "reports/words.h"

namespace vtd::reports {
namespace {

constexpr std::size_t kNamesMost = 4;
constexpr double kSlower = 0.8;        // of the median of earlier runs: that is more than what runs differ by
constexpr double kStillGrowing = 0.1;  // coverage grew in so late a part of the run
constexpr double kSecondsLeast = 5;    // in a shorter run it says nothing
constexpr std::size_t kHistoryLeast = 3;

std::string count_of(std::uint64_t n, const char* singular, const char* plural) {
  return fmt::format("{} {}", grouped(n), n == 1 ? singular : plural);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double speed(const FuzzSummary& s) { return s.cpu_seconds > 0 ? static_cast<double>(s.executions) / s.cpu_seconds : 0; }

class Conclusions {
 public:
  explicit Conclusions(const Report& report) : report_(report) {}

  std::vector<Conclusion> all() {
    for (const Run* run : report_.newest())
      if (run->summary) about(*run, *run->summary);
    if (report_.newest().empty()) say(Level::unknown, "Fuzzing: not part of these runs.", "findings");
    reach();
    coverage();
    mutants();
    oracles();
    const auto order = [](const Conclusion& c) { return static_cast<int>(c.level); };
    for (std::size_t i = 1; i < out_.size(); ++i)  // few, and their order is worth keeping
      for (std::size_t k = i; k > 0 && order(out_[k]) < order(out_[k - 1]); --k) std::swap(out_[k], out_[k - 1]);
    return std::move(out_);
  }

 private:
  void say(Level level, std::string text, const char* section) { out_.push_back({level, std::move(text), section}); }

  // Of a measurement. What was measured in an earlier session is news of that one, and no good news of this one.
  void say_of(const Run& run, Level level, const std::string& text, const char* section) {
    if (report_.is_of_newest_session(run)) return say(level, text, section);
    say(level == Level::good ? Level::unknown : level,
        fmt::format("Not of this session but of {}: {}", run.session_name, text), section);
  }

  void about(const Run& run, const FuzzSummary& s) {
    if (!report_.is_of_newest_session(run))
      say(Level::unknown,
          fmt::format("{} did not run in this session: its figures are of {}.", s.subject(), run.session_name), "runs");
    found(s);
    for (const std::string& trouble : s.troubles) say(Level::bad, fmt::format("{}: {}.", s.subject(), trouble), "runs");
    if (!s.finished)
      say(Level::warning,
          fmt::format("The run of {} was killed; its figures end at second {}.", s.subject(), s.seconds), "runs");
    if (!s.over_because.empty())
      say(Level::warning, fmt::format("The run of {} ended before its time: {}.", s.subject(), s.over_because), "runs");
    evaluated(s);
    verdicts(s);
    growth(run, s);
    trend(s);
  }

  void found(const FuzzSummary& s) {
    const std::string effort =
        fmt::format("{} executions of {} ({} s)", grouped(s.executions), s.subject(), grouped(s.seconds));
    if (s.executions == 0) return say(Level::bad, fmt::format("{} executed nothing.", s.subject()), "runs");
    if (s.findings.empty()) return say(Level::good, fmt::format("Nothing was found in {}.", effort), "findings");
    std::vector<std::string> names;
    for (const Finding& f : s.findings) names.push_back(f.headline);
    say(Level::bad,
        fmt::format("{} in {}: {}.", count_of(s.findings.size(), "finding", "findings"), effort,
                    listed(names, kNamesMost)),
        "findings");
    const auto unstable = static_cast<std::uint64_t>(
        std::count_if(s.findings.begin(), s.findings.end(), [](const Finding& f) { return !f.reproduced; }));
    if (unstable != 0)
      say(Level::bad,
          fmt::format("{} not come back when replayed: look for what is not deterministic first.",
                      unstable == 1 ? "One finding did" : grouped(unstable) + " findings did"),
          "findings");
  }

  void evaluated(const FuzzSummary& s) {
    if (s.properties.empty() || !s.finished) return;
    const auto expected =
        std::count_if(s.properties.begin(), s.properties.end(), [](const PropertyCount& p) { return p.expected; });
    if (const auto never = s.never_evaluated(); !never.empty())
      say(Level::bad,
          fmt::format("{} of {} properties of {} never evaluated: {}.", never.size(), expected, s.subject(),
                      listed(never, kNamesMost)),
          "properties");
    else
      say(Level::good,
          fmt::format("All {} properties of {} were evaluated, {} times in all.", expected, s.subject(),
                      grouped(s.evaluations())),
          "properties");
  }

  void verdicts(const FuzzSummary& s) {
    if (s.verdicts.empty() || s.executions == 0) return;
    std::string text;
    for (const Count& v : s.verdicts)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", percent(v.times, s.executions), v.name);
    say(Level::note, fmt::format("Executions of {}: {}.", s.subject(), text), "runs");
  }

  void growth(const Run& run, const FuzzSummary& s) {
    if (run.growth.empty())
      return say(Level::unknown, fmt::format("Growth of {}: not measured in this run.", s.subject()), "growth");
    const Sample& last = run.growth.back();
    const auto grew = std::find_if(run.growth.begin(), run.growth.end(),
                                   [&](const Sample& sample) { return sample.coverage == last.coverage; });
    if (last.second < kSecondsLeast) return;
    const bool growing = grew->second > last.second * (1 - kStillGrowing);
    say(Level::note,
        fmt::format("Coverage of {} last grew in second {:.0f} of {:.0f}{}.", s.subject(), grew->second, last.second,
                    growing ? ": a longer run would reach more" : ""),
        "growth");
  }

  void trend(const FuzzSummary& s) {
    std::vector<double> earlier;
    for (const Run* run : report_.history(s.subject()))
      if (run->summary && run->summary->began < s.began && speed(*run->summary) > 0)
        earlier.push_back(speed(*run->summary));
    if (earlier.size() + 1 < kHistoryLeast || speed(s) <= 0) return;
    const double ratio = speed(s) / median(earlier);
    say(ratio < kSlower ? Level::warning : Level::note,
        fmt::format("{} executes {:.0f} % {} per CPU-second than the median of the {} runs before.", s.subject(),
                    std::abs(ratio - 1) * 100, ratio < 1 ? "less" : "more", earlier.size()),
        "trend");
  }

  void reach() {
    const auto [run, reach] = report_.newest_with(&Run::reach);
    if (run == nullptr) return say(Level::unknown, "Generator reach: not measured in this run.", "reach");
    std::vector<std::string> never;
    const auto possible = std::count_if(reach->begin(), reach->end(),
                                        [](const Feature& f) { return f.reached != 0 || f.reason.empty(); });
    for (const Feature& f : *reach)
      if (f.reached == 0 && f.reason.empty()) never.push_back(f.what.empty() ? f.name : f.what);
    if (never.empty())
      say_of(
          *run, Level::good,
          fmt::format("Every one of {} features of machines that can be reached came as far as a property.", possible),
          "reach");
    else
      say_of(*run, Level::warning,
             fmt::format("{} of {} features never reached a property: {}.", never.size(), possible,
                         listed(never, kNamesMost)),
             "reach");
  }

  void coverage() {
    const auto [run, coverage] = report_.newest_with(&Run::coverage);
    if (run == nullptr) return say(Level::unknown, "Coverage of the engine: not measured in this run.", "coverage");
    const CoveredFile& total = coverage->total;
    const bool full = total.lines.covered == total.lines.count && total.branches.covered == total.branches.count;
    say_of(*run, full ? Level::good : Level::note,
           fmt::format("Of the measured sources, {} of lines and {} of branches are covered.",
                       percent(total.lines.covered, total.lines.count),
                       percent(total.branches.covered, total.branches.count)),
           "coverage");
  }

  void mutants() {
    const auto [run, mutants] = report_.newest_with(&Run::mutants);
    if (run == nullptr) return say(Level::unknown, "Mutants: not measured in this run.", "mutants");
    std::vector<std::string> survivors;
    std::uint64_t killed = 0;
    for (const Mutant& m : mutants->all) {
      if (m.status == "survived") survivors.push_back(m.id);
      killed += m.status == "killed";
    }
    const std::uint64_t judged = killed + survivors.size();
    say_of(*run, survivors.empty() ? Level::good : Level::warning,
           fmt::format("{} of {} killed{}.", grouped(killed), count_of(judged, "mutant was", "mutants were"),
                       survivors.empty() ? "" : "; survivors: " + listed(survivors, kNamesMost)),
           "mutants");
  }

  void oracles() {
    const auto [run, oracles] = report_.newest_with(&Run::oracles);
    if (run == nullptr) return say(Level::unknown, "Other oracles: not asked in this run.", "oracles");
    for (const Oracle& o : *oracles)
      say_of(*run, o.unexplained == 0 ? Level::good : Level::bad,
             fmt::format("{}: {}, {}, {} unexplained.", o.name, count_of(o.probes, "probe", "probes"),
                         count_of(o.differences, "difference", "differences"), grouped(o.unexplained)),
             "oracles");
  }

  const Report& report_;
  std::vector<Conclusion> out_;
};

}  // namespace

std::vector<Conclusion> conclusions(const Report& report) { return Conclusions(report).all(); }

}  // namespace vtd::reports
