// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rendering a trace. Only done when something broke, so it takes its time.
#include "harness/steps_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <span>
#include <string_view>
#include <vector>

// Given by the sanitizer runtimes when they are linked.
extern "C" [[gnu::weak]] void __sanitizer_symbolize_pc(void* pc, const char* format, char* out, std::size_t out_bytes);

namespace vtd::harness {
namespace {

using model::Event;
using model::EventKind;

constexpr std::size_t kLinesOfAStep = 16;  // shown of a step that did not break
constexpr std::size_t kLinesAround = 60;   // shown before the event that broke

struct Register {
  unsigned offset;
  const char* name;
};
constexpr Register kRegisters[] = {  // S§11.4
    {0x00, "VER"},    {0x08, "CAP"},  {0x10, "ECAP"}, {0x18, "GCMD"},  {0x1c, "GSTS"},
    {0x20, "RTADDR"}, {0x28, "CCMD"}, {0x34, "FSTS"}, {0x38, "FECTL"}, {0x64, "PMEN"},
    {0x80, "IQH"},    {0x88, "IQT"},  {0x90, "IQA"},  {0x9c, "ICS"},   {0xb0, "IQERCD"}};

std::string register_name(const model::Machine& machine, const Event& e) {
  const std::uint64_t offset = e.address;
  if (e.unit < machine.units.size()) {
    const std::uint64_t invalidation = (machine.units[e.unit].extended_capability >> 8 & 0x3ff) * 16;  // ECAP.IRO
    if (offset == invalidation) return "IVA";
    if (offset == invalidation + 8) return "IOTLB";
  }
  for (const Register& r : kRegisters) {
    if (r.offset == offset) return r.name;
  }
  return "register " + hexadecimal(offset);
}

// From the project's folder on: where this was built is nobody's business.
std::string shortened(std::string_view file) {
  for (const std::string_view folder : {"/engine/", "/harness/"}) {
    if (const std::size_t found = file.rfind(folder); found != std::string_view::npos)
      return std::string(file.substr(found + 1));
  }
  return std::string(file);
}

class Places {
 public:
  const std::string& of(std::uintptr_t where) {
    const auto [place, fresh] = known_.try_emplace(where);
    if (fresh && where != 0) place->second = look_up(where);
    return place->second;
  }

 private:
  static std::string look_up(std::uintptr_t where) {
    if (&__sanitizer_symbolize_pc == nullptr) return "at " + hexadecimal(where);
    std::array<char, 2048> lines{};
    // `where` is a return address: the call is the instruction before it.
    __sanitizer_symbolize_pc(reinterpret_cast<void*>(where - 1), "%s:%l", lines.data(), lines.size() - 1);
    const std::string_view inner(lines.data());
    if (inner.empty() || inner.front() == '<' || inner.front() == '?') return "at " + hexadecimal(where);
    std::string line = shortened(caller_in_another_file(lines.data(), inner));
    if (line.ends_with(":0")) line.resize(line.size() - 2);  // code that no line of the file stands for
    return line;
  }

  // Inlined frames follow one another, innermost first, each ended by a zero; an empty one ends them. A small helper of
  // the engine says less than the line that called it.
  static std::string_view caller_in_another_file(const char* lines, std::string_view inner) {
    const auto file_of = [](std::string_view frame) { return frame.substr(0, frame.rfind(':')); };
    for (std::string_view frame = inner; !frame.empty(); frame = lines) {
      if (file_of(frame) != file_of(inner)) return frame;
      lines += frame.size() + 1;
    }
    return inner;
  }
  std::map<std::uintptr_t, std::string> known_;
};

std::string range(const Event& e) { return hexadecimal(e.address) + ", " + std::to_string(e.value) + " bytes"; }

std::string what_of(const model::Machine& machine, const Event& e) {
  const std::string unit = "unit " + std::to_string(e.unit) + "  ";
  switch (e.kind) {
    case EventKind::step:
      return {};
    case EventKind::allocate:
      return e.address == 0 ? "alloc: refused" : "alloc " + hexadecimal(e.address);
    case EventKind::free:
      return "free " + hexadecimal(e.address);
    case EventKind::map_old:
      return "map_old " + range(e);
    case EventKind::refuse_old:
      return "map_old " + range(e) + ": refused";
    case EventKind::unmap_old:
      return "unmap_old " + range(e);
    case EventKind::read:
      return unit + register_name(machine, e) + " is " + hexadecimal(e.value);
    case EventKind::write:
      return unit + register_name(machine, e) + " := " + hexadecimal(e.value);
    case EventKind::flush:
      return "flush " + range(e);
    case EventKind::store:
      return "[" + hexadecimal(e.address) + "] = " + hexadecimal(e.value) +
             (e.width == 8 ? "" : ", " + std::to_string(e.width) + " byte store");
    case EventKind::invalidate:
      return unit + "carries out invalidation " + hexadecimal(e.value);
    case EventKind::event:
      return "event " + std::to_string(e.address) + ", " + hexadecimal(e.value);
    case EventKind::block:
      return "block store to " + range(e);
  }
  return {};
}

struct Line {
  std::string text, place;
  std::size_t times = 1;
  bool marked = false;
};

std::string render(const Line& line) {
  std::string text = (line.marked ? "  ->        " : "            ") + line.text;
  if (line.times > 1) text += "  (" + std::to_string(line.times) + " times)";
  if (!line.place.empty()) text.append(text.size() < 68 ? 68 - text.size() : 2, ' ').append(line.place);
  return text + "\n";
}

// Polling says the same thing again and again.
void add(std::vector<Line>& lines, Line line) {
  if (!lines.empty() && lines.back().text == line.text) {
    ++lines.back().times;
  } else {
    lines.push_back(std::move(line));
  }
}

void append(std::string& text, const std::vector<Line>& lines, bool broke_here) {
  const std::size_t most = broke_here ? kLinesAround : kLinesOfAStep,
                    first = lines.size() > most ? lines.size() - most : 0;
  if (first > 0) text += "            ... " + std::to_string(first) + " lines\n";
  for (std::size_t i = first; i < lines.size(); ++i) text += render(lines[i]);
}

std::string step_line(const model::Scenario& scenario, std::uint64_t index) {
  const bool written = index < scenario.steps.size();
  const std::string number = written ? std::to_string(index + 1) : "";
  return std::string(number.size() < 7 ? 7 - number.size() : 1, ' ') + number + "  " +
         (written ? model::print_step(scenario.steps[index]) : "takeover, which no step asks for") + "\n";
}

}  // namespace

std::string source_name(std::uint32_t source) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::uint32_t bus = source >> 8 & 0xff, device = source >> 3 & 0x1f;
  return {kDigits[bus >> 4],  kDigits[bus & 15], ':', kDigits[device >> 4], kDigits[device & 15], '.',
          kDigits[source & 7]};
}

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string source_line(std::uintptr_t where) { return Places().of(where); }

std::string steps_text(const model::Scenario& scenario, const model::Machine& machine, const model::Trace& trace,
                       std::uint32_t at, const std::set<model::Address>& tables) {
  std::string text;
  std::vector<Line> lines;
  Places places;
  const std::vector<Event>& events = trace.events();
  const auto end = static_cast<std::ptrdiff_t>(at == 0 ? events.size() : std::min<std::size_t>(at, events.size()));
  const auto left_out = [&](const Event& e) {
    const bool memory = e.kind == EventKind::store || e.kind == EventKind::block;
    return memory && !tables.empty() && !tables.contains(model::page_of(e.address));
  };
  const auto close = [&](bool broke_here) {
    append(text, lines, broke_here);
    lines.clear();
  };
  for (const Event& e : std::span(events.begin(), events.begin() + end)) {
    if (e.kind == EventKind::step) {
      close(false);
      text += step_line(scenario, e.address);
    } else if (!left_out(e)) {
      add(lines, {what_of(machine, e), places.of(e.where)});
    }
  }
  if (at != 0 && !lines.empty()) lines.back().marked = true;
  close(true);
  if (trace.dropped() > 0)
    text += "            ... " + std::to_string(trace.dropped()) + " events that the trace had no room for\n";
  return text;
}

}  // namespace vtd::harness
