// SPDX-License-Identifier: Apache-2.0 OR MIT
// JUnit XML: a test suite a target, a test case a property. A property that must be evaluated and was not is a failure.

#include <fmt/core.h>

#include <algorithm>

#include "reports/report.h"
#include "reports/words.h"

namespace vtd::reports {
namespace {

bool breaks(const Finding& f, const std::string& property) { return f.headline == "BROKEN " + property; }

struct Case {
  std::string name, group, inside;
  enum { passed, failed, skipped } outcome = passed;
};

Case failed(std::string name, std::string group, const std::string& message, const std::string& text) {
  return {std::move(name), std::move(group),
          fmt::format("<failure message=\"{}\">{}</failure>", marked_up(message), marked_up(text)), Case::failed};
}

Case case_of(const PropertyCount& p, const FuzzSummary& s) {
  std::string message, text;
  for (const Finding& f : s.findings) {
    if (!breaks(f, p.name)) continue;
    message += (message.empty() ? "" : "; ") + (f.cluster.what.empty() ? f.headline : f.cluster.what);
    text += f.message + "\nreplay: " + f.replay + "\n";
  }
  if (!message.empty()) return failed(p.name, p.group, message, text);
  if (p.evaluations != 0) return {p.name, p.group, "", Case::passed};
  if (p.expected) return failed(p.name, p.group, "never evaluated", "");
  return {p.name, p.group, "<skipped message=\"not of this target\"/>", Case::skipped};
}

std::vector<Case> cases_of(const FuzzSummary& s) {
  std::vector<Case> cases;
  for (const PropertyCount& p : s.properties) cases.push_back(case_of(p, s));
  // Crashes, and properties that no catalogue has: findings all the same.
  for (const Finding& f : s.findings)
    if (std::none_of(s.properties.begin(), s.properties.end(),
                     [&](const PropertyCount& p) { return breaks(f, p.name); }))
      cases.push_back(failed(f.cluster.id, "crash", f.headline, f.message + "\nreplay: " + f.replay + "\n"));
  for (const std::string& trouble : s.troubles) cases.push_back(failed("the run itself", "run", trouble, ""));
  if (s.executions == 0) cases.push_back(failed("something is executed", "run", "nothing was executed", ""));
  return cases;
}

std::string suite(const FuzzSummary& s) {
  const std::vector<Case> cases = cases_of(s);
  const auto times = [&](auto outcome) {
    return std::count_if(cases.begin(), cases.end(), [&](const Case& c) { return c.outcome == outcome; });
  };
  std::string out = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{}\"{}>\n",
      marked_up(s.subject()), cases.size(), times(Case::failed), times(Case::skipped), s.seconds,
      s.began.empty() ? "" : fmt::format(" timestamp=\"{}\"", marked_up(s.began.substr(0, s.began.find('Z')))));
  for (const Case& c : cases) {
    out += fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\"", marked_up(s.subject()), marked_up(c.group),
                       marked_up(c.name));
    out += c.inside.empty() ? "/>\n" : fmt::format(">\n      {}\n    </testcase>\n", c.inside);
  }
  return out + "  </testsuite>\n";
}

}  // namespace

std::string junit(const Report& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"vtdfuzz\">\n";
  for (const Run* run : report.newest()) out += suite(*run->summary);
  return out + "</testsuites>\n";
}

}  // namespace vtd::reports
