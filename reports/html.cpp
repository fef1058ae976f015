// SPDX-License-Identifier: Apache-2.0 OR MIT
// The page: a template with style, scripts and library in it (reports/page, put together when this was built), and the
// data. The data is text that others chose: it goes in as JSON in which nothing can end the element that holds it.

#include <array>
#include <string_view>

#include "reports/page_data.h"
#include "reports/page_template.h"
#include "reports/report.h"

namespace vtd::reports {
namespace {

struct Replacement {
  char character;
  std::string_view text;
};

std::string replaced(std::string_view text, std::span<const Replacement> replacements) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    std::string_view as;
    for (const Replacement& r : replacements)
      if (r.character == c) as = r.text;
    as.empty() ? out.push_back(c) : static_cast<void>(out.append(as));
  }
  return out;
}

// In JSON these characters occur only within strings, where an escape means the same.
std::string for_script(std::string_view json) {
  constexpr std::array<Replacement, 3> kEscapes = {{{'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}}};
  return replaced(json, kEscapes);
}

// Without scripts a reader still gets the conclusions.
std::string conclusions_text(const Report& report) {
  std::string out;
  for (const Conclusion& c : conclusions(report)) out += std::string("- ") + c.text + "\n";
  return out;
}

// Appends the template up to a mark, then `text`; what is left of the template stays.
void fill(std::string& page, std::string_view& rest, std::string_view mark, const std::string& text) {
  const std::size_t at = rest.find(mark);
  page.append(rest.substr(0, at)).append(text);
  rest.remove_prefix(at + mark.size());
}

}  // namespace

std::string html(const Report& report) {
  std::string page;
  std::string_view rest = kPageTemplate;
  fill(page, rest, "@CONCLUSIONS@", marked_up(conclusions_text(report)));
  fill(page, rest, "@DATA@", for_script(dumped(page_data(report), -1)));
  return page.append(rest);
}

}  // namespace vtd::reports
