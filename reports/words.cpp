// SPDX-License-Identifier: Apache-2.0 OR MIT
// Digits in groups of three, the first few of a list, shares that never round up to all.
#include "reports/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace vtd::reports {

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

std::string percent(std::uint64_t part, std::uint64_t whole, int decimals) {
  if (whole == 0) return "-";
  const double value = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  const double nearly_all = 100.0 - std::pow(10.0, -decimals);
  return fmt::format("{:.{}f} %", part < whole ? std::min(value, nearly_all) : value, decimals);
}

std::string marked_up(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
      out += c;
  }
  return out;
}

double per_second(std::uint64_t n, double seconds) { return seconds > 0 ? static_cast<double>(n) / seconds : 0; }

}  // namespace vtd::reports
