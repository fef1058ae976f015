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

struct ShownUnit {
  unsigned number = 0;
  model::Hierarchy hierarchy;
  model::Survey survey;
  std::vector<model::Claim> findings;  // of this unit, when old tables are shown
};

// `ranges_most`: how many mapped ranges of each address space are listed.
std::string tree_text(const ShownUnit& unit, std::size_t ranges_most);
Json tree_json(const ShownUnit& unit, std::size_t ranges_most);
// A whole SVG document.
std::string picture(std::span<const ShownUnit> units, const std::string& title);

}  // namespace vtd::harness::cli
