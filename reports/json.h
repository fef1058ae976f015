// SPDX-License-Identifier: Apache-2.0 OR MIT
// JSON that a run left behind: read with the name of the file and the key in every complaint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace vtd::reports {

using Json = nlohmann::ordered_json;

// A file of a run that is not what it should be: one line says where, what, and what was expected.
struct BadRun {
  std::string message;
};

// A JSON object and where it came from.
class Source {
 public:
  Source(const Json& json, std::string where);

  bool has(std::string_view key) const;
  // The value of a key, or `otherwise` when the key is missing or null. Throws BadRun when it is of another type.
  std::uint64_t count(std::string_view key, std::uint64_t otherwise = 0) const;
  double number(std::string_view key, double otherwise = 0) const;
  bool flag(std::string_view key, bool otherwise = false) const;
  std::string text(std::string_view key, std::string_view otherwise = {}) const;
  // The elements of a list of objects, of a list of strings; empty when the key is missing.
  std::vector<Source> objects(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  // An object within; an empty one when the key is missing.
  Source object(std::string_view key) const;

  const Json& json() const { return *json_; }
  const std::string& where() const { return where_; }

 private:
  const Json* find(std::string_view key) const;
  [[noreturn]] void wrong(std::string_view key, const char* expected) const;

  const Json* json_;
  std::string where_;
};

// The bytes of a file. Throws BadRun.
std::string read_text(const std::filesystem::path& path);
// One JSON object. Throws BadRun with the line where the text is wrong.
Json read_json(const std::filesystem::path& path);
// One JSON object a line; a last line without its end was cut off by a kill and is left out. Throws BadRun.
Json read_json_lines(const std::filesystem::path& path);
// "2026-03-31T22:15:00Z" as seconds since 1970; null when it is not known.
Json run_start(const std::string& began);
// As it goes into a file or a page: bytes that are no UTF-8 are replaced.
std::string dumped(const Json& json, int indent);

}  // namespace vtd::reports
