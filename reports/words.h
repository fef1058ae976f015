// SPDX-License-Identifier: Apache-2.0 OR MIT
// Figures and lists as people read them: the same words in the terminal, in Markdown and on the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vtd::reports {

std::string grouped(std::uint64_t value);  // 1,234,567

// "a, b and 3 more": the first `most` of them.
std::string listed(const std::vector<std::string>& names, std::size_t most);

// "99.9 %": what is not all never looks like all.
std::string percent(std::uint64_t part, std::uint64_t whole, int decimals = 1);

// Within XML and HTML. XML 1.0 has no way to say most control characters: they are lost.
std::string marked_up(std::string_view text);

double per_second(std::uint64_t n, double seconds);

}  // namespace vtd::reports
