// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that a refusal names a condition of the machine that holds, and that a machine that must be refused is.
// Does not check which of several true reasons is named. The numbers are those of enum vtd_status in engine/takeover.h;
// they are written out because properties never see the engine's headers.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::UnitState;

constexpr std::uint32_t kTranslating = 1u << 31, kRootSet = 1u << 30, kWriteBufferBusy = 1u << 27, kQueueOn = 1u << 26;
constexpr std::uint32_t kQueueErrors = 0x70;  // FSTS.ITE, ICE, IQE

bool not_enabled(const Case& c, unsigned unit) {
  return (c.evidence.status_before[unit] & (kTranslating | kRootSet)) != (kTranslating | kRootSet);
}
bool other_mode(const Case& c, unsigned unit) { return (c.evidence.before[unit].root >> 10 & 3) != 0; }
// What a unit makes of RTADDR bits above the host address width is not known (S§11.4.5).
bool bad_root(const Case& c, unsigned unit) {
  const std::uint64_t root = c.evidence.before[unit].root;
  return root >> c.rules(unit).host_address_width != 0 || !c.scratch.places.can_be_copied(model::page_of(root));
}

// ND=111b is reserved, a unit without a supported width translates nothing (S§11.4.2), and ECAP.IRO below the end of
// IRTA puts the invalidation registers on top of others (S§11.4.3).
bool useless(const Case& c, unsigned unit) {
  const UnitState& state = c.evidence.machine->units[unit];
  const std::uint64_t invalidation_offset = (state.extended_capability >> 8 & 0x3ff) * 16;
  return (state.capability & 7) == 7 || c.rules(unit).supported_widths == 0 || invalidation_offset < 0xc0;
}

// Other values that an engine may find unusable: superpage sizes that are not legal, an address width below the host's,
// no way left to invalidate (S§6.5.1: registers do not serve from major version 6 on), registers that do not answer.
bool doubtful(const Case& c, unsigned unit) {
  const UnitState& state = c.evidence.machine->units[unit];
  const unsigned superpages = static_cast<unsigned>(state.capability >> 34 & 15);
  const bool silent = ~state.capability == 0 || ~state.extended_capability == 0;
  return useless(c, unit) || silent || (superpages != 0 && superpages != 1 && superpages != 3) ||
         c.rules(unit).guest_address_width < c.rules(unit).host_address_width ||
         ((state.version >> 4 & 15) >= 6 && !c.rules(unit).queued);
}

// From major version 6 on registers do not invalidate (S§6.5.1).
bool needs_queue(const Case& c, unsigned unit) { return (c.evidence.machine->units[unit].version >> 4 & 15) >= 6; }

bool busy(const Case& c, unsigned unit) {
  return (c.evidence.status_before[unit] & kWriteBufferBusy) != 0 || c.evidence.hardware->ignores(unit) != 0;
}

bool queue_broken(const Case& c, unsigned unit) {
  const UnitState& state = c.evidence.machine->units[unit];
  const bool on = (c.evidence.status_before[unit] & kQueueOn) != 0;
  return (on && ((state.fault_status & kQueueErrors) != 0 || state.queue_head != state.queue_tail)) ||
         (c.evidence.hardware->ignores(unit) & model::kStuckQueue) != 0;
}

bool stuck(const Case& c, unsigned unit) { return c.evidence.hardware->ignores(unit) != 0; }

bool any_unit(const Case& c, bool (*condition)(const Case&, unsigned)) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    if (condition(c, unit)) return true;
  }
  return false;
}

bool is_true(const Case& c, int status) {
  switch (status) {
    case -1:
      return c.evidence.observed->refused > 0;
    case -3:
      return any_unit(c, not_enabled);
    case -4:
      return any_unit(c, other_mode);
    case -5:
      return any_unit(c, bad_root);
    case -6:
      return any_unit(c, doubtful);
    case -7:
      return any_unit(c, busy);
    case -8:
      return any_unit(c, queue_broken);
    case -9:
      return any_unit(c, stuck);
    case -16:
      return c.units() > 1 || any_unit(c, needs_queue);  // an engine may serve a single unit, or registers only
    default:
      return false;  // bad arguments, wrong order: never the machine's fault
  }
}

struct MustRefuse {
  bool (*condition)(const Case&, unsigned);
  const char* what;
};

constexpr MustRefuse kMustRefuse[] = {
    {not_enabled, "a unit that does not translate was taken over"},
    {other_mode, "a unit in another mode than legacy was taken over"},
    {bad_root, "a root table that is not in readable old RAM was copied"},
    {useless, "a unit with a reserved or unusable capability was taken over"},
};

}  // namespace

void judge_refusal(const Case& c, int status) {
  c.check(Property::refusal_names_a_true_reason, is_true(c, status),
          {Property::kCount, "the reason given for the refusal does not hold", 0, kNoSource, 0, 0, 0,
           static_cast<std::uint64_t>(static_cast<std::int64_t>(status)), 0, 0});
}

void judge_acceptance(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    for (const MustRefuse& must : kMustRefuse) {
      c.check(Property::refusal_names_a_true_reason, !must.condition(c, unit),
              {Property::kCount, must.what, static_cast<std::uint8_t>(unit), kNoSource, 0, 0,
               c.evidence.before[unit].root, c.evidence.status_before[unit], 0, 0});
    }
  }
}

}  // namespace vtd::properties
