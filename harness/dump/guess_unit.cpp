// SPDX-License-Identifier: Apache-2.0 OR MIT
// A server's unit, with the widths that the tables have: it knows all page sizes and 16-bit domain-ids, so nothing that
// a kernel does is illegal there but what is illegal everywhere.
#include "harness/dump/guess_unit.h"

#include <array>
#include <string_view>

#include "model/layout.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {
namespace {

constexpr unsigned kWidthsShift = 8;  // SAGAW (S§11.4.2): bit n is width code n
constexpr uint64_t kWidths = uint64_t{0x1f} << kWidthsShift;
constexpr std::array kBits = {30u, 39u, 48u, 57u, 64u};

// Present context entries by width code.
std::array<unsigned, 8> widths_of(const std::vector<CapturedPage>& pages) {
  std::array<unsigned, 8> seen{};
  for (const CapturedPage& page : pages) {
    if (page.role != model::kContextRole) continue;
    for (unsigned i = 0; i < model::kEntriesPerPage; i += 2)
      if (const model::Entry128 entry{page.words[i], page.words[i + 1]}; model::present(entry))
        ++seen[model::width_code(entry)];
  }
  return seen;
}

}  // namespace

UnitGuess guess_unit(const std::vector<CapturedPage>& pages, bool scalable) {
  const std::array<unsigned, 8> seen = widths_of(pages);
  unsigned all = 0;
  for (const unsigned n : seen) all += n;
  uint64_t supported = 0;
  std::string text;
  for (unsigned code = 1; code <= 3; ++code) {
    if (seen[code] == 0 || seen[code] * 10 < all) continue;
    supported |= uint64_t{1} << code;
    text += (text.empty() ? "" : " and ") + std::to_string(kBits[code]);
  }
  const model::Preset& server = *model::find_preset("server");
  UnitGuess guess{server.capability, scalable ? model::find_preset("qemu_scalable")->extended : server.extended, text};
  if (supported != 0) guess.capability = (guess.capability & ~kWidths) | supported << kWidthsShift;
  return guess;
}

}  // namespace vtd::harness
