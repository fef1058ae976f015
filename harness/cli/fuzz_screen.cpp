// SPDX-License-Identifier: Apache-2.0 OR MIT
// Lays the screen out: figures on top, then findings, then as many properties as there is room for.

#include "harness/cli/fuzz_screen.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/cli/output.h"
#include "harness/cli/session.h"
#include "properties/judge.h"

namespace vtd::harness::cli {
namespace {

constexpr std::size_t kLabel = 14, kBar = 12, kCount = 7, kGap = 2;
constexpr std::size_t kClustersMost = 4;
constexpr Verdict kVerdictsShown[] = {Verdict::held,         Verdict::rejected,     Verdict::spent,
                                      Verdict::broken,       Verdict::engine_crash, Verdict::model_error,
                                      Verdict::harness_error};

enum class Ink { plain, dim, strong, good, bad };

// A line that knows how wide it is: colours and bars take more bytes than columns.
class Line {
 public:
  explicit Line(const ScreenStyle& style) : style_(style) {}

  Line& add(std::string_view text, Ink ink = Ink::plain) {
    const std::string_view shown = text.substr(0, room());
    columns_ += shown.size();
    return paint(std::string(shown), ink);
  }
  Line& pad_to(std::size_t column) { return columns_ < column ? add(std::string(column - columns_, ' ')) : *this; }
  // `share` of `wide` columns filled.
  Line& bar(double share, std::size_t wide, Ink ink) {
    wide = std::min(wide, room());
    const auto filled = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(wide)));
    columns_ += wide;
    paint(repeated(style_.unicode ? "━" : "#", filled), ink);
    return paint(repeated(style_.unicode ? "─" : "-", wide - filled), Ink::dim);
  }
  const std::string& text() const { return text_; }

 private:
  std::size_t room() const { return style_.width - std::min(columns_, style_.width); }
  static std::string repeated(std::string_view glyph, std::size_t times) {
    std::string out;
    for (; times > 0; --times) out += glyph;
    return out;
  }
  Line& paint(const std::string& text, Ink ink) {
    constexpr const char* kCodes[] = {"", "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[1;31m"};
    const bool painted = style_.colour && ink != Ink::plain && !text.empty();
    text_ += painted ? kCodes[static_cast<std::size_t>(ink)] + text + "\x1b[0m" : text;
    return *this;
  }

  const ScreenStyle& style_;
  std::string text_;
  std::size_t columns_ = 0;
};

std::string clock(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  const std::uint64_t hours = whole / 3600;
  return hours != 0 ? fmt::format("{}:{:02}:{:02}", hours, whole / 60 % 60, whole % 60)
                    : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string whole(double value) { return grouped(static_cast<std::uint64_t>(std::lround(value))); }

// 1,234,567 as "1.2 M": a column has no room for more.
std::string short_count(std::uint64_t n) {
  if (n < 10000) return fmt::format("{}", n);
  constexpr const char* kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
  auto value = static_cast<double>(n);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit]) : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

class Screen {
 public:
  Screen(const ScreenContent& content, const ScreenStyle& style) : c_(content), s_(content.status), style_(style) {}

  std::vector<std::string> lines() {
    heading();
    figures();
    findings();
    properties();
    if (lines_.size() > style_.height) lines_.resize(style_.height);
    return std::move(lines_);
  }

 private:
  Line line() const { return Line(style_); }
  void put(const Line& l) { lines_.push_back(l.text()); }
  Line labelled(const char* label) const { return line().add(" ").add(label, Ink::dim).pad_to(kLabel); }

  void heading() {
    const double all = s_.seconds + s_.left;
    Line l = line().add(" vtdfuzz ", Ink::strong).add(c_.target).add("  ");
    l.add(fmt::format("{} of {}  ", clock(s_.seconds), clock(std::round(all))), Ink::dim);
    put(l.bar(all > 0 ? s_.seconds / all : 1, 24, Ink::good).add(fmt::format("  {} left", clock(std::round(s_.left)))));
    put(line());
  }

  void figures() {
    const double mean = s_.seconds > 0 ? static_cast<double>(s_.progress.executions) / s_.seconds : 0;
    put(labelled("executions")
            .add(grouped(s_.progress.executions))
            .add(fmt::format("   {}/s now, {}/s so far", whole(c_.rate), whole(mean)), Ink::dim));
    put(labelled("coverage")
            .add(fmt::format("{} edges", grouped(s_.progress.coverage)))
            .add(fmt::format("   {} features", grouped(s_.progress.features)), Ink::dim));
    put(labelled("corpus").add(fmt::format("{} inputs", grouped(s_.progress.corpus))));
    if (s_.stats.executions != 0) verdicts();
    put(line());
  }

  void verdicts() {
    Line l = labelled("verdicts");
    for (const Verdict v : kVerdictsShown)
      if (const std::uint64_t n = s_.stats.verdicts[verdict_index(v)]; n != 0)
        l.add(fmt::format("{:.1f} % {}   ", 100.0 * static_cast<double>(n) / static_cast<double>(s_.stats.executions),
                          verdict_name(v)),
              v == Verdict::held || v == Verdict::rejected || v == Verdict::spent ? Ink::plain : Ink::bad);
    put(l);
  }

  void findings() {
    if (s_.clusters.empty()) {
      put(labelled("findings").add("none", Ink::good));
    } else {
      put(labelled("findings")
              .add(fmt::format("{} in {}", count_of(s_.findings, "input"), count_of(s_.clusters.size(), "cluster")),
                   Ink::bad));
      for (std::size_t i = 0; i < std::min(s_.clusters.size(), kClustersMost); ++i) {
        const ClusterCount& cluster = s_.clusters[i];
        put(line()
                .add(fmt::format("{:>6} x ", cluster.inputs), Ink::dim)
                .add(cluster.headline, Ink::bad)
                .add("  " + cluster.place, Ink::dim));
      }
      if (s_.clusters.size() > kClustersMost)
        put(line().add(fmt::format("         and {} more", s_.clusters.size() - kClustersMost), Ink::dim));
    }
    put(line());
  }

  std::uint64_t count(std::size_t property) const { return s_.stats.evaluations[property]; }

  void properties() {
    std::vector<std::size_t> shown;
    for (std::size_t p = 0; p < c_.expected.size(); ++p)
      if (c_.expected[p]) shown.push_back(p);
    if (shown.empty() || lines_.size() + 2 > style_.height) return;
    const auto evaluated = static_cast<std::size_t>(
        std::count_if(shown.begin(), shown.end(), [&](std::size_t p) { return count(p) != 0; }));
    Line title = line().add(" properties", Ink::dim).pad_to(kLabel);
    title.add(fmt::format("{} of {} evaluated", evaluated, shown.size()),
              evaluated == shown.size() ? Ink::good : Ink::plain);
    const Grid grid = grid_for(shown);
    const std::size_t room = (style_.height - lines_.size() - 1) * grid.columns;
    if (shown.size() > room) {
      // Those that want attention: what was evaluated least.
      std::sort(shown.begin(), shown.end(),
                [&](std::size_t a, std::size_t b) { return std::pair(count(a), a) < std::pair(count(b), b); });
      shown.resize(room);
      title.add(fmt::format("; the least evaluated {}", shown.size()), Ink::dim);
    }
    put(title.add("   bars: logarithmic", Ink::dim));
    const std::size_t rows = (shown.size() + grid.columns - 1) / grid.columns;
    for (std::size_t row = 0; row < rows; ++row) {
      Line l = line();
      for (std::size_t column = 0; column < grid.columns; ++column)
        if (const std::size_t i = column * rows + row; i < shown.size()) cell(l, shown[i], column, grid);
      put(l);
    }
  }

  struct Grid {
    std::size_t columns = 1, name = 0;
  };
  Grid grid_for(const std::vector<std::size_t>& shown) const {
    std::size_t longest = 0;
    for (const std::size_t p : shown) longest = std::max(longest, name_of(p).size());
    const std::size_t around = 1 + kGap + kBar + kCount;
    return {std::max<std::size_t>(1, style_.width / (longest + around + kGap)), longest};
  }

  void cell(Line& l, std::size_t property, std::size_t column, const Grid& grid) const {
    const std::size_t left = column * (grid.name + 1 + kGap + kBar + kCount + kGap);
    const std::uint64_t n = count(property);
    const std::uint64_t most = *std::max_element(s_.stats.evaluations.begin(), s_.stats.evaluations.end());
    const double share = most == 0 ? 0 : std::log1p(static_cast<double>(n)) / std::log1p(static_cast<double>(most));
    l.pad_to(left + 1).add(name_of(property), n == 0 ? Ink::bad : Ink::plain).pad_to(left + 1 + grid.name + kGap);
    l.bar(share, kBar, Ink::good).add(fmt::format("{:>{}}", n == 0 ? "never" : short_count(n), kCount), Ink::dim);
  }

  static std::string_view name_of(std::size_t property) { return properties::catalogue()[property].name; }

  const ScreenContent& c_;
  const CampaignStatus& s_;
  const ScreenStyle& style_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> screen_lines(const ScreenContent& content, const ScreenStyle& style) {
  return Screen(content, style).lines();
}

}  // namespace vtd::harness::cli
