// SPDX-License-Identifier: Apache-2.0 OR MIT
// Builds the graph of a picture from the tables themselves. Many children of one table become one stack.

#include "harness/cli/picture_graph.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "harness/cli/figures.h"

namespace vtd::harness::cli {
namespace {

using model::Address;
using model::Claim;
using model::PagingVerdict;
using model::SurveyedDevice;

constexpr std::size_t kDrawnOneByOne = 6;
constexpr std::size_t kDevicesNamed = 6, kBusesNamed = 4;
constexpr unsigned kRootColumn = 0, kContextColumn = 1, kDomainColumn = 2;

class Builder {
 public:
  explicit Builder(const ShownUnit& unit) : unit_(unit) {
    for (const SurveyedDevice& d : unit.survey.devices)
      if (d.space != SurveyedDevice::kNoSpace) top_ = std::max(top_, unit.survey.spaces[d.space].levels);
  }

  PictureGraph build() {
    const std::size_t root =
        add(kRootColumn, {fmt::format("unit {}", unit_.number), hex(model::page_of(unit_.hierarchy.root))});
    if ((unit_.hierarchy.root >> 10 & 3) != 0)
      graph_.nodes[root].warnings.emplace_back("not legacy tables");
    else if (!unit_.survey.root_readable)
      graph_.nodes[root].warnings.emplace_back("cannot be read");
    warn(root, {model::page_of(unit_.hierarchy.root)}, model::kRootRole);
    point(root, {model::page_of(unit_.hierarchy.root)}, model::kRootRole);
    for (const SurveyedDevice& d : unit_.survey.devices) add_device(root, d);
    for (const auto& [page, node] : contexts_) {
      name_context(node, page);
      warn(node, {page}, model::kContextRole);
      point(node, {page}, model::kContextRole);
    }
    for (const auto& [key, node] : domains_) name_domain(node);
    return std::move(graph_);
  }

 private:
  // --- root, context tables, domains --------------------------------------------------------------------------
  std::size_t add(unsigned column, std::vector<std::string> lines) {
    PictureNode& node = graph_.nodes.emplace_back();
    node.column = column;
    node.lines = std::move(lines);
    return graph_.nodes.size() - 1;
  }

  void add_device(std::size_t root, const SurveyedDevice& d) {
    const auto [context, new_context] = contexts_.try_emplace(model::page_of(d.at), graph_.nodes.size());
    if (new_context) {
      add(kContextColumn, {});
      graph_.nodes[root].children.push_back(context->second);
    }
    std::vector<model::SourceId>& on_it = sources_[context->second];
    on_it.push_back(d.source);
    const auto key =
        std::tuple(model::domain_id(d.entry), model::width_code(d.entry), d.entry.low & ~std::uint64_t{2}, d.verdict);
    const auto [domain, new_domain] = domains_.try_emplace(key, graph_.nodes.size());
    if (new_domain) add_domain(d);
    connect(context->second, domain->second, new_domain);
    sources_[domain->second].push_back(d.source);
    for (const MarkedEntry& mark : unit_.marks)
      if (mark.role == model::kContextRole && mark.page == model::page_of(d.at) && mark.index == (d.at & 0xfff) / 16)
        graph_.nodes[domain->second].on_path = true;
  }

  void add_domain(const SurveyedDevice& d) {
    const std::size_t node =
        add(kDomainColumn,
            {fmt::format("domain {}, {}", model::domain_id(d.entry), width_name(model::width_code(d.entry)))});
    PictureNode& drawn = graph_.nodes[node];
    if (d.verdict == model::Verdict128::reserved)
      drawn.warnings.emplace_back("reserved bits set");
    else if (d.verdict == model::Verdict128::invalid)
      drawn.warnings.emplace_back("bad width or type");
    else if (d.verdict == model::Verdict128::pass_through)
      drawn.lines.emplace_back("pass-through");
    else if (d.space == SurveyedDevice::kNoSpace)
      drawn.warnings.emplace_back("its table cannot be read");
    if (d.space == SurveyedDevice::kNoSpace) return;
    const model::Space& space = unit_.survey.spaces[d.space];
    drawn.lines.push_back(space.ranges == 0 ? "nothing mapped"
                                            : fmt::format("{} in {}", size_of_bytes(space.mapped_bytes),
                                                          count_of(space.ranges, "range")));
    add_tables(node, {space.table}, space.levels);
  }

  void connect(std::size_t from, std::size_t to, bool is_new) {
    std::vector<std::size_t>& drawn = graph_.nodes[from].children;
    std::vector<std::size_t>& shared = graph_.nodes[from].shared;
    if (is_new)
      drawn.push_back(to);
    else if (std::find(drawn.begin(), drawn.end(), to) == drawn.end() &&
             std::find(shared.begin(), shared.end(), to) == shared.end())
      shared.push_back(to);
  }

  void name_context(std::size_t node, Address page) {
    std::vector<std::string> buses;
    for (const model::SourceId source : sources_[node]) {
      const std::string bus = fmt::format("{:02x}", model::bus_of(source));
      if (buses.empty() || buses.back() != bus) buses.push_back(bus);
    }
    std::string names = buses.size() == 1 ? "bus " : "buses ";
    for (std::size_t i = 0; i < std::min(buses.size(), kBusesNamed); ++i) names += (i == 0 ? "" : " ") + buses[i];
    if (buses.size() > kBusesNamed) names += fmt::format(" +{}", buses.size() - kBusesNamed);
    graph_.nodes[node].lines = {names, hex(page)};
  }

  void name_domain(std::size_t node) {
    const std::vector<model::SourceId>& sources = sources_[node];
    std::string line;
    for (std::size_t i = 0; i < std::min(sources.size(), kDevicesNamed); ++i) {
      if (i % 3 == 0 && i != 0) graph_.nodes[node].lines.push_back(std::exchange(line, {}));
      line += (line.empty() ? "" : " ") + source_name(sources[i]);
    }
    graph_.nodes[node].lines.push_back(line);
    if (sources.size() > kDevicesNamed)
      graph_.nodes[node].lines.push_back(
          fmt::format("and {}", count_of(sources.size() - kDevicesNamed, "more", "more")));
  }

  // --- paging tables ----------------------------------------------------------------------------------------------
  // One node for pages of one level: a single table, or a stack of them. What is drawn already is only connected.
  void add_tables(std::size_t parent, const std::vector<Address>& pages, unsigned level) {
    std::vector<Address> fresh;
    for (const Address page : pages) {
      const auto found = tables_.find({page, level});
      if (found == tables_.end())
        fresh.push_back(page);
      else
        connect(parent, found->second, false);
    }
    if (fresh.size() <= kDrawnOneByOne)
      for (const Address page : fresh) add_node(parent, {page}, level);
    else
      add_node(parent, fresh, level);
  }

  void add_node(std::size_t parent, const std::vector<Address>& pages, unsigned level) {
    const std::size_t node =
        add(kDomainColumn + 1 + (top_ - level),
            {pages.size() == 1 ? fmt::format("level {}", level)
                               : fmt::format("{} tables, level {}", grouped(pages.size()), level)});
    graph_.nodes[node].stands_for = pages.size();
    connect(parent, node, true);
    for (const Address page : pages) tables_[{page, level}] = node;
    std::vector<Address> below;
    std::uint64_t leaves = 0, bad = 0;
    for (const Address page : pages) read_table(node, page, level, below, leaves, bad);
    std::vector<std::string>& lines = graph_.nodes[node].lines;
    const std::string mapped = leaves == 0 ? ""
                                           : fmt::format("{} x {}", grouped(leaves),
                                                         level == 1   ? "4K"
                                                         : level == 2 ? "2M"
                                                                      : "1G");
    lines.push_back(pages.size() == 1 && !mapped.empty() ? hex(pages.front()) + ", " + mapped : hex(pages.front()));
    if (pages.size() != 1) lines.back() += " and others";
    if (pages.size() != 1 && !mapped.empty()) lines.push_back(mapped);
    if (bad != 0) graph_.nodes[node].warnings.push_back(count_of(bad, "faulting entry", "faulting entries"));
    warn(node, pages, level);
    point(node, pages, level);
    std::sort(below.begin(), below.end());
    below.erase(std::unique(below.begin(), below.end()), below.end());
    if (!below.empty()) add_tables(node, below, level - 1);
  }

  void read_table(std::size_t node, Address page, unsigned level, std::vector<Address>& below, std::uint64_t& leaves,
                  std::uint64_t& bad) {
    const std::uint64_t* entries = unit_.hierarchy.machine->memory.page(page, unit_.hierarchy.view);
    PictureNode& drawn = graph_.nodes[node];
    drawn.has_strip = true;
    for (unsigned i = 0; i < model::kEntriesPerPage; ++i) {
      Mark mark = Mark::none;
      switch (model::read_paging(*unit_.hierarchy.rules, entries[i], level)) {
        case PagingVerdict::absent:
          continue;
        case PagingVerdict::reserved:
          mark = Mark::bad;
          break;
        case PagingVerdict::leaf:
          mark = Mark::leaf;
          break;
        case PagingVerdict::link: {
          const Address next = entries[i] & unit_.hierarchy.rules->address_mask;
          mark = model::fetch_of(unit_.hierarchy, next) == model::Fetch::readable ? Mark::link : Mark::bad;
          if (mark == Mark::link) below.push_back(next);
        }
      }
      leaves += mark == Mark::leaf;
      bad += mark == Mark::bad;
      drawn.strip[i / 4] = std::max(drawn.strip[i / 4], mark);
    }
  }

  void warn(std::size_t node, const std::vector<Address>& pages, unsigned role) {
    for (const Claim& c : unit_.findings)
      if (c.kind == model::ClaimKind::quarantined && c.role == role &&
          std::find(pages.begin(), pages.end(), model::page_of(c.entry)) != pages.end())
        graph_.nodes[node].warnings.push_back(
            fmt::format("{}: {}", model::claim_name(c.kind), model::reason_name(c.reason)));
  }

  // The entries that a reader is to look at.
  void point(std::size_t node, const std::vector<Address>& pages, unsigned role) {
    PictureNode& drawn = graph_.nodes[node];
    for (const MarkedEntry& mark : unit_.marks) {
      if ((mark.role != 0 && mark.role != role) || std::find(pages.begin(), pages.end(), mark.page) == pages.end())
        continue;
      drawn.on_path = true;
      drawn.pointed.push_back(mark.index / 4);
      const std::string in = pages.size() == 1 ? "" : fmt::format(" of {}", hex(mark.page));
      if (mark.broke) drawn.warnings.push_back(fmt::format("entry {}{} is wrong", mark.index, in));
    }
  }

  const ShownUnit& unit_;
  PictureGraph graph_;
  unsigned top_ = 1;
  std::map<Address, std::size_t> contexts_;
  std::map<std::tuple<model::DomainId, unsigned, std::uint64_t, model::Verdict128>, std::size_t> domains_;
  std::map<std::pair<Address, unsigned>, std::size_t> tables_;
  std::map<std::size_t, std::vector<model::SourceId>> sources_;  // of a context table or a domain
};

}  // namespace

PictureGraph picture_graph(const ShownUnit& unit) { return Builder(unit).build(); }

}  // namespace vtd::harness::cli
