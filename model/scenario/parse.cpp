// SPDX-License-Identifier: Apache-2.0 OR MIT
// Text to scenario, in one pass. An error says the line, what was found and what was expected.
#include <algorithm>
#include <charconv>
#include <optional>

#include "model/scenario/scenario.h"

namespace vtd::model {
namespace {

// Input may be anything: what is quoted in an error is short and printable.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out = "'";
  for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kMost ? "...'" : "'");
}

// Removes and answers everything up to the first of `ends`, which goes too.
std::string_view cut(std::string_view& rest, std::string_view ends) {
  const std::size_t at = rest.find_first_of(ends);
  const std::string_view head = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return head;
}

std::string_view next_word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  return cut(line, kBlanks);
}

// Edits that turn one word into another, to suggest what was meant. Words here are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// The names near `word`, all of them when none is.
template <class Items, class Name>
std::string expected_names(std::string_view word, const Items& items, Name name) {
  std::string all, near;
  for (const auto& item : items) {
    const std::string_view candidate = name(item);
    if (candidate.empty()) continue;
    all.append(all.empty() ? "" : ", ").append(candidate);
    const bool is_near = word.size() <= 20 && distance(word, candidate) * 2 < word.size();
    if (is_near) near.append(near.empty() ? "" : " or ").append(candidate);
  }
  return near.empty() ? all : near;
}

std::string expected_of(std::string_view word, std::span<const char* const> names) {
  return expected_names(word, names, [](const char* name) { return std::string_view(name); });
}

enum class Digits : uint8_t { good, none, too_large };
Digits read_number(std::string_view text, uint64_t& value) {
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error == std::errc::result_out_of_range) return Digits::too_large;
  return error == std::errc() && end == text.data() + text.size() ? Digits::good : Digits::none;
}

bool read_hex(std::string_view text, uint64_t most, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc() && end == text.data() + text.size() && value <= most;
}

bool read_devfn(std::string_view text, uint64_t& value) {
  const std::size_t dot = text.find('.');
  uint64_t device = 0, function = 0;
  if (dot == std::string_view::npos || !read_hex(text.substr(0, dot), 31, device) ||
      !read_hex(text.substr(dot + 1), 7, function))
    return false;
  value = device << 3 | function;
  return true;
}

bool read_source(std::string_view text, uint64_t& value) {
  const std::size_t colon = text.find(':');
  uint64_t bus = 0;
  if (colon == std::string_view::npos || !read_hex(text.substr(0, colon), 255, bus) ||
      !read_devfn(text.substr(colon + 1), value))
    return false;
  value |= bus << 8;
  return true;
}

std::optional<uint64_t> named(std::span<const char* const> names, std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!text.empty() && names[i] == text) return i;
  }
  return std::nullopt;
}

class LineParser {
 public:
  // Empty, or what is wrong with the line.
  std::string parse(std::string_view line, Scenario& out);

 private:
  std::string take(std::string_view word);
  std::string read_value(const Operand&, std::string_view text, uint64_t& value) const;
  std::string read_bits(const Operand&, std::string_view text, uint64_t& value) const;
  std::string bad(const Operand&, std::string_view text, std::string_view expected) const;
  std::string bad_number(const Operand&, std::string_view text, Digits, uint64_t value) const;

  const Operation* what_ = nullptr;
  Step step_;
  uint32_t seen_ = 0;
};

std::string LineParser::bad(const Operand& operand, std::string_view text, std::string_view expected) const {
  return std::string(what_->name) + ": " + operand.name + "=" + quoted(text) + ", expected " + std::string(expected);
}

std::string LineParser::bad_number(const Operand& operand, std::string_view text, Digits digits, uint64_t value) const {
  if (digits == Digits::good && value <= operand.limit) return {};
  if (digits == Digits::none) return bad(operand, text, "a decimal or 0x hexadecimal number");
  return bad(operand, text, "at most " + std::to_string(operand.limit));
}

std::string LineParser::read_bits(const Operand& operand, std::string_view text, uint64_t& value) const {
  value = 0;
  for (std::string_view rest = text;;) {
    const bool last = rest.find(',') == std::string_view::npos;
    const std::string_view word = cut(rest, ",");
    uint64_t one = 0;
    if (const auto bit = named(operand.names, word))
      one = uint64_t{1} << *bit;
    else if (const Digits digits = read_number(word, one); digits == Digits::none && !operand.names.empty())
      return bad(operand, word, expected_of(word, operand.names) + " or a number");
    else if (std::string error = bad_number(operand, word, digits, one); !error.empty())
      return error;
    value |= one;
    if (last) return {};
  }
}

std::string LineParser::read_value(const Operand& operand, std::string_view text, uint64_t& value) const {
  switch (operand.kind) {
    case OperandKind::source:
      return read_source(text, value) ? "" : bad(operand, text, "bus:device.function, such as 00:1f.2");
    case OperandKind::devfn:
      return read_devfn(text, value) ? "" : bad(operand, text, "device.function, such as 1f.2");
    case OperandKind::bits:
      return read_bits(operand, text, value);
    case OperandKind::choice:
      if (const auto index = named(operand.names, text)) return value = *index, "";
      return bad(operand, text, expected_of(text, operand.names));
    case OperandKind::capability:
      for (const Preset& preset : presets()) {
        if (text == preset.name) return value = is_extended(operand) ? preset.extended : preset.capability, "";
      }
      if (read_number(text, value) == Digits::none) {
        return bad(operand, text, "a number or " + expected_names(text, presets(), [](const Preset& p) {
                                    return std::string_view(p.name);
                                  }));
      }
      [[fallthrough]];
    case OperandKind::number:
    case OperandKind::address:
    case OperandKind::iova:
      break;
  }
  const Digits digits = read_number(text, value);
  return bad_number(operand, text, digits, value);
}

std::string LineParser::take(std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const std::span<const Operand> operands = what_->operands;
  const auto found = std::find_if(operands.begin(), operands.end(), [&](const Operand& o) { return name == o.name; });
  if (found == operands.end()) {
    return std::string(what_->name) + ": unknown operand " + quoted(name) + ", expected " +
           expected_names(name, operands, [](const Operand& o) { return std::string_view(o.name); });
  }
  if (equals == std::string_view::npos)
    return std::string(what_->name) + ": " + quoted(word) + " has no value, expected " + found->name + "=...";
  const auto index = static_cast<std::size_t>(found - operands.begin());
  if ((seen_ >> index & 1) != 0) return std::string(what_->name) + ": " + found->name + " is given twice";
  seen_ |= uint32_t{1} << index;
  return read_value(*found, word.substr(equals + 1), step_.operand[index]);
}

std::string LineParser::parse(std::string_view line, Scenario& out) {
  line = line.substr(0, line.find('#'));
  const std::string_view verb = next_word(line);
  if (verb.empty()) return {};
  const std::span<const Operation> all = operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Operation& o) { return verb == o.name; });
  if (found == all.end()) {
    return "unknown operation " + quoted(verb) + ", expected " +
           expected_names(verb, all, [](const Operation& o) { return std::string_view(o.name); });
  }
  what_ = &*found;
  seen_ = 0;
  step_ = make_step(what_->op, {});
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    if (std::string error = take(word); !error.empty()) return error;
  }
  for (std::size_t i = 0; i < what_->operands.size(); ++i) {
    if (what_->operands[i].required && (seen_ >> i & 1) == 0)
      return std::string(what_->name) + ": " + what_->operands[i].name + " is missing";
  }
  out.steps.push_back(step_);
  return {};
}

std::string read_header(std::string_view line) {
  if (next_word(line) != "vtd")
    return "not a scenario: expected the first line 'vtd " + std::to_string(kTextVersion) + "'";
  const std::string_view version = next_word(line);
  uint64_t number = 0;
  if (read_number(version, number) != Digits::good || number != kTextVersion || !next_word(line).empty()) {
    return "unknown version " + quoted(version) + " of the scenario text, expected 'vtd " +
           std::to_string(kTextVersion) + "'";
  }
  return {};
}

}  // namespace

TextError parse_text(std::string_view text, Scenario& out) {
  out.steps.clear();
  if (std::string error = read_header(cut(text, "\n")); !error.empty()) return {1, error};
  LineParser parser;
  for (unsigned line = 2; !text.empty(); ++line) {
    if (std::string error = parser.parse(cut(text, "\n"), out); !error.empty()) return {line, error};
  }
  return {};
}

}  // namespace vtd::model
