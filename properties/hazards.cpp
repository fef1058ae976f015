// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that every context entry through which a device can write crash memory or device registers is reported, and
// that nothing is reported without such a cause. Does not look at what map makes: that is the crash kernel's own.
// Entries beyond MGAW need no report, but excuse one. engine/README.md, entries: once for each old context entry and
// reason.
#include <algorithm>

#include "properties/groups.h"
#include "properties/scan.h"

namespace vtd::properties {
namespace {

using model::Address;
using model::Claim;
using model::ClaimKind;
using model::Reason;
using model::Verdict128;

constexpr std::uint8_t kSeen = 1, kCrash = 2, kRegisters = 4;

// What the writable leaves below a table reach. One visit per (page, level).
class Reach {
 public:
  Reach(const Case& judged, unsigned unit, bool whole_tables)
      : case_(judged), unit_(unit), tables_(case_.evidence.before[unit]), whole_tables_(whole_tables) {
    case_.scratch.memo.clear();
  }

  std::uint8_t of(Address page, unsigned level) {
    if (const std::uint8_t known = case_.scratch.memo.find(page | level); known != 0) return known;
    const model::Rules& rules = *tables_.rules;
    const std::uint64_t* entries = case_.old_page(unit_, page);
    std::uint8_t found = kSeen;
    each_present(entries, reachable(level), [&](unsigned index) {
      const std::uint64_t entry = entries[index];
      if ((entry & 2) == 0) return true;
      const model::PagingVerdict verdict = read_paging(rules, entry, level);
      const Address to = entry & rules.address_mask;
      if (verdict == model::PagingVerdict::leaf) found = static_cast<std::uint8_t>(found | leaf(to, level));
      if (verdict == model::PagingVerdict::link && case_.scratch.places.can_be_copied(to))
        found = static_cast<std::uint8_t>(found | of(to, level - 1));
      return true;
    });
    case_.scratch.memo.put(page | level, 0, found);
    return found;
  }

 private:
  unsigned reachable(unsigned level) const {
    const unsigned bits = tables_.rules->guest_address_width, shift = model::shift_of(level);
    if (whole_tables_ || bits >= shift + 9) return model::kEntriesPerPage;
    return bits <= shift ? 1 : 1u << (bits - shift);
  }

  std::uint8_t leaf(Address to, unsigned level) const {
    const Address inside = (Address{1} << model::shift_of(level)) - 1, first = to & ~inside, last = first | inside;
    const model::Memory& memory = case_.evidence.machine->memory;
    std::uint8_t found = 0;
    const model::MemoryRange crash = memory.crash(case_.evidence.generation);
    if (memory.has_crash(case_.evidence.generation) && writes(first, last, crash)) found |= kCrash;
    for (const model::MemoryRange& range : memory.ranges()) {
      if (range.kind == model::MemoryKind::mmio && writes(first, last, range)) found |= kRegisters;
    }
    return found;
  }

  // Output in FEEx_xxxx is blocked (S§3.14), so it reaches nothing there.
  bool writes(Address first, Address last, const model::MemoryRange& range) const {
    const Address from = std::max(first, range.first), to = std::min(last, range.last);
    if (from > to) return false;
    return whole_tables_ || from < model::kInterruptFirst || to > model::kInterruptLast;
  }

  const Case& case_;
  unsigned unit_;
  const model::Hierarchy& tables_;
  bool whole_tables_;
};

bool reported(const Case& c, unsigned unit, const ContextSeen& context, Reason reason) {
  const std::vector<Claim>& findings = c.evidence.claims->findings;
  return std::any_of(findings.begin(), findings.end(), [&](const Claim& claim) {
    return claim.kind == ClaimKind::hazard && claim.reason == reason && claim.unit == unit &&
           claim.entry == context.entry;
  });
}

void require(const Case& c, unsigned unit, const ContextSeen& context, Reason reason, bool due, const char* what) {
  c.check(Property::hazards_are_reported, !due || reported(c, unit, context, reason),
          {Property::kCount, what, static_cast<std::uint8_t>(unit), context.source, 0, context.entry, 1, 0, 0, 0});
}

void judge_unit(const Case& c, unsigned unit) {
  Reach reach(c, unit, /*whole_tables:*/ false);
  for (const ContextSeen& context : c.scratch.before.unit(unit).contexts) {
    const bool passes = context.step.verdict == Verdict128::pass_through;
    require(c, unit, context, Reason::reaches_everything, passes, "a pass-through entry is not reported");
    if (!context.followed) continue;
    const std::uint8_t found = reach.of(context.step.next, context.step.levels);
    require(c, unit, context, Reason::bypasses_tables, context.step.device_tlb,
            "an entry that allows translated requests is not reported");
    require(c, unit, context, Reason::covers_crash_memory, (found & kCrash) != 0,
            "a device can write the crash reservation, and this is not reported");
    require(c, unit, context, Reason::covers_registers, (found & kRegisters) != 0,
            "a device can write device registers, and this is not reported");
  }
}

bool has_cause(const Claim& claim, const ContextSeen& context, Reach& reach) {
  if (claim.reason == Reason::reaches_everything) return context.step.verdict == Verdict128::pass_through;
  if (!context.followed) return false;
  if (claim.reason == Reason::bypasses_tables) return context.step.device_tlb;
  const std::uint8_t found = reach.of(context.step.next, context.step.levels);
  return (found & (claim.reason == Reason::covers_crash_memory ? kCrash : kRegisters)) != 0;
}

}  // namespace

void judge_hazards(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    judge_unit(c, unit);
    Reach reach(c, unit, /*whole_tables:*/ true);
    const std::vector<ContextSeen>& contexts = c.scratch.before.unit(unit).contexts;
    for (const Claim& claim : c.evidence.claims->findings) {
      if (claim.kind != ClaimKind::hazard || claim.unit != unit) continue;
      const auto context = std::find_if(contexts.begin(), contexts.end(),
                                        [&](const ContextSeen& seen) { return seen.entry == claim.entry; });
      const bool is_one = context != contexts.end() && has_cause(claim, *context, reach);
      c.check(Property::hazards_are_reported, is_one,
              {Property::kCount, "a hazard is reported that is none", claim.unit, claim.source, 0, claim.entry, 0,
               claim.value, 0, 0});
      c.check(Property::hazards_are_reported,
              !is_one || (c.names_its_entry(claim) && claim.value == context->value.low),
              {Property::kCount, "a hazard is reported with another device, level or value than its entry has",
               claim.unit, claim.source, 0, claim.entry, is_one ? context->value.low : 0, claim.value, 0, 0});
    }
  }
}

}  // namespace vtd::properties
