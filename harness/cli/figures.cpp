// SPDX-License-Identifier: Apache-2.0 OR MIT
// Surveys and claims as JSON and as words.

#include "harness/cli/figures.h"

#include <fmt/core.h>

#include <array>
#include <numeric>

namespace vtd::harness::cli {

using model::Claim;
using model::Claims;
using model::Space;
using model::Survey;
using model::SurveyedDevice;

std::string role_key(unsigned role) {
  if (role == model::kRootRole) return "root";
  return role == model::kContextRole ? "ctx" : fmt::format("SL{}", role);
}

std::string role_name(unsigned role) {
  if (role == model::kRootRole) return "root";
  return role == model::kContextRole ? "context" : fmt::format("level {}", role);
}

std::string width_name(unsigned width_code) {
  constexpr std::array<unsigned, 5> kBits = {30, 39, 48, 57, 64};
  return width_code < kBits.size() ? fmt::format("{}-bit", kBits[width_code])
                                   : fmt::format("width code {}", width_code);
}

const char* type_name(model::TranslationType type) {
  switch (type) {
    case model::TranslationType::untranslated:
      return "translated";
    case model::TranslationType::with_device_tlb:
      return "translated, device-TLB";
    case model::TranslationType::pass_through:
      return "pass-through";
    case model::TranslationType::reserved:
      return "reserved type";
  }
  return "";
}

Json tables_json(std::span<const std::uint64_t, 8> by_role) {
  Json json = Json::object();
  for (unsigned role = model::kRootRole; role >= 1; --role)
    if (by_role[role] != 0) json[role_key(role)] = by_role[role];
  return json;
}

Json space_json(const Space& space) {
  constexpr std::array<const char*, 4> kSizes = {"", "4K", "2M", "1G"};
  Json tables = Json::object(), leaves = Json::object(), permissions = Json::object();
  for (unsigned level = 5; level >= 1; --level)
    if (space.tables[level] != 0) tables[fmt::format("level{}", level)] = space.tables[level];
  for (unsigned level = 1; level <= 3; ++level)
    if (space.leaves[level] != 0) leaves[kSizes[level]] = space.leaves[level];
  for (unsigned p = 1; p <= 3; ++p)
    if (space.permissions[p] != 0) permissions[permissions_name(p)] = space.permissions[p];
  const bool mapped = space.ranges != 0;
  return {{"tables", tables},
          {"leaves", leaves},
          {"permissions", permissions},
          {"ranges", space.ranges},
          {"mapped_bytes", space.mapped_bytes},
          {"lowest_iova", mapped ? Json(hex(space.lowest)) : Json()},
          {"highest_iova", mapped ? Json(hex(space.highest)) : Json()}};
}

Json device_json(const Survey& survey, const SurveyedDevice& device, unsigned unit) {
  const bool has_space = device.space != SurveyedDevice::kNoSpace;
  return {{"device", source_name(device.source)},
          {"translation_type", static_cast<unsigned>(model::translation_type(device.entry))},
          {"width", model::width_code(device.entry)},
          {"domain", model::domain_id(device.entry)},
          {"table", hex(device.entry.low & model::kAddressBits)},
          {"fpd", model::fault_processing_disabled(device.entry) ? 1 : 0},
          {"unit", unit},
          {"space", has_space ? space_json(survey.spaces[device.space]) : Json()}};
}

Json finding_json(const Claim& claim) {
  const bool has_source = claim.source != 0xffffffff;
  return {{"kind", model::claim_name(claim.kind)},
          {"reason", model::reason_name(claim.reason)},
          {"unit", claim.unit},
          {"level", claim.role == 0 ? Json() : Json(role_key(claim.role))},
          {"device", has_source ? Json(source_name(claim.source)) : Json()},
          {"domain", claim.kind == model::ClaimKind::conflict ? Json(claim.domain_id) : Json()},
          {"entry", hex(claim.entry)},
          {"value", hex(claim.value)}};
}

Json findings_json(const Claims& claims, model::ClaimKind kind) {
  Json list = Json::array();
  for (const Claim& claim : claims.findings)
    if (claim.kind == kind) list.push_back(finding_json(claim));
  return list;
}

std::array<std::uint64_t, 8> copied_tables(const Claims& claims) {
  std::array<std::uint64_t, 8> by_role{};
  by_role[model::kRootRole] = claims.root_tables;
  by_role[model::kContextRole] = claims.context_tables;
  for (unsigned level = 1; level <= 5; ++level) by_role[level] = claims.paging_tables[level];
  return by_role;
}

std::string tables_text(std::span<const std::uint64_t, 8> by_role) {
  std::string kinds;
  for (unsigned role = model::kRootRole; role >= 1; --role)
    if (by_role[role] != 0)
      kinds += fmt::format("{}{} {}", kinds.empty() ? ": " : ", ", grouped(by_role[role]), role_name(role));
  return count_of(std::accumulate(by_role.begin(), by_role.end(), std::uint64_t{0}), "table") + kinds;
}

std::string ids_text(std::span<const model::DomainId> ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size();) {
    std::size_t end = i + 1;
    while (end < ids.size() && ids[end] == ids[end - 1] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", ids[i]);
    if (end - i > 1) text += fmt::format("-{}", ids[end - 1]);
    i = end;
  }
  return text;
}

std::string leaves_text(const Space& space) {
  constexpr std::array<const char*, 4> kSizes = {"", "4K", "2M", "1G"};
  std::string text;
  for (unsigned level = 1; level <= 3; ++level)
    if (space.leaves[level] != 0)
      text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", grouped(space.leaves[level]), kSizes[level]);
  return text;
}

std::vector<Survey> surveys_before(const Runner& runner) {
  std::vector<Survey> out;
  for (const model::Hierarchy& hierarchy : runner.before()) out.push_back(model::survey(hierarchy));
  return out;
}

std::string refusal_text(const RunResult& result) {
  return result.status == 0 ? ""
                            : fmt::format("refused: {}: {}", status_name(result.status), status_meaning(result.status));
}

}  // namespace vtd::harness::cli
