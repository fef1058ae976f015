// SPDX-License-Identifier: Apache-2.0 OR MIT
// The scenario language: a program of steps in three acts. What the dead kernel built, the takeover, what came next.
//
// One table, kOperations, says of every operation its name and operands; parser, printer, binary codec and mutators are
// driven by it. Text and binary are two spellings of the same steps; both are lossless.
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.h"
#include "model/claims.h"

namespace vtd::model {

enum class Op : uint8_t {
  // act 1: the machine and its tables
  platform,
  unit,
  memory,
  crash,
  reserved,
  root,
  context,
  paging,
  word,
  refuse_allocation,
  unreadable,
  stuck,
  // act 2
  takeover,
  // act 3: the crash kernel and the devices
  attach,
  detach,
  unplug,
  hand_over,
  map,
  unmap,
  crash_again,
  // anywhere
  dma,
  expect,
  // act 1 again: operations are added at the end, so that binary corpora keep their meaning
  device_write,
  refuse_one,
  // act 3 again
  listen,
  silence,
  kCount
};
inline constexpr std::size_t kOps = static_cast<std::size_t>(Op::kCount);

inline constexpr unsigned kOperandsMost = 12;

// One step. operand[i] means what kOperations[op].operands[i] says. Always normalised: see normalise().
struct Step {
  Op op = Op::platform;
  std::array<uint64_t, kOperandsMost> operand{};
  friend bool operator==(const Step&, const Step&) = default;
};

struct Scenario {
  std::vector<Step> steps;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

enum class OperandKind : uint8_t {
  number,      // up to `limit`
  address,     // 64 bits; in binary small values name the pool of conventional frames
  iova,        // 64 bits; in binary small values name 2 MiB steps and edges
  capability,  // 64 bits; in binary small values name the presets of real units
  source,      // bb:dd.f
  devfn,       // dd.f
  choice,      // one of `names`
  bits         // or of `names` (bit i is names[i] unless empty) and a hexadecimal rest
};

struct Operand {
  const char* name;
  OperandKind kind;
  uint64_t fallback;                     // left out of the text when equal
  uint64_t limit;                        // largest value; choices: count - 1
  std::span<const char* const> names{};  // of choices and bits
  bool required = false;                 // a text must say it; always printed
};

struct Operation {
  Op op;
  const char* name;
  unsigned act;  // 1, 2, 3; 0: any
  std::span<const Operand> operands;
  const char* help;  // one sentence
};

std::span<const Operation> operations();
const Operation& operation(Op);
// Of the two capability operands of a unit: is it ECAP?
bool is_extended(const Operand& capability);

// Operand positions by name, so that nobody counts. One enum per operation, in table order.
namespace operand {
enum platform : uint8_t { p_host_address_width };
enum unit : uint8_t {
  u_index,
  u_capability,
  u_extended,
  u_root,
  u_status,
  u_version,
  u_registers,
  u_latency,
  u_faults,
  u_queue,
  u_head,
  u_tail
};
enum memory : uint8_t { m_kind, m_first, m_last };
enum crash : uint8_t { c_generation, c_first, c_last };
enum reserved : uint8_t { r_source, r_first, r_last, r_unit };
enum root : uint8_t { ro_at, ro_bus, ro_count, ro_table, ro_step, ro_bits, ro_high };
enum context : uint8_t { co_at, co_devfn, co_count, co_table, co_step, co_width, co_type, co_domain, co_bits, co_high };
enum paging : uint8_t { pa_at, pa_index, pa_count, pa_to, pa_step, pa_bits };
enum word : uint8_t { w_at, w_value };
enum refuse_allocation : uint8_t { ra_number };  // and refuse_one
enum unreadable : uint8_t { un_page };
enum stuck : uint8_t { st_unit, st_commands };
enum takeover : uint8_t { t_strategy };
enum attach : uint8_t { a_source, a_unit };  // attach, detach, unplug, hand_over
enum map : uint8_t { ma_source, ma_unit, ma_iova, ma_pa, ma_pages, ma_access };
enum unmap : uint8_t { um_source, um_unit, um_iova, um_pages };
enum crash_again : uint8_t { ca_strategy };
enum dma : uint8_t { d_source, d_unit, d_iova, d_access, d_type, d_outcome, d_value };
enum expect : uint8_t { e_what, e_count };
enum listen : uint8_t { li_unit };
enum silence : uint8_t { si_unit, si_after };
enum device_write : uint8_t { dw_at, dw_value };
}  // namespace operand

// Choices in the order of their name tables. The other ones are enums of the model (MemoryKind, Strategy,
// TranslationType, RequestType) and the width code; a dma's access is 0 read, 1 write, 2 zero-length read: Access is 1
// << operand.
enum class DmaOutcome : uint8_t {
  any,
  address,
  fault,
  silent_fault,
  undefined,
  blocked
};  // blocked: a fault, whichever
enum class Subject : uint8_t { refused, copied, quarantined, hazards, conflicts, unmapped_regions };

// Operands clamped to their limits, unused ones zero. Every step of a scenario is normal.
Step normalise(Step);
// A step whose operands are the fallbacks, but for those named.
struct OperandValue {
  uint8_t position;  // an enumerator of namespace operand
  uint64_t value;
};
Step make_step(Op, std::initializer_list<OperandValue>);

const char* strategy_name(Strategy);             // "deep", "shallow" or "auto"
Strategy strategy_named(std::string_view name);  // one of those names

// --- text --------------------------------------------------------------------------------------------------------
struct TextError {
  unsigned line = 0;    // 1-based; 0: no error
  std::string message;  // what was found and what was expected
  explicit operator bool() const { return line != 0; }
};
inline constexpr unsigned kTextVersion = 1;
TextError parse_text(std::string_view text, Scenario& out);
// Comments are not kept. `parse_text(print_text(s))` is s.
std::string print_text(const Scenario&);
std::string print_step(const Step&);

// --- binary ------------------------------------------------------------------------------------------------------
// Every byte string decodes to a scenario of at most `most` steps; encode(decode(x)) is a fixed point.
// Does not allocate once `out` is warm.
void decode(std::span<const uint8_t> bytes, Scenario& out, std::size_t most = 4096);
void encode(const Scenario&, std::vector<uint8_t>& out);
// Files: "VTDB", a version byte, then the encoding.
inline constexpr std::array<uint8_t, 5> kBinaryMagic = {'V', 'T', 'D', 'B', 1};

// Conventional places, so that short inputs make connected tables: frame n of the pool lies at kPoolBase + n pages.
inline constexpr Address kPoolBase = 0x01000000;
inline constexpr unsigned kPoolFrames = 0xe0;
// Capabilities of real units (sheet 1.3), in the order their numbers name them.
struct Preset {
  const char* name;
  uint64_t capability, extended;
};
std::span<const Preset> presets();
const Preset* find_preset(std::string_view name);  // nullptr: no unit has that name

}  // namespace vtd::model
