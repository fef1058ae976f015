// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads what failed and where from the words that a person reads too.

#include "reports/cluster.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace vtd::reports {
namespace {

constexpr std::string_view kSummary = "SUMMARY: ";
constexpr std::string_view kAborted = "SUMMARY: libFuzzer: deadly signal";  // how a target ends after its own message

template <class Take>
void each_line(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    take(text.substr(at, end - at));
    at = end + 1;
  }
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

// "      4  attach source=01:00.6": the number of a step stands in the first nine columns.
bool is_step(std::string_view line) {
  return line.size() > 9 && line.starts_with("   ") && line[9] != ' ' && line.substr(7, 2) == "  " &&
         line.substr(0, 7).find_first_not_of(" 0123456789") == std::string_view::npos;
}

std::string_view verb_of(std::string_view step) {
  step.remove_prefix(9);
  return step.substr(0, step.find_first_of(" ,"));
}

// "engine/context.cpp:110" within a line: a path below a folder of the project, or of the kernel's source in the build
// ("linux-6.1/drivers/iommu/intel/iommu.c:179"), and a line number.
std::string source_place(std::string_view line) {
  for (const std::string_view folder : {"engine/", "harness/", "model/", "properties/", "linux-"}) {
    const std::size_t at = line.rfind(folder);
    if (at == std::string_view::npos) continue;
    std::size_t end = at;
    while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) != 0 ||
                                 std::string_view("/._-").find(line[end]) != std::string_view::npos))
      ++end;
    const std::size_t colon = end;
    if (end >= line.size() || line[end] != ':') continue;
    for (++end; end < line.size() && std::isdigit(static_cast<unsigned char>(line[end])) != 0;) ++end;
    if (end > colon + 1) return std::string(line.substr(at, end - at));
  }
  return {};
}

// What a sanitizer says at the end: its kind of error, without addresses and places.
std::string_view sanitizer_words(std::string_view summary) {
  summary.remove_prefix(kSummary.size());
  const std::size_t place = summary.find(" /");
  return trimmed(summary.substr(0, place));
}

std::string slug(std::string_view headline) {
  if (headline.starts_with("BROKEN ")) headline.remove_prefix(7);
  std::string out;
  for (const char c : headline) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (word)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-')
      out += '-';
    if (out.size() == 48) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "finding" : out;
}

// What a message says about its finding, line by line.
struct Words {
  std::string what, where, call, marked, last, summary;
  bool over = false;  // the trace; what follows is the draft and what others say

  void take(std::string_view line) {
    if (line.starts_with(kSummary) && line != kAborted) summary = line;
    if (over) return;
    over = line.starts_with("  replay    ");
    if (line.starts_with("  what      ")) what = trimmed(line.substr(12));
    if (line.starts_with("  where     ")) where = source_place(line);
    if (line.starts_with("  ->  ")) marked = source_place(line);
    if (line.starts_with("            "))
      if (const std::string place = source_place(line); !place.empty()) last = place;
    if (is_step(line)) call = verb_of(line);
  }
};

// FNV-1a, 32 bits: short, and the same everywhere.
std::uint32_t digest(const std::string& text) {
  std::uint32_t value = 0x811c9dc5;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x01000193;
  return value;
}

}  // namespace

Cluster cluster_of(std::string_view headline, std::string_view message) {
  Cluster cluster;
  Words words;
  each_line(message, [&](std::string_view line) { words.take(line); });
  cluster.what = words.summary.empty() || !words.what.empty() ? words.what : sanitizer_words(words.summary);
  cluster.call = words.call;
  const std::string marked = !words.summary.empty() ? source_place(words.summary) : words.marked;
  cluster.place = !marked.empty() ? marked : !words.where.empty() ? words.where : words.last;
  const std::string file = marked.substr(0, marked.find(':'));
  cluster.id = fmt::format("{}-{:08x}", slug(headline),
                           digest(fmt::format("{}\n{}\n{}", headline, cluster.what, file.empty() ? words.call : file)));
  return cluster;
}

}  // namespace vtd::reports
