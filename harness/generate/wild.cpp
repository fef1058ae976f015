// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a broken or hostile kernel leaves, and hosts that refuse, drawn at random: no row of the catalogue, but named
// places all the same.
#include <algorithm>
#include <string_view>

#include "harness/generate/constructs.h"
#include "harness/generate/growth.h"

namespace vtd::harness {
namespace {

using model::Address;
using model::Op;
namespace operand = model::operand;

void wild_word(Draft& draft) {
  const uint64_t value = draft.random.one_in(4) ? ~uint64_t{0} : draft.random.next();
  draft.add(Op::word, {{operand::w_at, any_table(draft).at + 8 * draft.random.below(512)}, {operand::w_value, value}});
}

// An entry of any table that points where it should not, or to a table of whatever role, itself included.
void wild_pointer(Draft& draft) {
  RandomSource& random = draft.random;
  const DraftTable table = any_table(draft);
  const Address to = random.one_in(2) ? any_table(draft).at : wild_address(random);
  if (table.role == model::kRootRole) {
    draft.add(Op::root, {{operand::ro_at, table.at}, {operand::ro_bus, random.below(3)}, {operand::ro_table, to}});
  } else if (table.role == model::kContextRole) {
    draft.add(Op::context, {{operand::co_at, table.at},
                            {operand::co_devfn, random.pick({0x10, 0x11, 0xfa})},
                            {operand::co_table, to},
                            {operand::co_width, 1 + random.below(3)},
                            {operand::co_domain, random.below(4)}});
  } else {
    draft.add(Op::paging, {{operand::pa_at, table.at},
                           {operand::pa_index, random.below(4)},
                           {operand::pa_to, to},
                           {operand::pa_bits, random.one_in(4) && table.role > 1 ? 0x83u : 3u}});
  }
}

// Entries with reserved bits, unsupported widths and types, domain-ids above the unit's.
void wild_bits(Draft& draft) {
  RandomSource& random = draft.random;
  const DraftTable table = any_table(draft);
  const uint64_t bit = uint64_t{1} << random.pick({2, 5, 7, 11, 45, 47, 51, 52, 62, 63});
  if (table.role == model::kRootRole) {
    draft.add(Op::root, {{operand::ro_at, table.at},
                         {operand::ro_table, any_table(draft).at},
                         {operand::ro_bits, 1 | bit},
                         {operand::ro_high, random.one_in(2) ? bit : 0}});
  } else if (table.role == model::kContextRole) {
    draft.add(Op::context, {{operand::co_at, table.at},
                            {operand::co_devfn, random.pick({0x10, 0x11, 0xfa})},
                            {operand::co_table, any_table(draft).at},
                            {operand::co_width, random.below(8)},
                            {operand::co_type, random.below(4)},
                            {operand::co_domain, random.next() & 0xffff},
                            {operand::co_bits, random.one_in(2) ? 1 | bit : 3}});
  } else {
    draft.add(Op::paging, {{operand::pa_at, table.at},
                           {operand::pa_index, random.below(4)},
                           {operand::pa_to, any_table(draft).at},
                           {operand::pa_bits, 3 | bit}});
  }
}

// Memory of another kind below a table that is in use.
void wild_map(Draft& draft) {
  const Address at = any_table(draft).at;
  draft.add(Op::memory,
            {{operand::m_kind, draft.random.below(5)}, {operand::m_first, at}, {operand::m_last, at + 0xfff}});
}

void wild_platform(Draft& draft) {
  RandomSource& random = draft.random;
  const auto presets = model::presets();
  draft.add(
      Op::unit,
      {{operand::u_capability, random.one_in(2) ? random.next() : presets[random.below(presets.size())].capability},
       {operand::u_extended, presets[random.below(presets.size())].extended},
       {operand::u_root, random.one_in(2) ? wild_address(random) : draft.units[0].root | random.below(16) << 8},
       {operand::u_status, random.pick({0xc0000000, 0x80000000, 0x40000000, 0, 0xc8000000, 0xc4000000})},
       {operand::u_version, random.pick({0x10, 0x60})},
       {operand::u_faults, random.pick({0, 0, 0x10, 0x40})},
       {operand::u_queue, random.one_in(2) ? wild_address(random) : 0},
       {operand::u_tail, 16 * random.below(3)}});
}

void wild_host(Draft& draft) {
  RandomSource& random = draft.random;
  switch (random.below(3)) {
    case 0:
      draft.add(random.one_in(2) ? Op::refuse_one : Op::refuse_allocation,
                {{operand::ra_number, 1 + random.below(24)}});
      break;
    case 1:
      draft.add(Op::unreadable, {{operand::un_page, any_table(draft).at}});
      break;
    default:
      draft.add(Op::stuck, {{operand::st_commands, random.pick({0x40000000, 0x08000000, 0x04000000, 1, 2, 4, 8})}});
      break;
  }
}

Capabilities capabilities_of(const char* name) {
  const model::Preset& preset = *model::find_preset(name);
  return {preset.capability, preset.extended};
}

void use(Draft& draft, const Capabilities& has) {
  draft.add(Op::unit, {{operand::u_index, draft.unit},
                       {operand::u_capability, has.capability},
                       {operand::u_extended, has.extended},
                       {operand::u_root, draft.units[draft.unit].root}});
}

// Contexts carry so many ids that a new domain finds none, or the last one; id 0 is none where CM=1 (S§6.1).
void wild_ids(Draft& draft) {
  use(draft, capabilities_of(draft.random.one_in(2) ? "few_ids" : "few_ids_caching"));
  const Address at = some_table(draft, model::kContextRole);
  const ContextValues values = valid_context(draft);
  const uint64_t last = draft.random.one_in(2) ? 14 : 15;
  for (uint64_t id = draft.random.below(2); id <= last; ++id) {
    draft.add(Op::context, {{operand::co_at, at},
                            {operand::co_devfn, 0x40 + id},
                            {operand::co_table, values.table},
                            {operand::co_width, 2},
                            {operand::co_domain, id}});
  }
  draft.devices.push_back({draft.unit, model::source_id(0, 0x41)});
  // New devices then come and go: what one gives back is all that the next one can have.
  const std::vector<model::Step>& steps = draft.scenario.steps;
  const auto takes_over = [](const model::Step& step) { return step.op == Op::takeover; };
  if (std::none_of(steps.begin(), steps.end(), takes_over)) return;
  for (const uint64_t source : {uint64_t{0x20}, uint64_t{0x110}, uint64_t{0x20}}) {
    draft.add(Op::attach, {{operand::a_source, source}, {operand::a_unit, draft.unit}});
    if (draft.random.one_in(2)) draft.add(Op::detach, {{operand::a_source, source}, {operand::a_unit, draft.unit}});
  }
}

// A field of a real unit's capabilities with a value that it must not have (S§11.4.2, S§11.4.3).
void reserved_field(Draft& draft) {
  const model::Preset& preset = model::presets()[draft.random.below(model::presets().size())];
  Capabilities has{preset.capability, preset.extended};
  switch (draft.random.below(4)) {
    case 0:
      has.capability |= 7;  // ND
      break;
    case 1:
      has.capability &= ~(uint64_t{0x1f} << 8);  // SAGAW: no width at all
      break;
    case 2:
      has.capability = (has.capability & ~(uint64_t{15} << 34)) | uint64_t{2} << 34;  // SLLPS: 1 GiB without 2 MiB
      break;
    default:
      has.extended &= ~(uint64_t{0x3ff} << 8);  // IRO: invalidation on top of other registers
      break;
  }
  use(draft, has);
}

// A unit whose takeover needs no invalidation, and that carries out none afterwards: where CM=1 or RWBF=1 even a new
// entry needs one.
void wild_silence(Draft& draft) {
  constexpr uint64_t kCachingMode = 1 << 7, kWriteBuffer = 1 << 4;  // of CAP (S§11.4.2)
  Capabilities has = capabilities_of("five_level");
  has.capability |= draft.random.pick({0, kCachingMode, kCachingMode, kWriteBuffer});
  use(draft, has);
  draft.add(Op::stuck, {{operand::st_unit, draft.unit}, {operand::st_commands, draft.random.pick({1, 2, 4, 4, 7})}});
  draft.silent = true;
}

// A device with a mapping of a table changes it while it is copied.
void hostile_device(Draft& draft) {
  const DraftTable table = any_table(draft);
  add_leaf(draft, table.at);
  const uint64_t index = table.role > 5 ? 2 * some_index(draft.random) % 512 : some_index(draft.random);
  const uint64_t to = draft.random.one_in(2) ? any_table(draft).at : wild_address(draft.random);
  draft.add(Op::device_write, {{operand::dw_at, table.at + 8 * index},
                               {operand::dw_value, draft.random.one_in(4) ? draft.random.next() : to | 3}});
}

constexpr Construct kWild[] = {
    {"pointer", "an entry that points where it should not, or to a table of whatever role", wild_pointer},
    {"bits", "reserved bits, unsupported widths and types, domain-ids above the unit's", wild_bits},
    {"word", "any qword of a table", wild_word},
    {"map", "memory of another kind below a table", wild_map},
    {"platform", "capabilities, status and queue of a unit that has gone mad", wild_platform},
    {"device", "a device that writes old tables while they are copied", hostile_device},
    {"field", "a reserved value in the capabilities of a unit", reserved_field},
    {"ids", "every domain-id of the unit is in use", wild_ids},
    {"silence", "a unit that carries out nothing after the takeover", wild_silence},
    {"host", "memory refused, pages that cannot be read, commands that are ignored", wild_host},
};

}  // namespace

Address wild_address(RandomSource& random) {
  return random.pick({0, 0x30000000, 0x303ff000, 0x34000000, 0xfed90000, 0xfee00000, 0xc0000000, 0x13ffff000,
                      0x200000000, 0x3ffff000, 0x3ffffffff000, 0x400000000000, uint64_t{1} << 51, random.next()});
}

std::span<const Construct> wild_constructs() { return kWild; }

}  // namespace vtd::harness
