// SPDX-License-Identifier: Apache-2.0 OR MIT
// Line by line: facts up to the first empty line, steps up to the replay command, the draft as far as it is indented.

#include "reports/message_parts.h"

#include <algorithm>
#include <cctype>

namespace vtd::reports {
namespace {

constexpr std::string_view kReplay = "  replay    ", kDraft = "  draft     ", kDraftIndent = "    ";

enum class Where { before, facts, trace, draft, after };

std::string_view trimmed_right(std::string_view s) {
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

void add_line(std::string& text, std::string_view line) { text.append(line).append("\n"); }

// "  expected  0x0" is a fact: a lower-case word and its value.
bool add_fact(MessageParts& parts, std::string_view line) {
  if (!line.starts_with("  ") || line.size() < 4 || std::islower(static_cast<unsigned char>(line[2])) == 0)
    return false;
  const std::size_t end = std::min(line.find(' ', 2), line.size());
  const std::size_t value = std::min(line.find_first_not_of(' ', end), line.size());
  parts.facts.emplace_back(line.substr(2, end - 2), trimmed_right(line.substr(value)));
  return true;
}

// Where the next line belongs, having taken this one.
Where take(MessageParts& parts, Where where, std::string_view line) {
  switch (where) {
    case Where::before:
      if (line.starts_with("! ")) return Where::facts;
      add_line(parts.rest, line);
      return where;
    case Where::facts:
      return add_fact(parts, line) ? where : Where::trace;
    case Where::trace:
      if (line.starts_with(kDraft)) return Where::draft;
      if (line == "  scenario") return Where::draft;
      if (!line.starts_with(kReplay)) add_line(parts.trace, line);
      return where;
    case Where::draft:
      if (line.starts_with(kDraftIndent)) {
        add_line(parts.draft, line.substr(kDraftIndent.size()));
        return where;
      }
      add_line(parts.rest, line);
      return Where::after;
    case Where::after:
      add_line(parts.rest, line);
      return where;
  }
  return where;
}

}  // namespace

MessageParts parts_of(std::string_view message) {
  MessageParts parts;
  Where where = Where::before;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    where = take(parts, where, message.substr(at, end - at));
    at = end + 1;
  }
  while (parts.trace.ends_with("\n\n")) parts.trace.pop_back();
  return parts;
}

std::string_view essence_of(std::string_view message) {
  const std::size_t begin = message.starts_with("! BROKEN ") ? 0 : message.find("\n! BROKEN ");
  if (begin == std::string_view::npos) return message;
  message.remove_prefix(begin == 0 ? 0 : begin + 1);
  std::size_t end = message.find(std::string("\n").append(kDraft));
  if (end == std::string_view::npos) return message;
  do {
    end = std::min(message.find('\n', end + 1), message.size());
  } while (message.substr(end).starts_with(std::string("\n").append(kDraftIndent)));
  return message.substr(0, std::min(end + 1, message.size()));
}

}  // namespace vtd::reports
