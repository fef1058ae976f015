// SPDX-License-Identifier: Apache-2.0 OR MIT
// Bit layouts of the legacy-mode tables as data: one row per field, section numbers beside them (S§9.1, 9.3, 9.8).
//
// The same rows drive the reserved-bit masks, the printer, the text form and the mutators. The engine has its own
// description in another form, so that neither repeats the other's mistakes.
#pragma once

#include <span>

#include "model/machine.h"

namespace vtd::model {

enum class FieldKind : uint8_t { flag, number, address, ignored, reserved };

// Which support a field needs to have its meaning; without it the field is reserved.
enum class Unless : uint8_t { always, width_of_domain_id, snoop_control, huge_2m, huge_1g };

struct Field {
  const char* name;   // nullptr for reserved and unnamed ignored bits
  uint8_t high, low;  // bit numbers within the entry; high first, as in the manual
  FieldKind kind;
  Unless unless = Unless::always;
};

std::span<const Field> root_entry_fields();
std::span<const Field> context_entry_fields();
// Second-stage entry of a level, 1 to 5, as link or as leaf. Empty where there is no such entry: links of level 1,
// leaves of levels 4 and 5.
std::span<const Field> paging_entry_fields(unsigned level, bool leaf);

// 128-bit entries of the root and context tables.
struct Entry128 {
  uint64_t low = 0, high = 0;
  friend bool operator==(const Entry128&, const Entry128&) = default;
};

enum class TranslationType : uint8_t { untranslated = 0, with_device_tlb = 1, pass_through = 2, reserved = 3 };

// The masks of one unit, derived from the rows, its capabilities and the host address width.
struct Rules {
  unsigned host_address_width = 0;
  unsigned guest_address_width = 0;  // MGAW in bits
  unsigned supported_widths = 0;     // SAGAW: bit 1 3-level, bit 2 4-level, bit 3 5-level
  unsigned domain_id_bits = 0;
  bool pass_through = false, device_tlb = false, snoop_control = false, coherent = false, caching_mode = false;
  bool queued = false, drains_only_when_told = false, page_selective = false, write_buffer = false,
       zero_length_read = false, root_invalidates = false;
  bool scalable = false, abort_dma = false;  // modes of RTADDR.TTM besides legacy that the unit has
  unsigned max_address_mask = 0;
  bool huge_2m = false, huge_1g = false;
  Entry128 root_reserved, context_reserved;
  uint64_t link_reserved[6] = {};  // by level
  uint64_t leaf_reserved[6] = {};  // [2] and [3] include the alignment bits
  uint64_t address_mask = 0;       // bits HAW-1:12

  static Rules of(const UnitState& unit, unsigned host_address_width);

  uint32_t domain_id_count() const { return uint32_t{1} << domain_id_bits; }
  // Levels a width code names, 0 when the unit does not support it.
  unsigned levels(unsigned width_code) const;
  // Bits of input address that can be translated through a table of that many levels.
  unsigned input_bits(unsigned levels) const;
};

// Fields of entries, read by the model's own arithmetic.
constexpr bool present(const Entry128& e) { return (e.low & 1) != 0; }
constexpr bool fault_processing_disabled(const Entry128& context) { return (context.low & 2) != 0; }
constexpr TranslationType translation_type(const Entry128& context) {
  return static_cast<TranslationType>(context.low >> 2 & 3);
}
constexpr unsigned width_code(const Entry128& context) { return static_cast<unsigned>(context.high & 7); }
constexpr DomainId domain_id(const Entry128& context) { return static_cast<DomainId>(context.high >> 8 & 0xffff); }
constexpr uint64_t kAddressBits = 0x000ffffffffff000;  // 51:12, the widest an address field gets

// Is a paging entry of this level a leaf, given what the unit supports? A level-2 or level-3 entry with PS set and
// the size unsupported is neither: it is reserved.
constexpr bool is_leaf(uint64_t entry, unsigned level) {
  return level == 1 || ((level == 2 || level == 3) && (entry >> 7 & 1) != 0);
}

}  // namespace vtd::model
