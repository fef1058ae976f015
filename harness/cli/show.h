// SPDX-License-Identifier: Apache-2.0 OR MIT
// What `vtdfuzz show` shows of one unit: as a tree in text, as JSON, as a picture.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/cli/output.h"
#include "model/claims.h"
#include "model/survey.h"

namespace vtd::harness::cli {

// An entry to be pointed at in a picture: of the request that went wrong, or what broke itself.
struct MarkedEntry {
  model::Address page = 0;
  unsigned role = 0;  // 0: whatever the page is
  unsigned index = 0;
  bool broke = false;  // the entry itself; otherwise one on the way to it
};

struct ShownUnit {
  unsigned number = 0;
  model::Hierarchy hierarchy;
  model::Survey survey;
  std::vector<model::Claim> findings;  // of this unit, when old tables are shown
  std::vector<MarkedEntry> marks;
};

// `ranges_most`: how many mapped ranges of each address space are listed.
std::string tree_text(const ShownUnit& unit, std::size_t ranges_most);
Json tree_json(const ShownUnit& unit, std::size_t ranges_most);
// A whole SVG document.
std::string picture(std::span<const ShownUnit> units, const std::string& title);

}  // namespace vtd::harness::cli
