// SPDX-License-Identifier: Apache-2.0 OR MIT
// The units of the scenario first, with their reasons; then what else looked like a root table; then what nobody knows.

#include "harness/cli/import_told.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/cli/figures.h"
#include "model/layout.h"

namespace vtd::harness::cli {
namespace {

const char* word_for(harness::FoundBy by) {
  switch (by) {
    case harness::FoundBy::given:
      return "given";
    case harness::FoundBy::kernel:
      return "kernel";
    case harness::FoundBy::recognised:
      return "recognised";
  }
  return "";
}

bool is_taken(const DumpImport& found, model::Address root) {
  return std::any_of(found.units.begin(), found.units.end(),
                     [root](const DumpUnit& unit) { return (unit.root & model::kAddressBits) == root; });
}

std::string reasons(const RootEvidence& evidence) {
  std::string text;
  for (const std::string& reason : evidence.in_favour()) text += "    + " + reason + '\n';
  for (const std::string& reason : evidence.against()) text += "    - " + reason + '\n';
  return text;
}

Json evidence_json(model::Address root, const RootEvidence& evidence) {
  return {{"root", hex(root)},
          {"mode", evidence.scalable ? "scalable" : "legacy"},
          {"score", evidence.score()},
          {"in_favour", evidence.in_favour()},
          {"against", evidence.against()}};
}

const char* sentence_for(BrokenEntry::What what) {
  switch (what) {
    case BrokenEntry::What::reserved_bits:
      return "reserved bits are set";
    case BrokenEntry::What::bad_type_or_width:
      return "a type or a width that the unit does not have";
    case BrokenEntry::What::table_out_of_ram:
      return "leads to a table where there is no RAM";
    case BrokenEntry::What::table_left_out:
      return "leads to a table that the dump has left out";
  }
  return "";
}

std::string broken(const std::vector<BrokenEntry>& entries) {
  constexpr std::size_t kToldMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(entries.size(), kToldMost); ++i) {
    const BrokenEntry& entry = entries[i];
    text += fmt::format("    ! {}, {} entry at {} is {}: {}", source_name(entry.source), role_name(entry.role),
                        hex(entry.at), hex(entry.value), sentence_for(entry.what));
    if (entry.role < model::kContextRole) text += fmt::format(" (from IOVA {} on)", hex(entry.iova));
    text += '\n';
  }
  if (entries.size() > kToldMost)
    text += fmt::format("    ! and {} more: --json has them\n", entries.size() - kToldMost);
  return text;
}

Json broken_json(const BrokenEntry& entry) {
  return {{"device", source_name(entry.source)},
          {"level", role_name(entry.role)},
          {"entry", hex(entry.at)},
          {"value", hex(entry.value)},
          {"iova", entry.role < model::kContextRole ? Json(hex(entry.iova)) : Json()},
          {"what", sentence_for(entry.what)}};
}

Json kernel_json(const KernelUnit& unit) {
  return {{"name", unit.name},
          {"registers", hex(unit.registers)},
          {"capability", hex(unit.capability)},
          {"extended", hex(unit.extended)},
          {"root", unit.root != 0 ? Json(hex(unit.root)) : Json()}};
}

}  // namespace

std::string told(const DumpFile& file, const DumpImport& found) {
  std::string text = fmt::format("{}: {} of RAM, {} of them in the dump\n", file.format,
                                 size_of_bytes(bytes_of(file.dump->ram())), size_of_bytes(bytes_of(file.dump->held())));
  for (const DumpUnit& unit : found.units) {
    text += fmt::format("root {} taken, {}", hex(unit.root & model::kAddressBits), word_for(unit.found_by));
    if (unit.kernel) text += fmt::format(" ({} at {})", unit.kernel->name, hex(unit.kernel->registers));
    text += fmt::format(", score {}\n{}", unit.evidence.score(), reasons(unit.evidence));
    text += broken(unit.broken);
  }
  for (const RootCandidate& other : found.ranked)
    if (!is_taken(found, other.root))
      text += fmt::format("root {} looks like one, score {}: --root {} takes it\n{}", hex(other.root),
                          other.evidence.score(), hex(other.root), reasons(other.evidence));
  if (!found.kernel_trouble.empty()) text += "the kernel was not asked: " + found.kernel_trouble + '\n';
  for (const std::string& sentence : found.notes) text += sentence + '\n';
  return text;
}

void add_json(const DumpFile& file, const DumpImport& found, Json& json) {
  json["format"] = file.format;
  json["ram_bytes"] = bytes_of(file.dump->ram());
  json["held_bytes"] = bytes_of(file.dump->held());
  for (const DumpUnit& unit : found.units) {
    Json one = evidence_json(unit.root & model::kAddressBits, unit.evidence);
    one["found_by"] = word_for(unit.found_by);
    one["kernel"] = unit.kernel ? kernel_json(*unit.kernel) : Json();
    one["broken"] = Json::array();
    for (const BrokenEntry& entry : unit.broken) one["broken"].push_back(broken_json(entry));
    json["units"].push_back(one);
  }
  json["ranked"] = Json::array();
  for (const RootCandidate& one : found.ranked) json["ranked"].push_back(evidence_json(one.root, one.evidence));
  json["kernel_units"] = Json::array();
  for (const KernelUnit& unit : found.kernel) json["kernel_units"].push_back(kernel_json(unit));
  json["kernel_trouble"] = found.kernel_trouble.empty() ? Json() : Json(found.kernel_trouble);
  json["table_pages"] = found.table_pages;
  json["tables_left_out"] = found.left_out;
  json["tables_out_of_ram"] = found.stray;
  json["notes"] = found.notes;
}

}  // namespace vtd::harness::cli
