// SPDX-License-Identifier: Apache-2.0 OR MIT
// Edits as a tree: what lies inside another edit is planted in its right branch; the wrong branch is the mistake alone.
#include "harness/mutants/plant.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "harness/input_error.h"

namespace vtd::harness::mutants {
namespace {

using Edits = std::vector<Edit>;
using Iterator = Edits::const_iterator;

// On the first line, so that lines keep their numbers. `const` lets the compiler ask once a function.
constexpr std::string_view kDeclaration =
    "extern \"C\" __attribute__((const)) bool vtd_mutant_is(unsigned) noexcept;  ";

bool same_range(const Edit& a, const Edit& b) { return a.begin == b.begin && a.end == b.end; }

[[noreturn]] void overlap(const Edit& a, const Edit& b) {
  throw InputError{
      fmt::format("mutants {} and {} overlap: expected one inside the other, or the same range", a.id, b.id)};
}

class Planter {
 public:
  explicit Planter(const std::string& source) : source_(source) {}

  // The source from begin to end, with these edits, which all lie in it.
  std::string render(std::size_t begin, std::size_t end, Iterator edit, Iterator last) const {
    std::string out;
    while (edit != last) {
      out.append(source_, begin, edit->begin - begin);
      const Iterator alternatives = std::find_if(edit, last, [&](const Edit& e) { return !same_range(e, *edit); });
      const Iterator inside = std::find_if(alternatives, last, [&](const Edit& e) { return e.begin >= edit->end; });
      for (Iterator e = alternatives; e != inside; ++e)
        if (e->end > edit->end) overlap(*edit, *e);
      out += chosen(edit, alternatives, render(edit->begin, edit->end, alternatives, inside));
      begin = edit->end;
      edit = inside;
    }
    return out.append(source_, begin, end - begin);
  }

 private:
  static std::string chosen(Iterator first, Iterator last, const std::string& right) {
    std::string out;
    std::size_t open = 0;
    for (Iterator e = first; e != last; ++e) {
      if (e->form != first->form) overlap(*first, *e);
      switch (e->form) {
        case Form::code:
          return e->wrong;
        case Form::statement:
          out += fmt::format("if (vtd_mutant_is({})) {{\n{}}} else ", e->number, e->wrong);
          break;
        case Form::expression:
          out += fmt::format("(vtd_mutant_is({}) ? ({}) : ", e->number, e->wrong);
          ++open;
          break;
      }
    }
    if (first->form == Form::statement) return out + "{\n" + right + "}\n";
    return out + "(" + right + ")" + std::string(open, ')');
  }

  const std::string& source_;
};

}  // namespace

Edit edit_of(const Hunk& hunk, const std::string& source, unsigned number, const std::string& id) {
  const std::size_t at = source.find(hunk.text);
  if (at == std::string::npos)
    throw InputError{fmt::format("mutant {}: its text does not occur in {}; expected it exactly once:\n{}", id,
                                 hunk.file, hunk.text)};
  if (source.find(hunk.text, at + 1) != std::string::npos)
    throw InputError{fmt::format("mutant {}: its text occurs more than once in {}:\n{}", id, hunk.file, hunk.text)};
  return {at + hunk.first, at + hunk.first + hunk.bytes, hunk.form, hunk.wrong, number, id};
}

std::string planted(const std::string& source, Edits edits) {
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return std::tie(a.begin, b.end, a.number) < std::tie(b.begin, a.end, b.number);
  });
  return std::string(kDeclaration) + Planter(source).render(0, source.size(), edits.begin(), edits.end());
}

}  // namespace vtd::harness::mutants
