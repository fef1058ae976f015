// SPDX-License-Identifier: Apache-2.0 OR MIT
// Typed access to JSON with complaints that a person can act on.

#include "reports/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <utility>

namespace vtd::reports {
namespace {

Json parsed(const std::string& content, const std::string& where, std::size_t first_line) {
  try {
    return Json::parse(content);
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min(error.byte, content.size());
    const auto lines = std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw BadRun{fmt::format("{}:{}: expected JSON: the text is cut off or wrong here", where,
                             first_line + static_cast<std::size_t>(lines))};
  }
}

}  // namespace

Source::Source(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {
  if (!json.is_object()) throw BadRun{fmt::format("{}: expected an object", where_)};
}

const Json* Source::find(std::string_view key) const {
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

void Source::wrong(std::string_view key, const char* expected) const {
  throw BadRun{fmt::format("{}: {}: expected {}", where_, key, expected)};
}

bool Source::has(std::string_view key) const { return find(key) != nullptr; }

std::uint64_t Source::count(std::string_view key, std::uint64_t otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number_unsigned()) wrong(key, "a whole number");
  return value->get<std::uint64_t>();
}

double Source::number(std::string_view key, double otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number()) wrong(key, "a number");
  return value->get<double>();
}

bool Source::flag(std::string_view key, bool otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) wrong(key, "true or false");
  return value->get<bool>();
}

std::string Source::text(std::string_view key, std::string_view otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) wrong(key, "a string");
  return value->get<std::string>();
}

std::vector<Source> Source::objects(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) wrong(key, "a list");
  std::vector<Source> out;
  for (const Json& element : *value) out.emplace_back(element, fmt::format("{}: {}[{}]", where_, key, out.size()));
  return out;
}

std::vector<std::string> Source::texts(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) wrong(key, "a list of strings");
  std::vector<std::string> out;
  for (const Json& element : *value) {
    if (!element.is_string()) wrong(key, "a list of strings");
    out.push_back(element.get<std::string>());
  }
  return out;
}

Source Source::object(std::string_view key) const {
  static const Json kNothing = Json::object();
  const Json* value = find(key);
  return {value == nullptr ? kNothing : *value, fmt::format("{}: {}", where_, key)};
}

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  std::ifstream file(path, std::ios::binary);
  if (file) text << file.rdbuf();
  if (!file) throw BadRun{fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno))};
  return text.str();
}

Json read_json(const std::filesystem::path& path) { return parsed(read_text(path), path.string(), 1); }

Json read_json_lines(const std::filesystem::path& path) {
  const std::string content = read_text(path);
  Json list = Json::array();
  std::size_t line = 0;
  for (std::size_t at = 0, end = 0; (end = content.find('\n', at)) != std::string::npos; at = end + 1) {
    ++line;
    if (end != at) list.push_back(parsed(content.substr(at, end - at), path.string(), line));
  }
  return list;
}

Json run_start(const std::string& began) {
  std::tm time{};
  std::istringstream text(began);
  text >> std::get_time(&time, "%Y-%m-%dT%H:%M:%SZ");
  return text.fail() ? Json() : Json(static_cast<std::int64_t>(timegm(&time)));
}

std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vtd::reports
