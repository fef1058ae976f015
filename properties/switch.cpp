// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks that the switch took place on every unit, and hands on what the hardware model says about commands, caches,
// write-backs and entries in use.
// Does not judge stores itself: the hardware model watches them one by one (model/hardware.h).
// S§6.6, S§6.5, S§9.
#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Rule;

struct Meaning {
  Rule rule;
  Property property;
  const char* what;
  // Instead, where it is about a root or context table: those are the engine's own, and no domain's.
  const char* of_upper_table = nullptr;
};

constexpr Meaning kMeanings[] = {
    {Rule::translation_stays_enabled, Property::translation_is_never_disabled, "a command cleared translation enable"},
    {Rule::commands_are_legal, Property::commands_are_legal, "a command that is not legal in this state"},
    {Rule::mode_is_kept, Property::mode_is_kept, "the table mode changed while translation is on"},
    {Rule::root_is_written_back, Property::tables_are_written_back_before_use,
     "a page table was not written back when the root was set",
     "a root or context table was not written back when the root was set"},
    {Rule::write_buffer_is_flushed, Property::tables_are_written_back_before_use,
     "the write buffer was not flushed when the root was set"},
    {Rule::root_switch_is_equivalent, Property::every_intermediate_state_translates,
     "the root that was set translates differently"},
    {Rule::invalidation_order, Property::caches_are_invalidated_in_order,
     "the IOTLB was invalidated before the context cache"},
    {Rule::invalidation_is_legal, Property::invalidations_are_legal, "an invalidation that hardware rejects"},
    {Rule::live_context_is_not_torn, Property::a_live_entry_is_never_torn, "a root or context entry in use was torn"},
    {Rule::live_paging_entry_is_not_torn, Property::a_live_entry_is_never_torn, "a paging entry in use was torn"},
    {Rule::present_entry_is_not_edited, Property::a_live_entry_is_never_edited,
     "a present entry became another present entry"},
    {Rule::contents_before_publication, Property::contents_precede_publication,
     "a table was published before its contents"},
    {Rule::old_entry_is_forgotten_first, Property::hardware_forgets_before_reuse,
     "an entry became present while caches may hold the one before"},
    {Rule::page_is_forgotten_before_free, Property::hardware_forgets_before_free,
     "a paging table was freed that hardware may still use",
     "a root or context table was freed that hardware may still use"},
    {Rule::device_tlbs_forget_too, Property::device_tlbs_forget_too,
     "a device-TLB may still hold what the tables no longer give"},
    {Rule::departed_device_is_not_asked, Property::departed_devices_are_not_asked,
     "the device-TLB of a device that is gone, or has none, was asked to forget"},
    {Rule::nothing_stale_after_call, Property::no_stale_cache_entry_is_reachable,
     "a cache may still hold what the tables no longer give"},
};

consteval bool in_order() {
  for (std::size_t i = 0; i < model::kRules; ++i) {
    if (kMeanings[i].rule != static_cast<Rule>(i)) return false;
  }
  return true;
}
static_assert(sizeof kMeanings / sizeof kMeanings[0] == model::kRules && in_order());

}  // namespace

void judge_switch(const Case& c) {
  for (unsigned unit = 0; unit < c.units(); ++unit) {
    const auto number = static_cast<std::uint8_t>(unit);
    const std::uint64_t active = c.evidence.hardware->active_root(unit), claimed = c.evidence.claims->units[unit].root;
    c.check(Property::the_switch_happened, model::page_of(active) == model::page_of(claimed) && claimed != 0,
            {Property::kCount, "the unit does not use the root the engine names", number, kNoSource, 0, active, claimed,
             active, 0, 0});
    c.check(Property::the_switch_happened, c.evidence.hardware->translating(unit),
            {Property::kCount, "translation is off after the takeover", number, kNoSource, 0, 0, 1, 0, 0, 0});
  }
}

// The hardware counts since it was started: a smaller number means that another run began.
void judge_rules(const Case& c, RuleCounts& counts) {
  const model::Hardware& hardware = *c.evidence.hardware;
  bool restarted = false;
  for (const Meaning& m : kMeanings)
    restarted |= hardware.checked(m.rule) < counts.seen[static_cast<std::size_t>(m.rule)];
  if (restarted) counts = {};
  for (const Meaning& m : kMeanings) {
    std::uint64_t& seen = counts.seen[static_cast<std::size_t>(m.rule)];
    c.judge.evaluated(m.property, hardware.checked(m.rule) - seen);
    seen = hardware.checked(m.rule);
  }
  for (const model::Violation& v : hardware.violations()) {
    const Meaning& m = kMeanings[static_cast<std::size_t>(v.rule)];
    const bool upper = m.of_upper_table != nullptr && v.got >= model::kContextRole;
    c.judge.broke({m.property, upper ? m.of_upper_table : m.what, v.unit, kNoSource, 0, v.address, v.expected, v.got, 0,
                   v.event});
  }
}

}  // namespace vtd::properties
