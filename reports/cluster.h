// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which findings are one: those that break the same property in the same way at the same place.
#pragma once

#include <string>
#include <string_view>

namespace vtd::reports {

struct Cluster {
  std::string id;     // "other_devices_are_unaffected-1a2b3c4d": a file name, the same in every run
  std::string what;   // the condition that failed, or what the sanitizer saw
  std::string call;   // the step under way, "attach"
  std::string place;  // "engine/context.cpp:110": the line marked in the trace, or else the last one that it has

  friend bool operator==(const Cluster& a, const Cluster& b) { return a.id == b.id; }
};

// Of a failure message or a sanitizer's report. The id depends on the headline, on what failed and on the file of the
// marked line, or else on the call; not on lines, which move with every edit.
Cluster cluster_of(std::string_view headline, std::string_view message);

}  // namespace vtd::reports
