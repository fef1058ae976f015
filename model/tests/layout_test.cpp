// SPDX-License-Identifier: Apache-2.0 OR MIT
// The rows tile their words, and the masks that follow from them are those worked out by hand from S§9.1, 9.3, 9.8.
#include "model/layout.h"

#include <gtest/gtest.h>

#include <string>

#include "model/tests/tables.h"

namespace vtd::model {
namespace {

// Highest bit first, without a gap or an overlap.
void tiles(std::span<const Field> fields, int bits, const char* what) {
  int next = bits - 1;
  for (const Field& f : fields) {
    EXPECT_EQ(f.high, next) << what;
    EXPECT_LE(f.low, f.high) << what;
    EXPECT_TRUE(f.kind != FieldKind::reserved || f.name == nullptr) << what;
    EXPECT_TRUE(f.kind == FieldKind::reserved || f.kind == FieldKind::ignored || f.name != nullptr) << what;
    EXPECT_TRUE(f.kind != FieldKind::flag || f.high == f.low) << what;
    next = f.low - 1;
  }
  EXPECT_EQ(next, -1) << what;
}

TEST(Rows, TileEveryWordOnceFromTheTop) {
  tiles(root_entry_fields(), 128, "root");
  tiles(context_entry_fields(), 128, "context");
  for (unsigned level = 1; level <= 5; ++level) {
    for (const bool leaf : {false, true}) {
      const bool exists = leaf ? level <= 3 : level >= 2;
      const auto fields = paging_entry_fields(level, leaf);
      EXPECT_EQ(!fields.empty(), exists);
      if (exists) tiles(fields, 64, ("level " + std::to_string(level)).c_str());
    }
  }
  EXPECT_TRUE(paging_entry_fields(0, true).empty());
  EXPECT_TRUE(paging_entry_fields(6, false).empty());
}

Rules rules_of(uint64_t capability, uint64_t extended, unsigned width) {
  UnitState unit;
  unit.capability = capability;
  unit.extended_capability = extended;
  return Rules::of(unit, width);
}

TEST(Masks, OfAUnitThatSupportsEverything) {
  const Rules r = rules_of(test::kCapability, test::kExtended, 46);
  EXPECT_EQ(r.root_reserved, (Entry128{0xffffc00000000ffe, ~uint64_t{0}}));
  EXPECT_EQ(r.context_reserved, (Entry128{0xffffc00000000ff0, 0xffffffffff000080}));
  EXPECT_EQ(r.link_reserved[5], 0x400fc00000000880u);
  EXPECT_EQ(r.link_reserved[4], 0x400fc00000000880u);
  EXPECT_EQ(r.link_reserved[3], 0x400fc00000000800u);
  EXPECT_EQ(r.link_reserved[2], 0x400fc00000000800u);
  EXPECT_EQ(r.leaf_reserved[3], 0x400fc0003ffff000u);
  EXPECT_EQ(r.leaf_reserved[2], 0x400fc000001ff000u);
  EXPECT_EQ(r.leaf_reserved[1], 0x400fc00000000000u);
  EXPECT_EQ(r.address_mask, 0x00003ffffffff000u);
}

TEST(Masks, GrowWithEveryMissingSupport) {
  const Rules all = rules_of(test::kCapability, test::kExtended, 46);
  const Rules no_1g = rules_of(test::kCapability & ~(uint64_t{1} << 35), test::kExtended, 46);
  EXPECT_EQ(no_1g.leaf_reserved[3], all.leaf_reserved[3] | 0x80);
  EXPECT_EQ(no_1g.leaf_reserved[2], all.leaf_reserved[2]);
  const Rules no_2m = rules_of(test::kCapability & ~(uint64_t{1} << 34), test::kExtended, 46);
  EXPECT_EQ(no_2m.leaf_reserved[2], all.leaf_reserved[2] | 0x80);
  EXPECT_EQ(no_2m.leaf_reserved[3], all.leaf_reserved[3]);
  const Rules no_snoop = rules_of(test::kCapability, test::kExtended & ~uint64_t{0x80}, 46);
  for (unsigned level = 1; level <= 3; ++level) {
    EXPECT_EQ(no_snoop.leaf_reserved[level], all.leaf_reserved[level] | 0x800);
    EXPECT_EQ(no_snoop.link_reserved[level], all.link_reserved[level]);
  }
  const Rules byte_ids = rules_of((test::kCapability & ~uint64_t{7}) | 2, test::kExtended, 46);
  EXPECT_EQ(byte_ids.context_reserved.high, 0xffffffffffff0080u);
  EXPECT_EQ(rules_of((test::kCapability & ~uint64_t{7}), test::kExtended, 46).context_reserved.high,
            0xfffffffffffff080u);
  const Rules wide = rules_of(test::kCapability, test::kExtended, 52);
  EXPECT_EQ(wide.leaf_reserved[1], 0x4000000000000000u);
  EXPECT_EQ(wide.root_reserved.low, 0xfff0000000000ffeu);
}

// Registers of real units, and what they say (S§11.4.2, S§11.4.3).
TEST(Capabilities, OfRealUnits) {
  const Rules graphics = rules_of(0x1c0000c40660462, 0x19e2ff0505e, 39);
  EXPECT_EQ(graphics.domain_id_bits, 8u);
  EXPECT_EQ(graphics.domain_id_count(), 256u);
  EXPECT_EQ(graphics.guest_address_width, 39u);
  EXPECT_EQ(graphics.supported_widths, 4u);
  EXPECT_EQ(graphics.levels(2), 4u);
  EXPECT_EQ(graphics.levels(1), 0u);
  EXPECT_EQ(graphics.levels(3), 0u);
  EXPECT_EQ(graphics.levels(7), 0u);
  EXPECT_EQ(graphics.input_bits(4), 39u);
  EXPECT_FALSE(graphics.coherent || graphics.page_selective || graphics.caching_mode || graphics.root_invalidates);
  EXPECT_TRUE(graphics.queued && graphics.pass_through && graphics.device_tlb && graphics.huge_2m && graphics.huge_1g);
  EXPECT_TRUE(graphics.zero_length_read);

  const Rules server = rules_of(0x8ed008c40780466, 0x60000f050df, 46);
  EXPECT_EQ(server.domain_id_count(), 65536u);
  EXPECT_EQ(server.guest_address_width, 57u);
  EXPECT_EQ(server.input_bits(4), 48u);
  EXPECT_EQ(server.max_address_mask, 45u);
  EXPECT_TRUE(server.coherent && server.device_tlb && server.page_selective && server.snoop_control);
  EXPECT_FALSE(server.write_buffer || server.scalable || server.abort_dma);

  const Rules emulated = rules_of(0xd2008c222f0686, 0xf00f4a, 48);
  EXPECT_TRUE(emulated.caching_mode && emulated.queued && emulated.pass_through && emulated.page_selective);
  EXPECT_FALSE(emulated.device_tlb || emulated.snoop_control || emulated.zero_length_read || emulated.coherent);
  EXPECT_EQ(emulated.supported_widths, 6u);
  EXPECT_EQ(emulated.levels(1), 3u);
  EXPECT_EQ(emulated.max_address_mask, 18u);
  EXPECT_TRUE(rules_of(0xd2008c222f0606, 0x480080000f42, 48).scalable);
  EXPECT_TRUE(rules_of(0x10, uint64_t{1} << 52, 48).abort_dma);
  EXPECT_TRUE(rules_of(0x10, 0, 48).write_buffer);
  EXPECT_TRUE(rules_of(uint64_t{1} << 63, 0, 48).root_invalidates);
}

TEST(Capabilities, ReservedValuesDoNotReachTheArithmetic) {
  const Rules r = rules_of(~uint64_t{0}, ~uint64_t{0}, 64);
  EXPECT_EQ(r.domain_id_count(), 65536u);
  EXPECT_EQ(r.supported_widths, 0xeu);
  EXPECT_EQ(r.address_mask, ~uint64_t{0xfff});
  EXPECT_EQ(r.guest_address_width, 64u);
  EXPECT_EQ(r.input_bits(5), 57u);
  EXPECT_EQ(rules_of(0, 0, 0).address_mask, 0u);
}

}  // namespace
}  // namespace vtd::model
