// SPDX-License-Identifier: Apache-2.0 OR MIT
// Draws the dead kernel's tables: valid for the unit they hang from, small, and full of sharing.
#include <algorithm>

#include "harness/generate/draft.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
namespace operand = model::operand;

// New tables are made up to here; from then on links go to tables that exist.
constexpr std::size_t kTablesUsual = 7;
constexpr uint64_t kIgnoredBits = 0xbff0000000000000 | 0x77c;  // 63, 61:52, 10:8, 6:2 (S§9.8)

struct Domain {
  unsigned width;
  Address table;
  uint64_t id;
};

class Tables {
 public:
  Tables(Draft& draft, const DraftUnit& unit, unsigned index)
      : draft_(draft), random_(draft.random), unit_(unit), index_(index) {}
  void draw();

 private:
  unsigned any_width();
  Domain draw_domain();
  Address draw_table(unsigned level);
  void draw_leaves(Address at, unsigned level, uint64_t index);
  uint64_t bits(bool leaf);
  bool shared(unsigned level, Address& at);
  void draw_context(Address at, model::SourceId source, const std::vector<Domain>& domains);

  Draft& draft_;
  RandomSource& random_;
  const DraftUnit& unit_;
  unsigned index_;
};

unsigned Tables::any_width() {
  for (unsigned width = 1 + static_cast<unsigned>(random_.below(3)), tries = 0; tries < 3;
       ++tries, width = width % 3 + 1) {
    if (unit_.rules.levels(width) != 0) return width;
  }
  return 2;
}

// Read and write as a rule; links allow everything more often than leaves.
uint64_t Tables::bits(bool leaf) {
  uint64_t value = random_.one_in(leaf ? 3 : 8) ? 1 + random_.below(3) : 3;
  if (leaf && unit_.rules.snoop_control && random_.one_in(3)) value |= 1 << 11;
  if (random_.one_in(8)) value |= random_.next() & kIgnoredBits;
  return value;
}

// A table of this level that exists already, in one of three cases and when there are enough.
bool Tables::shared(unsigned level, Address& at) {
  const bool full = draft_.tables.size() >= kTablesUsual + 2 * index_;
  if (!full && !random_.one_in(4)) return false;
  std::vector<Address> known;
  for (const DraftTable& table : draft_.tables) {
    if (table.role == level) known.push_back(table.at);
  }
  if (known.empty()) return false;
  at = known[random_.below(known.size())];
  return true;
}

void Tables::draw_leaves(Address at, unsigned level, uint64_t index) {
  const uint64_t size = uint64_t{1} << model::shift_of(level);
  const uint64_t places = (level == 3 ? 0x140000000 : 0x40000000) / size;
  const uint64_t page_size = level == 1 ? 0 : 1 << 7;
  const uint64_t count = random_.one_in(32) && level == 1 ? 512 : random_.pick({1, 1, 2, 8});
  draft_.add(Op::paging, {{operand::pa_at, at},
                          {operand::pa_index, index},
                          {operand::pa_count, count},
                          {operand::pa_to, random_.below(places) * size},
                          {operand::pa_step, size},
                          {operand::pa_bits, bits(/*leaf=*/true) | page_size}});
}

Address Tables::draw_table(unsigned level) {
  const Address at = draft_.new_table(level);
  const bool huge = (level == 2 && unit_.rules.huge_2m) || (level == 3 && unit_.rules.huge_1g);
  for (uint64_t entries = 1 + random_.below(2); entries > 0; --entries) {
    const uint64_t index = random_.pick({0, 0, 1, 2, 3, 511, random_.below(512)});
    if (level == 1 || (huge && random_.one_in(3))) {
      draw_leaves(at, level, index);
      continue;
    }
    Address child = 0;
    if (!shared(level - 1, child)) child = draw_table(level - 1);
    draft_.add(Op::paging, {{operand::pa_at, at},
                            {operand::pa_index, index},
                            {operand::pa_to, child},
                            {operand::pa_bits, bits(/*leaf=*/false)}});
  }
  return at;
}

Domain Tables::draw_domain() {
  const unsigned width = any_width();
  const unsigned levels = std::max(unit_.rules.levels(width), 3u);
  Address top = 0;
  if (!shared(levels, top)) top = draw_table(levels);
  // Ids from a small pool, so that some meet; 0 is reserved where caching mode tags faults with it (S§6.1).
  const uint64_t id = random_.below(4) + (unit_.rules.caching_mode ? 1 : 0);
  return {width, top, id};
}

void Tables::draw_context(Address at, model::SourceId source, const std::vector<Domain>& domains) {
  const Domain& domain = domains[random_.below(domains.size())];
  uint64_t type = 0, table = domain.table, width = domain.width;
  if (unit_.rules.device_tlb && random_.one_in(6)) type = 1;
  if (unit_.rules.pass_through && random_.one_in(6)) {
    type = 2;
    table = random_.one_in(2) ? 0 : table;
    for (unsigned code = 3; code > 0; --code) {  // pass-through wants the largest width (S§9.3)
      if (unit_.rules.levels(code) != 0) {
        width = code;
        break;
      }
    }
  }
  draft_.add(Op::context, {{operand::co_at, at},
                           {operand::co_devfn, model::devfn_of(source)},
                           {operand::co_table, table},
                           {operand::co_count, random_.one_in(16) ? 1 + random_.below(256) : 1},
                           {operand::co_width, width},
                           {operand::co_type, type},
                           {operand::co_domain, domain.id},
                           {operand::co_bits, random_.pick({1, 1, 1, 3, 0, 2})},
                           {operand::co_high, random_.one_in(6) ? random_.below(16) << 3 : 0}});  // AVAIL
  draft_.devices.push_back({index_, source});
}

void Tables::draw() {
  std::vector<Domain> domains;
  for (uint64_t n = 1 + random_.below(2); n > 0; --n) domains.push_back(draw_domain());

  const Address first = draft_.new_table(model::kContextRole);
  const bool two = random_.one_in(3);
  const Address second = two ? draft_.new_table(model::kContextRole) : first;
  draft_.add(
      Op::root,
      {{operand::ro_at, unit_.root}, {operand::ro_table, first}, {operand::ro_count, random_.one_in(16) ? 256u : 1u}});
  if (two || random_.one_in(6))
    draft_.add(Op::root, {{operand::ro_at, unit_.root}, {operand::ro_bus, 1}, {operand::ro_table, second}});

  for (uint64_t n = 1 + random_.below(4); n > 0; --n) {
    const auto devfn = static_cast<unsigned>(random_.pick({0x10, 0x11, 0x18, 0xfa}));
    const bool on_second = two && random_.one_in(2);
    draw_context(on_second ? second : first, model::source_id(on_second ? 1 : 0, devfn), domains);
  }
}

}  // namespace

void draw_tables(Draft& draft) {
  for (unsigned index = 0; index < draft.units.size(); ++index) {
    draft.unit = index;
    const DraftUnit unit = draft.units[index];
    Tables(draft, unit, index).draw();
  }
}

}  // namespace vtd::harness
