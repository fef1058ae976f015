// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reading nodes of `clang -ast-dump=json`.
#include "harness/mutants/ast_walk.h"

#include <algorithm>
#include <array>

namespace vtd::harness::mutants {
namespace {

std::optional<std::size_t> offset_of(const Node& place) {
  const auto offset = place.find("offset");
  if (offset == place.end() || place.contains("includedFrom")) return std::nullopt;
  return offset->get<std::size_t>();
}

}  // namespace

std::string kind_of(const Node& node) { return text_at(node, "kind"); }

std::string text_at(const Node& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : "";
}

bool flag_at(const Node& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_boolean() && found->get<bool>();
}

std::vector<const Node*> children(const Node& node) {
  std::vector<const Node*> found;
  const auto inner = node.find("inner");
  if (inner == node.end()) return found;
  for (const Node& child : *inner)
    if (child.is_object() && child.contains("kind")) found.push_back(&child);
  return found;
}

std::optional<Range> range_of(const Node& node) {
  const auto range = node.find("range");
  if (range == node.end()) return std::nullopt;
  const auto begin = offset_of(range->value("begin", Node::object()));
  const auto end = offset_of(range->value("end", Node::object()));
  if (!begin || !end) return std::nullopt;
  return Range{*begin, *end + range->at("end").value("tokLen", std::size_t{0})};
}

std::string type_of(const Node& node) {
  const auto found = node.find("type");
  if (found == node.end()) return "";
  std::string type = found->value("desugaredQualType", found->value("qualType", std::string()));
  while (!type.empty() && (type.back() == '&' || type.back() == ' ')) type.pop_back();
  if (type.starts_with("const ") && type.back() != '*') type.erase(0, 6);  // of a pointer it is what it points to
  return type;
}

const Node& bare(const Node& node) {
  constexpr std::array kWrappers = {"ImplicitCastExpr", "ParenExpr", "ExprWithCleanups", "CXXBindTemporaryExpr"};
  const Node* at = &node;
  while (std::find(kWrappers.begin(), kWrappers.end(), kind_of(*at)) != kWrappers.end() && !children(*at).empty())
    at = children(*at).front();
  return *at;
}

}  // namespace vtd::harness::mutants
