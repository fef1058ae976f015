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

// Where the headline begins and the draft ends; npos: there is none.
struct Bounds {
  std::size_t headline = std::string_view::npos, end_of_draft = std::string_view::npos;
};

Bounds take_all(MessageParts& parts, std::string_view message) {
  Bounds bounds;
  Where where = Where::before;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    const Where next = take(parts, where, message.substr(at, end - at));
    if (where == Where::before && next == Where::facts) bounds.headline = at;
    if (next == Where::draft) bounds.end_of_draft = std::min(end + 1, message.size());
    where = next;
    at = end + 1;
  }
  while (parts.trace.ends_with("\n\n")) parts.trace.pop_back();
  return bounds;
}

}  // namespace

MessageParts parts_of(std::string_view message) {
  MessageParts parts;
  take_all(parts, message);
  return parts;
}

std::string_view essence_of(std::string_view message) {
  MessageParts parts;
  const Bounds bounds = take_all(parts, message);
  if (bounds.headline == std::string_view::npos || !message.substr(bounds.headline).starts_with("! BROKEN "))
    return message;
  // Without a draft: to its end.
  return message.substr(0, bounds.end_of_draft).substr(bounds.headline);
}

}  // namespace vtd::reports
