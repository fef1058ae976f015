// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a picture of a hierarchy shows: tables and domains as nodes, each drawn once, and the links between them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "harness/cli/show.h"

namespace vtd::harness::cli {

enum class Mark : std::uint8_t { none, link, leaf, bad };

struct PictureNode {
  unsigned column = 0;
  std::vector<std::string> lines;     // the first one is the title
  std::vector<std::string> warnings;  // what is broken or was quarantined here
  std::array<Mark, 128> strip{};      // of table nodes: the worst of four entries each
  bool has_strip = false;
  bool on_path = false;               // of a request that is followed
  std::vector<unsigned> pointed;      // columns of the strip that it takes
  std::uint64_t stands_for = 1;       // a stack of so many tables
  std::vector<std::size_t> children;  // drawn to the right of this node
  std::vector<std::size_t> shared;    // drawn elsewhere, because something else leads there too
};

struct PictureGraph {
  std::vector<PictureNode> nodes;  // the first one is the root
};

PictureGraph picture_graph(const ShownUnit& unit);

}  // namespace vtd::harness::cli
