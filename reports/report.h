// SPDX-License-Identifier: Apache-2.0 OR MIT
// Several runs seen together: which are the newest, what they come to, and the forms in which that is told.
#pragma once

#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "reports/run.h"

namespace vtd::reports {

// The runs of a session are one (reports/fold.h). The newest session decides; older ones are its history.
class Report {
 public:
  explicit Report(std::vector<Run> runs);  // oldest first
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  const std::vector<Run>& runs() const { return runs_; }
  // The newest run of each subject (a target, and the engine that it ran), by name.
  const std::vector<const Run*>& newest() const { return newest_; }
  // The runs of a subject, oldest first.
  std::vector<const Run*> history(const std::string& subject) const;
  // Is it of the session of the newest fuzzing run, or of the last one where nothing was fuzzed?
  bool is_of_newest_session(const Run& run) const { return run.session == runs_.back().session; }
  // A measurement, and the run that made it; nullptr: none did.
  template <class Measurement>
  struct Measured {
    const Run* run = nullptr;
    const Measurement* what = nullptr;
  };
  // The newest run that measured this: newest_with(&Run::reach). It may be of an earlier session.
  template <class Measurement>
  Measured<Measurement> newest_with(std::optional<Measurement> Run::* measured) const {
    for (const Run& run : std::views::reverse(runs_))
      if (const std::optional<Measurement>& what = run.*measured; what) return {&run, &*what};
    return {};
  }

 private:
  std::vector<Run> runs_;
  std::vector<const Run*> newest_;
};

enum class Level { bad, warning, good, note, unknown };
const char* level_name(Level);

// One sentence, and the section of the page that has the rest.
struct Conclusion {
  Level level;
  std::string text, section;
};
// What a reader has to know, the worst first.
std::vector<Conclusion> conclusions(const Report&);

// A whole page that needs no network. `title` is what stands on top of it.
std::string html(const Report&);
std::string markdown(const Report&);
std::string junit(const Report&);
std::string sarif(const Report&);
// One JSON object a line, as Tyche and Hypothesis read them (OpenPBTStats).
std::string openpbt(const Report&);

}  // namespace vtd::reports
