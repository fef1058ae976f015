// SPDX-License-Identifier: Apache-2.0 OR MIT
// The rows of the legacy-mode entries, and the masks that follow from them. Highest bit first, as in the manual.
#include "model/layout.h"

#include <algorithm>
#include <bit>

namespace vtd::model {
namespace {

using enum FieldKind;

// S§9.1
constexpr Field kRootEntry[] = {
    {nullptr, 127, 64, reserved},
    {"CTP", 63, 12, address},
    {nullptr, 11, 1, reserved},
    {"P", 0, 0, flag},
};

// S§9.3
constexpr Field kContextEntry[] = {
    {nullptr, 127, 88, reserved}, {"DID", 87, 72, number, Unless::width_of_domain_id},
    {nullptr, 71, 71, reserved},  {"AVAIL", 70, 67, ignored},
    {"AW", 66, 64, number},       {"SSPTPTR", 63, 12, address},
    {nullptr, 11, 4, reserved},   {"TT", 3, 2, number},
    {"FPD", 1, 1, flag},          {"P", 0, 0, flag},
};

// S§9.8. Legacy mode ignores A, D, IPAT and EMT, and X has lost its meaning; bit 62 was TM before revision 3.2.
constexpr Field kTopLink[] = {
    {nullptr, 63, 63, ignored},  {nullptr, 62, 62, reserved}, {nullptr, 61, 52, ignored}, {"ADDR", 51, 12, address},
    {nullptr, 11, 11, reserved}, {nullptr, 10, 9, ignored},   {"A", 8, 8, ignored},       {nullptr, 7, 7, reserved},
    {nullptr, 6, 3, ignored},    {"X", 2, 2, ignored},        {"W", 1, 1, flag},          {"R", 0, 0, flag},
};
constexpr Field kLink[] = {
    {nullptr, 63, 63, ignored},  {nullptr, 62, 62, reserved}, {nullptr, 61, 52, ignored}, {"ADDR", 51, 12, address},
    {nullptr, 11, 11, reserved}, {nullptr, 10, 9, ignored},   {"A", 8, 8, ignored},       {"PS", 7, 7, flag},
    {nullptr, 6, 3, ignored},    {"X", 2, 2, ignored},        {"W", 1, 1, flag},          {"R", 0, 0, flag},
};
constexpr Field kLeaf1G[] = {
    {nullptr, 63, 63, ignored},  {nullptr, 62, 62, reserved},
    {nullptr, 61, 52, ignored},  {"ADDR", 51, 30, address},
    {nullptr, 29, 12, reserved}, {"SNP", 11, 11, flag, Unless::snoop_control},
    {nullptr, 10, 10, ignored},  {"D", 9, 9, ignored},
    {"A", 8, 8, ignored},        {"PS", 7, 7, flag, Unless::huge_1g},
    {"IPAT", 6, 6, ignored},     {"EMT", 5, 3, ignored},
    {"X", 2, 2, ignored},        {"W", 1, 1, flag},
    {"R", 0, 0, flag},
};
constexpr Field kLeaf2M[] = {
    {nullptr, 63, 63, ignored},  {nullptr, 62, 62, reserved},
    {nullptr, 61, 52, ignored},  {"ADDR", 51, 21, address},
    {nullptr, 20, 12, reserved}, {"SNP", 11, 11, flag, Unless::snoop_control},
    {nullptr, 10, 10, ignored},  {"D", 9, 9, ignored},
    {"A", 8, 8, ignored},        {"PS", 7, 7, flag, Unless::huge_2m},
    {"IPAT", 6, 6, ignored},     {"EMT", 5, 3, ignored},
    {"X", 2, 2, ignored},        {"W", 1, 1, flag},
    {"R", 0, 0, flag},
};
constexpr Field kLeaf4K[] = {
    {nullptr, 63, 63, ignored},
    {nullptr, 62, 62, reserved},
    {nullptr, 61, 52, ignored},
    {"ADDR", 51, 12, address},
    {"SNP", 11, 11, flag, Unless::snoop_control},
    {nullptr, 10, 10, ignored},
    {"D", 9, 9, ignored},
    {"A", 8, 8, ignored},
    {nullptr, 7, 7, ignored},
    {"IPAT", 6, 6, ignored},
    {"EMT", 5, 3, ignored},
    {"X", 2, 2, ignored},
    {"W", 1, 1, flag},
    {"R", 0, 0, flag},
};

// Bits low..high of one half of an entry; what lies in the other half falls away.
constexpr uint64_t half_mask(unsigned high, unsigned low, unsigned half) {
  const unsigned first = half * 64, last = first + 63;
  if (low > last || high < first) return 0;
  const unsigned from = std::max(low, first) - first, to = std::min(high, last) - first;
  return (~uint64_t{0} >> (63 - (to - from))) << from;
}
constexpr Entry128 mask_of(const Field& f) { return {half_mask(f.high, f.low, 0), half_mask(f.high, f.low, 1)}; }
constexpr Entry128 both(const Entry128& a, const Entry128& b) { return {a.low | b.low, a.high | b.high}; }

constexpr bool covers_once(std::span<const Field> fields, unsigned bits) {
  Entry128 covered;
  unsigned total = 0;
  for (const Field& f : fields) {
    if (f.low > f.high || f.high >= bits) return false;
    covered = both(covered, mask_of(f));
    total += f.high - f.low + 1u;
  }
  const bool whole = covered.low == ~uint64_t{0} && covered.high == (bits == 128 ? ~uint64_t{0} : 0);
  return whole && total == bits;
}
static_assert(covers_once(kRootEntry, 128) && covers_once(kContextEntry, 128));
static_assert(covers_once(kTopLink, 64) && covers_once(kLink, 64));
static_assert(covers_once(kLeaf1G, 64) && covers_once(kLeaf2M, 64) && covers_once(kLeaf4K, 64));

// The rows of one entry summed up: what is reserved always, beyond the host address width, and without some support.
struct Sums {
  Entry128 reserved, address;
  Entry128 without[5];  // by Unless
};
constexpr Sums sum(std::span<const Field> fields) {
  Sums sums;
  for (const Field& f : fields) {
    Entry128* into = f.kind == reserved ? &sums.reserved : f.kind == address ? &sums.address : nullptr;
    if (into != nullptr) *into = both(*into, mask_of(f));
    Entry128& without = sums.without[static_cast<std::size_t>(f.unless)];
    if (f.unless != Unless::always) without = both(without, mask_of(f));
  }
  return sums;
}
constexpr Sums kRootSums = sum(kRootEntry), kContextSums = sum(kContextEntry);
constexpr Sums kTopLinkSums = sum(kTopLink), kLinkSums = sum(kLink);
constexpr Sums kLeaf1GSums = sum(kLeaf1G), kLeaf2MSums = sum(kLeaf2M), kLeaf4KSums = sum(kLeaf4K);

Entry128 reserved_bits(const Sums& sums, const Rules& rules) {
  Entry128 mask = sums.reserved;
  mask.low |= sums.address.low & ~rules.address_mask;
  const auto lacking = [&](Unless what, bool supported) {
    if (!supported) mask = both(mask, sums.without[static_cast<std::size_t>(what)]);
  };
  lacking(Unless::snoop_control, rules.snoop_control);
  lacking(Unless::huge_2m, rules.huge_2m);
  lacking(Unless::huge_1g, rules.huge_1g);
  // Of the domain-id only the bits above the supported width are reserved.
  const uint64_t domain_id = sums.without[static_cast<std::size_t>(Unless::width_of_domain_id)].high;
  mask.high |= domain_id & domain_id << rules.domain_id_bits;
  return mask;
}

constexpr uint64_t bits(uint64_t value, unsigned high, unsigned low) {
  return value >> low & (~uint64_t{0} >> (63 - (high - low)));
}
constexpr bool bit(uint64_t value, unsigned at) { return (value >> at & 1) != 0; }

// S§11.4.2
void read_capability(uint64_t cap, Rules& rules) {
  rules.root_invalidates = bit(cap, 63);
  rules.max_address_mask = static_cast<unsigned>(bits(cap, 53, 48));
  rules.page_selective = bit(cap, 39);
  rules.huge_1g = bit(cap, 35);
  rules.huge_2m = bit(cap, 34);
  rules.zero_length_read = bit(cap, 22);
  rules.guest_address_width = static_cast<unsigned>(bits(cap, 21, 16)) + 1;
  rules.supported_widths = static_cast<unsigned>(bits(cap, 12, 8)) & 0b01110;  // the outer two are reserved now
  rules.caching_mode = bit(cap, 7);
  rules.write_buffer = bit(cap, 4);
  rules.domain_id_bits = std::min(16u, 4 + 2 * static_cast<unsigned>(bits(cap, 2, 0)));  // ND=111b is reserved
}

// S§11.4.3
void read_extended_capability(uint64_t ecap, Rules& rules) {
  rules.abort_dma = bit(ecap, 52);
  rules.scalable = bit(ecap, 43);
  rules.snoop_control = bit(ecap, 7);
  rules.pass_through = bit(ecap, 6);
  rules.device_tlb = bit(ecap, 2);
  rules.queued = bit(ecap, 1);
  rules.coherent = bit(ecap, 0);
}

}  // namespace

std::span<const Field> root_entry_fields() { return kRootEntry; }
std::span<const Field> context_entry_fields() { return kContextEntry; }

std::span<const Field> paging_entry_fields(unsigned level, bool leaf) {
  switch (level) {
    case 1:
      return leaf ? std::span<const Field>(kLeaf4K) : std::span<const Field>();
    case 2:
      return leaf ? std::span<const Field>(kLeaf2M) : std::span<const Field>(kLink);
    case 3:
      return leaf ? std::span<const Field>(kLeaf1G) : std::span<const Field>(kLink);
    case 4:
    case 5:
      return leaf ? std::span<const Field>() : std::span<const Field>(kTopLink);
    default:
      return {};
  }
}

Rules Rules::of(const UnitState& unit, unsigned host_address_width) {
  Rules rules;
  rules.host_address_width = host_address_width;
  const uint64_t below = host_address_width >= 64 ? ~uint64_t{0} : (uint64_t{1} << host_address_width) - 1;
  rules.address_mask = below & ~(kPageBytes - 1);
  read_capability(unit.capability, rules);
  read_extended_capability(unit.extended_capability, rules);
  // From major version 2 on every invalidation drains (S§6.5.4).
  rules.drains_only_when_told = bit(unit.capability, 54) && (unit.version >> 4 & 15) < 2;
  rules.root_reserved = reserved_bits(kRootSums, rules);
  rules.context_reserved = reserved_bits(kContextSums, rules);
  rules.link_reserved[5] = rules.link_reserved[4] = reserved_bits(kTopLinkSums, rules).low;
  rules.link_reserved[3] = rules.link_reserved[2] = reserved_bits(kLinkSums, rules).low;
  rules.leaf_reserved[3] = reserved_bits(kLeaf1GSums, rules).low;
  rules.leaf_reserved[2] = reserved_bits(kLeaf2MSums, rules).low;
  rules.leaf_reserved[1] = reserved_bits(kLeaf4KSums, rules).low;
  return rules;
}

unsigned Rules::levels(unsigned code) const { return code < 8 && bit(supported_widths, code) ? code + 2 : 0; }

unsigned Rules::input_bits(unsigned levels) const { return std::min(guest_address_width, 12 + 9 * levels); }

}  // namespace vtd::model
