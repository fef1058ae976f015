// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scenario to text: one step a line, operands that say nothing new left out.
#include <charconv>

#include "model/scenario/scenario.h"

namespace vtd::model {
namespace {

void add_number(std::string& out, uint64_t value, int base) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  if (base == 16) out += "0x";
  out.append(digits, end);
}

void add_hex_digits(std::string& out, uint64_t value, unsigned least) {
  constexpr const char* kDigits = "0123456789abcdef";
  for (unsigned i = least; i-- > 0;) out += kDigits[value >> (4 * i) & 15];
}

void add_devfn(std::string& out, uint64_t devfn) {
  add_hex_digits(out, devfn >> 3 & 31, 2);
  out += '.';
  add_hex_digits(out, devfn & 7, 1);
}

void add_bits(std::string& out, uint64_t value, std::span<const char* const> names) {
  const std::size_t start = out.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const uint64_t bit = uint64_t{1} << i;
    if ((value & bit) == 0 || names[i][0] == '\0') continue;
    if (out.size() != start) out += ',';
    out += names[i];
    value &= ~bit;
  }
  if (out.size() == start && value == 0) {
    out += '0';
  } else if (value != 0) {
    if (out.size() != start) out += ',';
    add_number(out, value, 16);
  }
}

const char* preset_name(uint64_t value, bool extended) {
  for (const Preset& preset : presets()) {
    if (value == (extended ? preset.extended : preset.capability)) return preset.name;
  }
  return nullptr;
}

void add_value(std::string& out, const Operand& operand, uint64_t value) {
  switch (operand.kind) {
    case OperandKind::number:
      add_number(out, value, 10);
      return;
    case OperandKind::address:
    case OperandKind::iova:
      add_number(out, value, 16);
      return;
    case OperandKind::capability:
      if (const char* name = preset_name(value, is_extended(operand)))
        out += name;
      else
        add_number(out, value, 16);
      return;
    case OperandKind::source:
      add_hex_digits(out, value >> 8 & 255, 2);
      out += ':';
      add_devfn(out, value & 255);
      return;
    case OperandKind::devfn:
      add_devfn(out, value);
      return;
    case OperandKind::choice:
      out += operand.names[value];
      return;
    case OperandKind::bits:
      add_bits(out, value, operand.names);
      return;
  }
}

void add_step(std::string& out, const Step& step) {
  const Operation& what = operation(step.op);
  out += what.name;
  for (std::size_t i = 0; i < what.operands.size(); ++i) {
    const Operand& operand = what.operands[i];
    if (!operand.required && step.operand[i] == operand.fallback) continue;
    out += ' ';
    out += operand.name;
    out += '=';
    add_value(out, operand, step.operand[i]);
  }
}

}  // namespace

bool is_extended(const Operand& capability) { return std::string_view(capability.name) == "extended"; }

std::string print_step(const Step& step) {
  std::string out;
  add_step(out, step);
  return out;
}

std::string print_text(const Scenario& scenario) {
  std::string out = "vtd ";
  add_number(out, kTextVersion, 10);
  out += '\n';
  for (const Step& step : scenario.steps) {
    add_step(out, step);
    out += '\n';
  }
  return out;
}

}  // namespace vtd::model
