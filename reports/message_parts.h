// SPDX-License-Identifier: Apache-2.0 OR MIT
// A failure message (README, "What a finding looks like") taken apart again, for pages that show each part in its
// place.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vtd::reports {

struct MessageParts {
  std::vector<std::pair<std::string, std::string>> facts;  // meaning, section, what, where, expected, got, ...
  std::string trace;                                       // the steps, with what the engine did under them
  std::string draft;                                       // a regression, ready to be put into a file
  std::string rest;                                        // what a sanitizer or the fuzz engine said after it
};

// A text without a headline is all rest.
MessageParts parts_of(std::string_view message);

// Of a broken property the message alone, from the headline to the end of the draft: where a fuzz engine stood when it
// was stopped is of no interest. Of a crash everything.
std::string_view essence_of(std::string_view message);

}  // namespace vtd::reports
