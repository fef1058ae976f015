// SPDX-License-Identifier: Apache-2.0 OR MIT
// What each property means, for people: group, section of the specification (S§) or of this project's contract.
#include <cstddef>

#include "properties/judge.h"

namespace vtd::properties {
namespace {

constexpr const char* kContract = "engine/takeover.h";
constexpr const char* kEntries = "engine/README.md, entries";
constexpr const char* kAdoption = "engine/README.md, adoption";

#define ROW(property, group, section, stores, meaning) {Property::property, #property, group, section, meaning, stores}

constexpr PropertyInfo kCatalogue[] = {
    ROW(translations_are_preserved, "translation", "S§6.6", false,
        "What the old tables translate, the new ones translate to the same address with the same permissions and snoop "
        "bit."),
    ROW(blocked_stays_blocked, "translation", "S§6.6", false,
        "What the old tables block never reaches memory through the new ones."),
    ROW(fault_reason_is_kept, "translation", "S§7.1.3", false,
        "A blocked request keeps its fault reason, and whether the fault is recorded, unless a quarantine is "
        "reported."),
    ROW(ignored_and_fpd_bits_survive, "translation", "S§9.1, S§9.3, S§9.8", false,
        "Right after the copy every entry is bit for bit the old one, but for the addresses of followed links and "
        "quarantined entries, of which nothing but FPD, the width and the id may stay."),
    ROW(quarantine_has_a_cause, "translation", kEntries, false,
        "Every quarantined entry was a link to a page that cannot be copied, and the reason given is the true one."),
    ROW(device_view_translates_too, "translation", "S§6.8", false,
        "A unit that does not snoop finds the same translations in what was written back."),

    ROW(every_new_table_lies_in_crash_memory, "bounds", kContract, false,
        "Root and context tables lie in the crash reservation; page tables too, or (shallow) in old RAM."),
    ROW(no_copied_pointer_leads_to_old_tables, "bounds", kEntries, false,
        "After a deep copy no link of the new page tables leaves the crash reservation."),
    ROW(only_old_ram_is_read, "bounds", kContract, false,
        "Old memory is read only where it is old RAM and mapped: never device registers, holes, the crash reservation "
        "or FEEx_xxxx."),
    ROW(nothing_else_is_written, "bounds", kContract, true,
        "In crash memory only pages that the host has given are written."),
    ROW(old_memory_is_untouched, "bounds", kContract, false, "No byte of old memory changes."),

    ROW(each_old_entry_is_fetched_once, "hostile memory", kContract, true,
        "An entry of old memory that was validated is not read a second time for use: a device may have changed it."),
    ROW(work_is_bounded, "hostile memory", kEntries, false,
        "A call reads no more old memory than one page per distinct (page, role)."),

    ROW(frames_are_accounted, "resources", kContract, false,
        "Pages in use are those reported, each is freed once, and at the end all are back."),
    ROW(failure_frees_everything, "resources", kContract, false,
        "A takeover that is refused before registers are written gives back every page it took, and so does a call "
        "that fails later; nothing is reported otherwise than before."),
    ROW(failure_leaves_hardware_alone, "resources", kContract, false,
        "Boot and copy write no register, and a failed commit leaves translation on with a complete root."),
    ROW(sharing_is_kept, "resources", kEntries, false,
        "There is one copy per distinct old (page, role), and per unit for root and context tables; the report says "
        "so."),

    ROW(translation_is_never_disabled, "switch", "S§11.4.4", false, "No command clears translation enable."),
    ROW(commands_are_legal, "switch", "S§11.4.4.1", false,
        "Global commands are built from the status, one bit at a time, one in flight."),
    ROW(mode_is_kept, "switch", "S§6.6", false, "The translation table mode does not change while translation is on."),
    ROW(every_intermediate_state_translates, "switch", "S§6.6", false,
        "When a root is set, new and old hierarchy answer every request alike."),
    ROW(caches_are_invalidated_in_order, "switch", "S§6.5.2.12, S§6.6", false,
        "After a root is set the context cache is invalidated before the IOTLB."),
    ROW(invalidations_are_legal, "switch", "S§6.5", false,
        "Invalidations go through the interface that is in force and are well formed."),
    ROW(tables_are_written_back_before_use, "switch", "S§6.8", false,
        "A unit that does not snoop finds every table written back when the root is set."),
    ROW(the_switch_happened, "switch", "S§6.6", false,
        "After success every unit translates through the root table the engine names."),

    ROW(a_live_entry_is_never_torn, "live entries", "S§9", true,
        "Entries in use change by one aligned store that leaves them consistent."),
    ROW(a_live_entry_is_never_edited, "live entries", "S§6.2.2, S§6.5.3", true,
        "A present entry becomes another present entry only through not-present and an invalidation, unless both "
        "translate alike."),
    ROW(contents_precede_publication, "live entries", "S§6.8", true,
        "A table is complete and written back when the first live entry points at it."),
    ROW(hardware_forgets_before_reuse, "live entries", "S§6.5.3", true,
        "An entry becomes present only after caches have forgotten what it was."),
    ROW(hardware_forgets_before_free, "live entries", "S§6.5.3", false,
        "A page is freed only when no unit can reach it and no cache points at it."),
    ROW(no_stale_cache_entry_is_reachable, "live entries", "S§6.5.3", false,
        "When a call returns no cache may hold a translation that tables no longer give."),
    ROW(device_tlbs_forget_too, "live entries", "S§6.5.2", true,
        "What a device with TT=01b may have been told is invalidated in its device-TLB, after the unit has forgotten "
        "it."),
    ROW(departed_devices_are_not_asked, "live entries", "S§6.5.2", false,
        "No device-TLB invalidation goes to a device that is gone or has no TLB: nobody answers it, and the queue "
        "waits."),

    ROW(legacy_ids_are_reserved, "domain-ids", "S§6.2", false,
        "The id of every context entry in use is reserved on its unit."),
    ROW(new_ids_never_collide, "domain-ids", "S§6.2", false,
        "A new domain's id is carried by no other domain of the unit."),
    ROW(id_fits_the_unit, "domain-ids", "S§11.4.2 ND", false, "Ids are below the number of ids the unit has."),
    ROW(one_id_one_table, "domain-ids", "S§6.2", false,
        "One id names one table and width; where the old kernel broke this it is reported."),
    ROW(caching_mode_reserves_id_zero, "domain-ids", "S§6.1", false,
        "With caching mode id 0 is never given out, and its use by the old kernel is reported."),
    ROW(ids_return_after_the_last_user, "domain-ids", "engine/README.md, domain-ids", false,
        "An id is free again when no context entry carries it."),

    ROW(adopted_domain_equals_context, "adoption", kAdoption, false,
        "An attached device gets the id, width, table and kind that its context entry says, or a new domain when it "
        "has none."),
    ROW(legacy_iova_is_never_reused, "adoption", kAdoption, false,
        "While legacy mappings live, no new mapping and no offered range overlaps them."),
    ROW(legacy_dma_lives_until_the_driver_takes_over, "adoption", kAdoption, false,
        "An adopted device keeps its legacy translations until its domain is handed over."),
    ROW(other_devices_are_unaffected, "adoption", kAdoption, false,
        "A device that shares no domain with those of a call translates as before."),
    ROW(a_new_mapping_reaches_only_what_was_given, "adoption", kAdoption, false,
        "Beyond legacy mappings a device reaches exactly what map gave its domain."),
    ROW(a_detached_device_reaches_nothing, "adoption", kAdoption, false,
        "After detach or unplug no request of the device is translated."),
    ROW(ranges_are_told_truly, "adoption", kContract, false,
        "The ranges told as in use are exactly those that are, and an offered range is free."),

    ROW(copy_of_a_copy_is_equal, "whole life", "S§6.6", false,
        "When the crash kernel crashes too, the second copy translates as the first old tables did."),
    ROW(hazards_are_reported, "whole life", "engine/README.md, entries", false,
        "Every context entry through which a device can write crash memory or registers is reported, and no other."),
    ROW(reserved_regions_are_reported, "whole life", "S§8.4", false,
        "A reserved region that its device cannot reach identity-mapped is reported, and no other."),
    ROW(refusal_names_a_true_reason, "whole life", kContract, false,
        "A refusal names a condition that holds, and a machine that must be refused is."),
    ROW(wrong_calls_are_refused, "whole life", "engine/takeover.h", false,
        "A call out of order, of what does not exist, or of what cannot be, is refused before anything is done."),
    ROW(the_expected_outcome_happens, "whole life", "the scenario", false,
        "What the scenario expects of requests and findings comes true."),
    ROW(same_input_same_run, "whole life", "CONTRIBUTING.md", false, "The same scenario gives the same trace."),
};
#undef ROW

consteval bool in_order() {
  for (std::size_t i = 0; i < kProperties; ++i) {
    if (kCatalogue[i].property != static_cast<Property>(i)) return false;
  }
  return true;
}
static_assert(sizeof kCatalogue / sizeof kCatalogue[0] == kProperties && in_order());

}  // namespace

std::span<const PropertyInfo> catalogue() { return kCatalogue; }

const PropertyInfo& info(Property property) { return kCatalogue[static_cast<std::size_t>(property)]; }

}  // namespace vtd::properties
