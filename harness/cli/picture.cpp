// SPDX-License-Identifier: Apache-2.0 OR MIT
// The graph of a hierarchy as SVG: columns from the root to the last level, light or dark as the reader's screen is.

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "harness/cli/picture_graph.h"
#include "reports/words.h"

namespace vtd::harness::cli {
namespace {

constexpr int kMargin = 24, kColumn = 208, kWidth = 164, kLine = 14, kPad = 8, kStrip = 6, kSpace = 10, kHeader = 56;
constexpr int kStackOffset = 4;

constexpr const char* kStyle = R"(<style>
  .page { fill: #ffffff; } .box { fill: #f6f8fa; stroke: #8c959f; } .domain { fill: #ddf4ff; stroke: #54aeff; }
  .path { stroke: #bc4c00; stroke-width: 2; } .warn { stroke: #cf222e; stroke-width: 2; } text { font: 11px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; } .head { font-size: 15px; font-weight: 600; } .dim { fill: #59636e; } .bad { fill: #cf222e; }
  .edge { fill: none; stroke: #8c959f; } .shared { fill: none; stroke: #8250df; stroke-dasharray: 4 3; }
  .track { fill: #e3e7eb; } .link { fill: #54aeff; } .leaf { fill: #2da44e; }
  .way { stroke: #bc4c00; stroke-width: 2; } .tick { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } .box { fill: #161b22; stroke: #6e7681; } .domain { fill: #0c2d4a; stroke: #388bfd; }
    .path { stroke: #db6d28; } .warn { stroke: #f85149; } text { fill: #e6edf3; } .dim { fill: #9198a1; } .bad { fill: #f85149; }
    .edge { stroke: #6e7681; } .shared { stroke: #a371f7; } .track { fill: #30363d; } .link { fill: #388bfd; } .leaf { fill: #3fb950; }
    .way { stroke: #db6d28; } .tick { fill: #db6d28; }
  }
</style>
)";

class Drawing {
 public:
  Drawing(PictureGraph graph, int top) : graph_(std::move(graph)), y_(graph_.nodes.size()), cursor_(top) {
    place(0);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) edges(i);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) box(i);
  }

  const std::string& svg() const { return svg_; }
  int bottom() const { return cursor_; }
  int right() const {
    unsigned last = 0;
    for (const PictureNode& node : graph_.nodes) last = std::max(last, node.column);
    return kMargin + static_cast<int>(last) * kColumn + kWidth;
  }

 private:
  static int height(const PictureNode& node) {
    const auto lines = static_cast<int>(node.lines.size() + node.warnings.size());
    return kPad * 2 + lines * kLine + (node.has_strip ? kStrip : 0) - 2;
  }
  static int x_of(const PictureNode& node) { return kMargin + static_cast<int>(node.column) * kColumn; }
  int middle(std::size_t i) const { return y_[i] + height(graph_.nodes[i]) / 2; }

  // A subtree owns a band of the page; a parent stands in the middle of its band.
  void place(std::size_t i) {
    const PictureNode& node = graph_.nodes[i];
    const int start = cursor_, own = height(node) + (node.stands_for > 1 ? kStackOffset : 0);
    for (const std::size_t child : node.children) place(child);
    cursor_ = std::max(cursor_, start + own + kSpace);
    y_[i] = start + (cursor_ - kSpace - start - own) / 2;
  }

  void edge(std::size_t from, std::size_t to, std::string style) {
    if (graph_.nodes[from].on_path && graph_.nodes[to].on_path) style += " way";
    const int x1 = x_of(graph_.nodes[from]) + kWidth, x2 = x_of(graph_.nodes[to]), bend = (x2 - x1) / 2;
    svg_ += fmt::format("<path class=\"{}\" d=\"M{} {}C{} {} {} {} {} {}\"/>\n", style, x1, middle(from), x1 + bend,
                        middle(from), x2 - bend, middle(to), x2, middle(to));
  }

  void edges(std::size_t i) {
    for (const std::size_t child : graph_.nodes[i].children) edge(i, child, "edge");
    for (const std::size_t other : graph_.nodes[i].shared) edge(i, other, "shared");
  }

  void rectangle(int x, int y, const PictureNode& node) {
    const char* const state = !node.warnings.empty() ? " warn" : node.on_path ? " path" : "";
    svg_ += fmt::format("<rect class=\"{}{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/>\n",
                        node.column == 2 ? "domain" : "box", state, x, y, kWidth, height(node));
  }

  void box(std::size_t i) {
    const PictureNode& node = graph_.nodes[i];
    const int x = x_of(node), y = y_[i];
    if (node.stands_for > 1) rectangle(x + kStackOffset, y + kStackOffset, node);
    rectangle(x, y, node);
    int baseline = y + kPad + 10;
    for (std::size_t n = 0; n < node.lines.size(); ++n, baseline += kLine)
      words(n == 0 ? "title" : "dim", x + kPad, baseline, node.lines[n]);
    for (const std::string& warning : node.warnings) {
      words("bad", x + kPad, baseline, "! " + warning);
      baseline += kLine;
    }
    if (node.has_strip) strip(node, x + kPad, y + height(node) - kPad - kStrip + 3);
  }

  // What is too long for its box is squeezed into it.
  void words(const char* style, int x, int y, const std::string& text) {
    constexpr int kRoom = kWidth - 2 * kPad;
    constexpr std::size_t kFits = 23;  // letters of this size
    const std::string squeeze =
        text.size() <= kFits ? "" : fmt::format(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", kRoom);
    svg_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\"{}>{}</text>\n", style, x, y, squeeze,
                        reports::marked_up(text));
  }

  // Where in the table entries are: one column of the strip for four entries.
  void strip(const PictureNode& node, int x, int y) {
    constexpr double kCell = (kWidth - 2.0 * kPad) / 128;
    svg_ += fmt::format("<rect class=\"track\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", x, y,
                        kWidth - 2 * kPad, kStrip);
    constexpr std::array<const char*, 4> kClasses = {"", "link", "leaf", "bad"};
    for (std::size_t first = 0; first < node.strip.size();) {
      std::size_t end = first + 1;
      while (end < node.strip.size() && node.strip[end] == node.strip[first]) ++end;
      if (node.strip[first] != Mark::none)
        svg_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>\n",
                            kClasses.at(static_cast<std::size_t>(node.strip[first])),
                            x + kCell * static_cast<double>(first), y,
                            std::max(1.5, kCell * static_cast<double>(end - first)), kStrip);
      first = end;
    }
    for (const unsigned column : node.pointed)
      svg_ +=
          fmt::format("<path class=\"tick\" d=\"M{0:.1f} {1}l-4 5h8z\"/>\n", x + kCell * (column + 0.5), y + kStrip);
  }

  PictureGraph graph_;
  std::vector<int> y_;
  int cursor_;
  std::string svg_;
};

std::string legend(int y, bool with_path) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kMarks = {
      {{"link", "link"}, {"leaf", "mapping"}, {"bad", "entry that faults or was quarantined"}}};
  std::string svg;
  int x = kMargin;
  for (const auto& [style, text] : kMarks) {
    svg += fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"{}\"/><text class=\"dim\" x=\"{}\" "
        "y=\"{}\">{}</text>\n",
        style, x, y - kStrip, kStrip, x + 17, y, text);
    x += style == kMarks[2].first ? 240 : 90;
  }
  svg += fmt::format(
      "<path class=\"shared\" d=\"M{} {}h24\"/><text class=\"dim\" x=\"{}\" y=\"{}\">shared with another "
      "parent</text>\n",
      x, y - 3, x + 29, y);
  if (with_path)
    svg += fmt::format(
        "<path class=\"edge way\" d=\"M{} {}h24\"/><text class=\"dim\" x=\"{}\" y=\"{}\">way of the request</text>\n",
        x + 190, y - 3, x + 219, y);
  return svg;
}

}  // namespace

std::string picture(std::span<const ShownUnit> units, const std::string& title) {
  std::string body;
  bool with_path = false;
  int bottom = kHeader, right = 4 * kColumn;
  for (const ShownUnit& unit : units) {
    const Drawing drawing(picture_graph(unit), bottom);
    body += drawing.svg();
    bottom = drawing.bottom() + 2 * kSpace;
    with_path |= !unit.marks.empty();
    right = std::max(right, drawing.right());
  }
  const int width = right + kMargin, height = bottom + kMargin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\">\n<title>{2}</title>\n",
      width, height, reports::marked_up(title));
  svg += kStyle;
  svg += fmt::format(
      "<rect class=\"page\" width=\"{}\" height=\"{}\"/>\n<text class=\"head\" x=\"{}\" y=\"34\">{}</text>\n", width,
      height, kMargin, reports::marked_up(title));
  return svg + body + legend(bottom + 4, with_path) + "</svg>\n";
}

}  // namespace vtd::harness::cli
