// SPDX-License-Identifier: Apache-2.0 OR MIT
// The compact form that fuzz engines mutate: an operation byte, then its operands in table order.
//
// Zero bytes, and bytes past the end, mean the fallbacks. A byte names a place from a small pool wherever it can, so
// that short inputs make connected tables; every value also has a long spelling, so nothing is out of reach.
#include <algorithm>

#include "model/scenario/scenario.h"

namespace vtd::model {
namespace {

// First bytes of addresses, IOVAs, capabilities: below kPlaces a place of its own, from kExplicit on eight bytes
// follow.
constexpr uint8_t kPlaces = kPoolFrames, kExplicit = 0xf0;
// First bytes of addresses from here on: a frame of the pool, then an offset into it in two bytes.
constexpr uint8_t kWithinFrame = 0xf8;

// Where a table pointer or a range has no business to be, or sits on an edge. Named by the bytes from kPlaces on.
constexpr Address kSpecialAddresses[kExplicit - kPlaces] = {
    0,           // page 0
    0x30000000,  // the default crash reservation: its first and last page, and its end
    0x300ff000,
    0x303fffff,
    0x34000000,  // the second one
    0x343fffff,
    0xfed90000,      // registers of unit 0
    0xfee00000,      // interrupt range (S§3.14)
    0xc0000000,      // hole below 4 GiB; 1 GiB aligned: a superpage here covers the interrupt range
    0x100000000,     // RAM above 4 GiB
    0x13ffff000,     // the last RAM page
    0x200000000,     // hole above RAM
    0x3fffffff,      // end of low RAM
    0x3ffffffff000,  // the last page below 46 bits, and the first beyond
    0x400000000000,
    0xffffffffffffffff,
};

constexpr uint8_t kLargeSteps = 0x80, kSmallSteps = 0xc0;
constexpr Iova kSpecialIovas[kExplicit - kSmallSteps] = {
    0x1ff000,           0x1000ff000,        0x3fe00000,       0x3ffff000,     0x40000000,     0x7fffffff,
    0x80000000,         0xbffff000,         0xc0000000,       0xfed90000,     0xfedff000,     0xfee00000,
    0xfeefffff,         0xfef00000,         0xffe00000,       0xfffff000,     0x100000000,    0x13ffff000,
    0x7fffffffff,       0x8000000000,       0x7fffe00000,     0x3fffffffff,   0x4000000000,   0x7fc0000000,
    0xffffffffffff,     0x1000000000000,    0xffffffe00000,   0xff8000000000, 0x7fffffffffff, 0x800000000000,
    0x1ffffffffffffff,  0x200000000000000,  0xff000000000000, 0x3fffffffffff, 0x400000000000, 0xffffffffffffffff,
    0xfffffffffffff000, 0x8000000000000000, 0x30000000,       0x34000000,     0x1000000,      0x10e0000,
    0x201000,           0x40001000,         0x8000001000,     0xfff,          0x1001,         0x200fff,
};

// Sources: below this byte bus 0 to 2 and devices 0 to 7, from it on both bytes follow.
constexpr uint8_t kExplicitSource = 0xc0;

// A number on the wire is its distance from the fallback, so that zero is the fallback.
uint64_t from_wire(const Operand& operand, uint64_t wire) {
  if (operand.limit == ~uint64_t{0})
    return operand.kind == OperandKind::bits ? wire ^ operand.fallback : wire + operand.fallback;
  const uint64_t values = operand.limit + 1;
  if (wire >= values) wire %= values;  // the division is the slowest part of decoding, and seldom needed
  const uint64_t value = wire + operand.fallback;
  return value >= values ? value - values : value;
}
uint64_t to_wire(const Operand& operand, uint64_t value) {
  if (operand.limit == ~uint64_t{0})
    return operand.kind == OperandKind::bits ? value ^ operand.fallback : value - operand.fallback;
  return value >= operand.fallback ? value - operand.fallback : value + (operand.limit + 1) - operand.fallback;
}

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  bool empty() const { return at_ == end_; }
  uint8_t byte() { return at_ == end_ ? uint8_t{0} : *at_++; }
  uint64_t fixed(unsigned bytes) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= uint64_t{byte()} << (8 * i);
    return value;
  }
  uint64_t leb128() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t b = byte();
      value |= uint64_t{b & 0x7fu} << shift;
      if ((b & 0x80) == 0) break;
    }
    return value;
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

uint64_t read_address(Reader& in) {
  const uint8_t b = in.byte();
  if (b < kPlaces) return kPoolBase + b * kPageBytes;
  if (b < kExplicit) return kSpecialAddresses[b - kPlaces];
  if (b < kWithinFrame) return in.fixed(8);
  const Address frame = kPoolBase + in.byte() % kPoolFrames * kPageBytes;
  return frame + in.fixed(2) % kPageBytes;
}

uint64_t read_iova(Reader& in) {
  const uint8_t b = in.byte();
  if (b < kLargeSteps) return uint64_t{b} << 21;
  if (b < kSmallSteps) return (uint64_t{b} - kLargeSteps) * kPageBytes;
  return b < kExplicit ? kSpecialIovas[b - kSmallSteps] : in.fixed(8);
}

uint64_t read_capability(Reader& in, const Operand& operand) {
  const uint8_t b = in.byte();
  if (b >= kExplicit) return in.fixed(8);
  const Preset& preset = presets()[b % presets().size()];
  return is_extended(operand) ? preset.extended : preset.capability;
}

uint64_t read_source(Reader& in) {
  const uint8_t b = in.byte();
  return b < kExplicitSource ? uint64_t{b & 0xc0u} << 2 | (b & 0x3fu) : in.fixed(2);
}

uint64_t read_operand(Reader& in, const Operand& operand) {
  switch (operand.kind) {
    case OperandKind::address:
      return read_address(in);
    case OperandKind::iova:
      return read_iova(in);
    case OperandKind::capability:
      return read_capability(in, operand);
    case OperandKind::source:
      return read_source(in);
    case OperandKind::number:
    case OperandKind::devfn:
    case OperandKind::choice:
    case OperandKind::bits:
      break;
  }
  return from_wire(operand, operand.limit <= 0xff ? in.byte() : in.leb128());
}

class Writer {
 public:
  explicit Writer(std::vector<uint8_t>& out) : out_(out) {}
  void byte(uint64_t b) { out_.push_back(static_cast<uint8_t>(b)); }
  void fixed(uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) byte(value >> (8 * i) & 0xff);
  }
  void leb128(uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte((value & 0x7f) | 0x80);
    byte(value);
  }

 private:
  std::vector<uint8_t>& out_;
};

void write_explicit(Writer& out, uint64_t value) {
  out.byte(kExplicit);
  out.fixed(value, 8);
}

// The byte from `first` on that names a special place; false if none does.
bool write_special(Writer& out, std::span<const uint64_t> places, uint8_t first, uint64_t value) {
  const auto found = std::find(places.begin(), places.end(), value);
  if (found == places.end()) return false;
  out.byte(first + static_cast<uint64_t>(found - places.begin()));
  return true;
}

void write_address(Writer& out, uint64_t value) {
  const uint64_t frame = (value - kPoolBase) / kPageBytes;
  const bool in_pool = value >= kPoolBase && frame < kPoolFrames;
  if (in_pool && value % kPageBytes == 0) return out.byte(frame);
  if (write_special(out, kSpecialAddresses, kPlaces, value)) return;
  if (!in_pool) return write_explicit(out, value);
  out.byte(kWithinFrame);
  out.byte(frame);
  out.fixed(value % kPageBytes, 2);
}

void write_iova(Writer& out, uint64_t value) {
  if ((value & 0x1fffff) == 0 && value >> 21 < kLargeSteps) return out.byte(value >> 21);
  if (value % kPageBytes == 0 && value / kPageBytes < kSmallSteps - kLargeSteps)
    return out.byte(kLargeSteps + value / kPageBytes);
  if (!write_special(out, kSpecialIovas, kSmallSteps, value)) write_explicit(out, value);
}

void write_capability(Writer& out, const Operand& operand, uint64_t value) {
  const std::span<const Preset> all = presets();
  const auto same = [&](const Preset& p) { return value == (is_extended(operand) ? p.extended : p.capability); };
  const auto found = std::find_if(all.begin(), all.end(), same);
  if (found == all.end()) return write_explicit(out, value);
  out.byte(static_cast<uint64_t>(found - all.begin()));
}

void write_source(Writer& out, uint64_t value) {
  const uint64_t bus = value >> 8, devfn = value & 0xff;
  if (bus < 3 && devfn < 0x40) return out.byte(bus << 6 | devfn);
  out.byte(kExplicitSource);
  out.fixed(value, 2);
}

void write_operand(Writer& out, const Operand& operand, uint64_t value) {
  switch (operand.kind) {
    case OperandKind::address:
      return write_address(out, value);
    case OperandKind::iova:
      return write_iova(out, value);
    case OperandKind::capability:
      return write_capability(out, operand, value);
    case OperandKind::source:
      return write_source(out, value);
    case OperandKind::number:
    case OperandKind::devfn:
    case OperandKind::choice:
    case OperandKind::bits:
      break;
  }
  const uint64_t wire = to_wire(operand, value);
  if (operand.limit <= 0xff)
    out.byte(wire);
  else
    out.leb128(wire);
}

}  // namespace

void decode(std::span<const uint8_t> bytes, Scenario& out, std::size_t most) {
  out.steps.clear();
  Reader in(bytes);
  while (!in.empty() && out.steps.size() < most) {
    Step& step = out.steps.emplace_back();
    step.op = static_cast<Op>(in.byte() % kOps);
    std::size_t i = 0;
    for (const Operand& operand : operation(step.op).operands) step.operand[i++] = read_operand(in, operand);
  }
}

void encode(const Scenario& scenario, std::vector<uint8_t>& out) {
  out.clear();
  Writer writer(out);
  for (const Step& step : scenario.steps) {
    writer.byte(static_cast<uint64_t>(step.op));
    std::size_t i = 0;
    for (const Operand& operand : operation(step.op).operands) write_operand(writer, operand, step.operand[i++]);
  }
}

}  // namespace vtd::model
