// SPDX-License-Identifier: Apache-2.0 OR MIT
// Draws the machine: units after real presets, crash reservations large and small, regions reserved by firmware.
#include <iterator>

#include "harness/generate/draft.h"

namespace vtd::harness {
namespace {

using model::Op;
namespace operand = model::operand;

constexpr uint64_t kTranslating = 0xc0000000, kQueueOn = 0x04000000;  // GSTS: TES and RTPS, QIES (S§11.4.5)

// Features that stand for themselves, so that units have them in every mix (S§11.4.2, S§11.4.3).
constexpr uint64_t kCapabilityFeatures[] = {
    uint64_t{1} << 7,   // CM
    uint64_t{1} << 4,   // RWBF
    uint64_t{1} << 22,  // ZLR
    uint64_t{1} << 39,  // PSI
    uint64_t{1} << 63,  // ESRTPS
};
constexpr uint64_t kExtendedFeatures[] = {
    1 << 0,  // C
    1 << 6,  // PT
    1 << 7,  // SC
};

void draw_unit(Draft& draft, unsigned index, uint64_t host_address_width) {
  RandomSource& random = draft.random;
  draft.unit = index;
  const Capabilities has = draw_capabilities(random);

  model::UnitState state;
  state.capability = has.capability;
  state.extended_capability = has.extended;
  const DraftUnit unit{model::Rules::of(state, static_cast<unsigned>(host_address_width)),
                       draft.new_table(model::kRootRole)};
  draft.units.push_back(unit);

  // An idle queue: head and tail anywhere, but equal (S§6.5.2).
  const bool queue = unit.rules.queued && random.one_in(2);
  const uint64_t position = queue ? 16 * random.below(8) : 0;
  draft.add(Op::unit, {{operand::u_index, index},
                       {operand::u_capability, has.capability},
                       {operand::u_extended, has.extended},
                       {operand::u_root, unit.root},
                       {operand::u_status, kTranslating | (queue ? kQueueOn : 0)},
                       {operand::u_version, random.pick({0x10, 0x10, 0x40, 0x50})},
                       {operand::u_latency, random.one_in(4) ? 1 + random.below(3) : 0},
                       {operand::u_queue, queue ? draft.new_frame() : 0},
                       {operand::u_head, position},
                       {operand::u_tail, position}});
}

void draw_crash_regions(Draft& draft) {
  RandomSource& random = draft.random;
  switch (random.below(8)) {
    case 0:
      draft.add(Op::crash, {{operand::c_first, 0x30000000}, {operand::c_last, 0x30000fff + 0x1000 * random.below(24)}});
      break;
    case 1:
      draft.add(Op::crash, {{operand::c_first, 0x120000000}, {operand::c_last, 0x1203fffff}});
      break;
    case 2:
      draft.add(Op::crash, {{operand::c_generation, 1}, {operand::c_first, 0x38000000}, {operand::c_last, 0x3800ffff}});
      break;
    default:
      break;
  }
}

}  // namespace

Capabilities draw_capabilities(RandomSource& random) {
  const auto presets = model::presets();
  const model::Preset& preset = presets[random.one_in(3) ? 0 : random.below(presets.size())];
  Capabilities has{preset.capability, preset.extended};
  if (!random.one_in(4)) return has;
  if (random.one_in(3))
    has.extended ^= kExtendedFeatures[random.below(std::size(kExtendedFeatures))];
  else
    has.capability ^= kCapabilityFeatures[random.below(std::size(kCapabilityFeatures))];
  return has;
}

void draw_platform(Draft& draft) {
  RandomSource& random = draft.random;
  const uint64_t host_address_width = random.pick({46, 46, 46, 39, 48, 52});
  draft.add(Op::platform, {{operand::p_host_address_width, host_address_width}});
  const uint64_t units = random.one_in(8) ? 2 + random.below(2) : 1;
  for (unsigned index = 0; index < units; ++index) draw_unit(draft, index, host_address_width);
  draw_crash_regions(draft);
  // Firmware and old kernels keep tables in such memory too (sheet, N37): the last frames of the pool.
  if (random.one_in(6)) {
    draft.add(
        Op::memory,
        {{operand::m_kind, 1 + 2 * random.below(2)}, {operand::m_first, 0x10d0000}, {operand::m_last, 0x10dffff}});
  }
  if (random.one_in(5)) {
    const uint64_t first = random.pick({0x200000, 0x7f000, 0x1000000});
    draft.add(Op::reserved, {{operand::r_source, random.pick({0x10, 0xfa})},
                             {operand::r_first, first},
                             {operand::r_last, first + 0xfff + 0x1000 * random.below(3)}});
  }
}

}  // namespace vtd::harness
