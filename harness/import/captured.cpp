// SPDX-License-Identifier: Apache-2.0 OR MIT
// A capture as a scenario: the platform first, then the tables from the root down, then the takeover.
#include "harness/import/captured.h"

#include <algorithm>

#include "harness/import/capture.h"
#include "harness/import/crash_regions.h"
#include "harness/import/table_steps.h"
#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::make_step;
using model::Op;
namespace operand = model::operand;

// The DMAR table is not part of a capture. Units report a maximum guest width that is at least the host's (S§11.4.2,
// MGAW), so the narrowest of them says most.
unsigned host_address_width(const Capture& capture) {
  const auto guest_width = [](const CapturedUnit& unit) {
    return static_cast<unsigned>(unit.capability >> 16 & 63) + 1;
  };
  unsigned width = std::min(52u, guest_width(capture));
  for (const CapturedUnit& unit : capture.further_units) width = std::min(width, guest_width(unit));
  return width;
}

void append_unit(const CapturedUnit& unit, std::size_t index, model::Scenario& out) {
  out.steps.push_back(make_step(Op::unit, {{operand::u_index, index},
                                           {operand::u_capability, unit.capability},
                                           {operand::u_extended, unit.extended},
                                           {operand::u_root, unit.root},
                                           {operand::u_status, unit.status},
                                           {operand::u_version, unit.version},
                                           {operand::u_registers, unit.registers},
                                           {operand::u_faults, unit.faults},
                                           {operand::u_queue, unit.queue},
                                           {operand::u_head, unit.head},
                                           {operand::u_tail, unit.tail}}));
}

void append_platform(const std::string& file, const Capture& capture, const ImportOptions& options,
                     model::Scenario& out) {
  out.steps.push_back(make_step(Op::platform, {{operand::p_host_address_width, host_address_width(capture)}}));
  append_unit(capture, 0, out);
  for (std::size_t i = 0; i < capture.further_units.size(); ++i) append_unit(capture.further_units[i], i + 1, out);
  out.steps.push_back(make_step(Op::memory, {{operand::m_kind, static_cast<uint64_t>(model::MemoryKind::hole)}}));
  for (const model::MemoryRange& range : capture.memory) {
    out.steps.push_back(make_step(Op::memory, {{operand::m_kind, static_cast<uint64_t>(range.kind)},
                                               {operand::m_first, range.first},
                                               {operand::m_last, range.last}}));
  }
  uint64_t generation = 0;
  for (const model::MemoryRange& region : choose_crash_regions(file, capture, options)) {
    out.steps.push_back(make_step(
        Op::crash,
        {{operand::c_generation, generation++}, {operand::c_first, region.first}, {operand::c_last, region.last}}));
  }
}

// Root, context tables, then level by level downwards; tables without a name of their own last. A page listed twice
// counts once.
std::vector<const CapturedPage*> in_reading_order(const Capture& capture) {
  std::vector<const CapturedPage*> pages;
  for (const CapturedPage& page : capture.pages) pages.push_back(&page);
  std::sort(pages.begin(), pages.end(), [](const CapturedPage* a, const CapturedPage* b) {
    return a->address != b->address ? a->address < b->address : a < b;  // of two equal ones the first listed
  });
  pages.erase(std::unique(pages.begin(), pages.end(),
                          [](const CapturedPage* a, const CapturedPage* b) { return a->address == b->address; }),
              pages.end());
  std::sort(pages.begin(), pages.end(), [](const CapturedPage* a, const CapturedPage* b) {
    return a->role != b->role ? a->role > b->role : a->address < b->address;
  });
  return pages;
}

// Text of the capture in a comment: one line, printable.
std::string comment(const char* what, const std::string& text) {
  if (text.empty()) return {};
  std::string line = std::string("# ") + what + ": ";
  for (const char c : text) line += c >= ' ' && c <= '~' ? c : ' ';
  return line + '\n';
}

}  // namespace

Imported import_tables(const std::string& name, const Capture& capture, const ImportOptions& options) {
  Imported out;
  out.heading = comment("machine", capture.name) + comment("kernel", capture.kernel) + comment("unit", capture.device);
  append_platform(name, capture, options, out.scenario);
  for (const CapturedPage* page : in_reading_order(capture)) append_table(*page, out.scenario);
  for (const model::Address page : capture.unreadable)
    out.scenario.steps.push_back(make_step(Op::unreadable, {{operand::un_page, page}}));
  out.scenario.steps.push_back(make_step(Op::takeover, {}));
  return out;
}

std::string imported_text(const Imported& imported) {
  std::string text = model::print_text(imported.scenario);
  return text.insert(text.find('\n') + 1, imported.heading);
}

}  // namespace vtd::harness
