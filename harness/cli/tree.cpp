// SPDX-License-Identifier: Apache-2.0 OR MIT
// One unit's hierarchy as a tree a person can read: buses, devices, ids, widths, merged ranges, findings.

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/cli/figures.h"
#include "harness/cli/show.h"

namespace vtd::harness::cli {
namespace {

using model::Claim;
using model::Space;
using model::SurveyedDevice;
using model::Verdict128;

const char* trouble(const SurveyedDevice& device) {
  switch (device.verdict) {
    case Verdict128::reserved:
      return "reserved bits set: every request faults";
    case Verdict128::invalid:
      return "width or type that the unit does not support: every request faults";
    case Verdict128::follow:
      return device.space == SurveyedDevice::kNoSpace ? "its table cannot be read: every request faults" : nullptr;
    default:
      return nullptr;
  }
}

std::string finding_text(const Claim& c) {
  return fmt::format("! {}: {} ({} entry {}, value {})", model::claim_name(c.kind), model::reason_name(c.reason),
                     role_name(c.role), hex(c.entry), hex(c.value));
}

class Tree {
 public:
  Tree(const ShownUnit& unit, std::size_t ranges_most) : unit_(unit), ranges_most_(ranges_most) {}

  std::string text() {
    heading();
    for (std::size_t i = 0; i < devices().size();) {
      std::size_t end = i;
      while (end < devices().size() && model::bus_of(devices()[end].source) == model::bus_of(devices()[i].source))
        ++end;
      bus(i, end);
      i = end;
    }
    for (const Claim& claim : unit_.findings)
      if (!belongs_to_a_device(claim)) line("", "   " + finding_text(claim));
    return std::move(out_);
  }

 private:
  const std::vector<SurveyedDevice>& devices() const { return unit_.survey.devices; }
  void line(const std::string& indent, const std::string& content) { out_ += indent + content + '\n'; }

  bool belongs_to_a_device(const Claim& claim) const {
    return std::any_of(devices().begin(), devices().end(),
                       [&](const SurveyedDevice& d) { return d.source == claim.source; });
  }

  void heading() {
    const model::Rules& rules = *unit_.hierarchy.rules;
    std::string widths;
    for (unsigned code = 1; code <= 3; ++code)
      if (rules.levels(code) != 0) widths += (widths.empty() ? "" : "/") + std::to_string(30 + 9 * code);
    const std::uint64_t mode = unit_.hierarchy.root >> 10 & 3;  // S§11.4.5, TTM
    line("", fmt::format("\nunit {}  root {}{}", unit_.number, hex(unit_.hierarchy.root),
                         mode != 0 ? fmt::format("  ! table mode {}: only legacy tables are shown", mode)
                                   : (unit_.survey.root_readable ? "" : "  ! cannot be read")));
    line("", fmt::format("        {}-bit host addresses, {}-bit domain-ids, widths {}{}{}{}{}",
                         rules.host_address_width, rules.domain_id_bits, widths.empty() ? "none" : widths,
                         rules.caching_mode ? ", caching mode" : "", rules.coherent ? "" : ", not coherent",
                         rules.pass_through ? ", pass-through" : "", rules.device_tlb ? ", device-TLBs" : ""));
    line("", "        " + tables_text(unit_.survey.table_pages));
  }

  void bus(std::size_t first, std::size_t last) {
    const bool last_bus = last == devices().size();
    line("", fmt::format("{} bus {:02x}  context table {}", last_bus ? "└─" : "├─",
                         model::bus_of(devices()[first].source), hex(model::page_of(devices()[first].at))));
    for (std::size_t i = first; i < last; ++i) device(i, last_bus ? "   " : "│  ", i + 1 == last);
  }

  void device(std::size_t index, const std::string& indent, bool last) {
    const SurveyedDevice& d = devices()[index];
    line(indent, fmt::format("{} {}  {}", last ? "└─" : "├─", source_name(d.source), device_line(d, index)));
    const std::string below = indent + (last ? "      " : "│     ");
    for (const Claim& claim : unit_.findings)
      if (claim.source == d.source) line(below, finding_text(claim));
    if (d.space != SurveyedDevice::kNoSpace && first_.at(d.space) == index) ranges(unit_.survey.spaces[d.space], below);
  }

  std::string device_line(const SurveyedDevice& d, std::size_t index) {
    std::string text =
        fmt::format("domain {}, {}, ", model::domain_id(d.entry), width_name(model::width_code(d.entry)));
    if (const char* what = trouble(d)) return text + what;
    if (d.verdict == Verdict128::pass_through) return text + "pass-through: every address is reached";
    const Space& space = unit_.survey.spaces[d.space];
    const auto [place, is_first] = first_.try_emplace(d.space, index);
    text += fmt::format("table {}", hex(space.table));
    if (model::translation_type(d.entry) == model::TranslationType::with_device_tlb) text += ", device-TLB";
    if (model::fault_processing_disabled(d.entry)) text += ", faults not recorded";
    if (!is_first) return text + ": the tables of " + source_name(devices()[place->second].source);
    if (space.ranges == 0) return text + ": nothing mapped";
    return text + fmt::format(": {} in {} ({})", size_of_bytes(space.mapped_bytes), count_of(space.ranges, "range"),
                              leaves_text(space));
  }

  void ranges(const Space& space, const std::string& indent) {
    const std::size_t n = std::min(space.listed.size(), ranges_most_);
    for (std::size_t i = 0; i < n; ++i) {
      const model::MappedRange& r = space.listed[i];
      line(indent,
           fmt::format("{:#014x}-{:#014x}  ->  {:#014x}  {}  {}", r.first, r.last, r.address,
                       permissions_name(static_cast<unsigned>(r.permissions)), size_of_bytes(r.last - r.first + 1)));
    }
    if (n != 0 && space.ranges > n) line(indent, fmt::format("... {} more (--ranges)", grouped(space.ranges - n)));
  }

  const ShownUnit& unit_;
  std::size_t ranges_most_;
  std::map<std::uint32_t, std::size_t> first_;  // space -> the first device that has it
  std::string out_;
};

Json ranges_json(const Space& space, std::size_t most) {
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(space.listed.size(), most); ++i) {
    const model::MappedRange& r = space.listed[i];
    list.push_back({{"first", hex(r.first)},
                    {"last", hex(r.last)},
                    {"address", hex(r.address)},
                    {"permissions", permissions_name(static_cast<unsigned>(r.permissions))}});
  }
  return list;
}

}  // namespace

std::string tree_text(const ShownUnit& unit, std::size_t ranges_most) { return Tree(unit, ranges_most).text(); }

Json tree_json(const ShownUnit& unit, std::size_t ranges_most) {
  Json devices = Json::array(), findings = Json::array();
  for (const SurveyedDevice& d : unit.survey.devices) {
    Json device = device_json(unit.survey, d, unit.number);
    device["context_entry"] = hex(d.at);
    device["trouble"] = trouble(d) != nullptr ? Json(trouble(d)) : Json();
    if (d.space != SurveyedDevice::kNoSpace) device["mapped"] = ranges_json(unit.survey.spaces[d.space], ranges_most);
    devices.push_back(std::move(device));
  }
  for (const Claim& claim : unit.findings) findings.push_back(finding_json(claim));
  return {{"unit", unit.number},
          {"root", hex(unit.hierarchy.root)},
          {"table_pages", tables_json(unit.survey.table_pages)},
          {"distinct_table_pages", unit.survey.distinct_table_pages},
          {"devices", devices},
          {"findings", findings}};
}

}  // namespace vtd::harness::cli
