// SPDX-License-Identifier: Apache-2.0 OR MIT
// Sorts runs by subject, and says them in Markdown.

#include "reports/report.h"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "reports/fold.h"

namespace vtd::reports {

Report::Report(std::vector<Run> runs) : runs_(folded(std::move(runs))) {
  std::map<std::string, const Run*> by_subject;
  for (const Run& run : runs_)
    if (run.summary) by_subject[run.summary->subject()] = &run;
  for (const auto& [subject, run] : by_subject) newest_.push_back(run);
}

std::vector<const Run*> Report::history(const std::string& subject) const {
  std::vector<const Run*> out;
  for (const Run& run : runs_)
    if (run.summary && run.summary->subject() == subject) out.push_back(&run);
  return out;
}

const char* level_name(Level level) {
  switch (level) {
    case Level::bad:
      return "bad";
    case Level::warning:
      return "warning";
    case Level::good:
      return "good";
    case Level::note:
      return "note";
    case Level::unknown:
      return "unknown";
  }
  return "";
}

std::string markdown(const Report& report) {
  std::string out = "# vtdfuzz\n\n";
  for (const Conclusion& c : conclusions(report)) {
    const bool strong = c.level == Level::bad || c.level == Level::warning;
    out += fmt::format("- {0}{1}{0}\n", strong ? "**" : "", c.text);
  }
  for (const Run* run : report.newest()) out += "\n" + markdown(*run->summary);
  return out;
}

}  // namespace vtd::reports
