// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the mutation operators need of a node of Clang's JSON tree.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vtd::harness::mutants {

using Node = nlohmann::json;

struct Range {
  std::size_t begin = 0, end = 0;
};

std::string kind_of(const Node& node);
std::string text_at(const Node& node, const char* key);  // empty when there is no such text
bool flag_at(const Node& node, const char* key);
// The children that are nodes: Clang writes {} for what is not there.
std::vector<const Node*> children(const Node& node);
// Characters of a node; nothing when a macro wrote any of them.
std::optional<Range> range_of(const Node& node);
// The type without aliases, references and const.
std::string type_of(const Node& node);
// Without implicit casts and parentheses.
const Node& bare(const Node& node);

}  // namespace vtd::harness::mutants
