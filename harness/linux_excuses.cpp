// SPDX-License-Identifier: Apache-2.0 OR MIT
// The design of the Linux kernel's takeover (root and context tables are copied, page tables are never looked at, the
// old translation of a device lives until its driver comes up), and the findings in reports/findings/.
#include "harness/linux_excuses.h"

#include <algorithm>
#include <array>

namespace vtd::harness {
namespace {

using properties::Property;

constexpr Excuse kBoth[] = {
    {Property::adopted_domain_equals_context,
     "nothing is adopted: a driver that comes up gets a new, empty domain, after it has reset its device",
     "the domain is of another kind than the context entry asks for"},
    {Property::hazards_are_reported, "page tables are never looked at, so writable leaves into crash memory go unseen"},
    {Property::reserved_regions_are_reported, "page tables are never looked at, so it cannot know what they map"},
    {Property::every_new_table_lies_in_crash_memory,
     "pointers to page tables are copied as they are, wherever they lead: hardware may walk there, the kernel does not",
     "a page table lies neither in crash memory nor in readable old RAM"},
    {Property::tables_are_written_back_before_use,
     "and what it has of its own where such a pointer leads is no table to it, so nothing writes it back",
     "a page table was not written back when the root was set"},
    {Property::a_live_entry_is_never_torn, "nor are its stores to it those of somebody who knows of a device",
     "a paging entry in use was torn"},
    {Property::no_copied_pointer_leads_to_old_tables, "page tables stay where the dead kernel left them"},
    {Property::sharing_is_kept, "a context table that several buses share is copied once for each bus"},
    {Property::work_is_bounded, "a context table that several buses share is read once for each of at most 256 buses",
     "a call read more old memory than the distinct (page, role) pairs hold"},
    {Property::one_id_one_table, "conflicts of domain-ids are not looked for", "an id with two tables is not reported"},
    {Property::one_id_one_table, "conflicts of domain-ids are not looked for", "an id with two widths is not reported"},
    {Property::one_id_one_table, "a conflict of the old kernel's stays one while devices come and go",
     "an id has come to name two tables or widths"},
    {Property::caching_mode_reserves_id_zero, "conflicts of domain-ids are not looked for",
     "the use of id 0 in caching mode is not reported"},
    {Property::the_expected_outcome_happens,
     "scenarios expect the findings, the copies and the adoption of this project's contract"},
    {Property::ignored_and_fpd_bits_survive,
     "root entries are made anew and entries that are not present are not copied", "the entry is not a verbatim copy"},

    {Property::refusal_names_a_true_reason, "a root table in page zero is taken for none",
     "the reason given for the refusal does not hold"},
    {Property::failure_frees_everything, "commit begins anew: a failure leaves less than the copy had taken",
     "a refused call kept pages"},
    {Property::failure_frees_everything, "a context table that was made for a device stays when the device cannot come",
     "a call that failed, or was repeated, has kept pages"},

    {Property::translations_are_preserved, "a bus whose table cannot be copied is left out, and the takeover succeeds",
     "the old tables translate here, the new ones do not", "0002-a-bus-is-lost-and-nobody-is-told"},
    {Property::work_is_bounded, "a queue that stands still is waited for without end",
     "the engine waits for hardware without end", "0003-a-stuck-queue-is-waited-for-without-end"},
    {Property::only_old_ram_is_read, "whatever a root entry names is mapped and read, registers and own memory too",
     "something that is not old RAM was asked for", "0004-any-address-is-read-as-a-table"},
    {Property::fault_reason_is_kept,
     "reserved bits of root entries are dropped, and FPD of entries that are not present",
     "both block here, but for another reason, or recorded differently", "0005-root-entries-are-repaired"},
    {Property::blocked_stays_blocked, "a bus behind reserved bits is opened",
     "the old tables block here, the new ones reach memory", "0005-root-entries-are-repaired"},
    {Property::every_intermediate_state_translates, "so is every other difference of the copy when the root is set",
     "the root that was set translates differently", "0005-root-entries-are-repaired"},
    {Property::ids_return_after_the_last_user, "ids of the dead kernel are never given back",
     "an id that no context entry carries stays reserved", "0006-old-domain-ids-never-return"},
    {Property::refusal_names_a_true_reason, "reserved values of CAP.ND are taken for good",
     "a unit with a reserved or unusable capability was taken over", "0007-reserved-register-values-are-accepted"},
    {Property::refusal_names_a_true_reason, "and those of RTADDR.TTM",
     "a unit in another mode than legacy was taken over", "0007-reserved-register-values-are-accepted"},
    {Property::refusal_names_a_true_reason, "whether a root pointer was ever set is not looked at",
     "a unit that does not translate was taken over", "0007-reserved-register-values-are-accepted"},
    {Property::a_new_mapping_reaches_only_what_was_given,
     "CAP.SLLPS=2, 1 GiB pages only, is taken for 2 MiB pages, too",
     "a mapping is not there, on a unit that lacks a page size", "0007-reserved-register-values-are-accepted"},
    {Property::ranges_are_told_truly, "so it tells of mappings that are not there",
     "a mapping is not there, on a unit that lacks a page size", "0007-reserved-register-values-are-accepted"},
    {Property::id_fits_the_unit, "CAP.ND=7 is taken for 262,144 ids",
     "the engine counts another number of ids than the unit has", "0007-reserved-register-values-are-accepted"},
    {Property::mode_is_kept, "a reserved RTADDR.TTM becomes legacy mode",
     "the table mode changed while translation is on", "0007-reserved-register-values-are-accepted"},
    {Property::invalidations_are_legal,
     "without a queue it invalidates by registers, which serve no more since version 6",
     "an invalidation that hardware rejects", "0008-registers-on-version-six"},
    {Property::no_stale_cache_entry_is_reachable,
     "an old queue error swallows the first invalidation after the root was set",
     "a cache may still hold what the tables no longer give", "0009-an-old-queue-error-swallows-an-invalidation"},
    {Property::hardware_forgets_before_free, "the invalidation it swallows may be that of a detach",
     "a paging table was freed that hardware may still use", "0009-an-old-queue-error-swallows-an-invalidation"},
    {Property::legacy_ids_are_reserved, "nor are the ids of a bus that was left out reserved",
     "the id of a context entry may be given to a new domain", "0002-a-bus-is-lost-and-nobody-is-told"},
    {Property::new_ids_never_collide, "so they are given to new domains",
     "a new domain has an id that another context entry carries", "0002-a-bus-is-lost-and-nobody-is-told"},
    {Property::other_devices_are_unaffected, "a bus that was left out stays left out", "a legacy translation is gone",
     "0002-a-bus-is-lost-and-nobody-is-told"},
    {Property::device_view_translates_too, "a bus that was left out is missing in every view",
     "the old tables translate here, the new ones do not", "0002-a-bus-is-lost-and-nobody-is-told"},
    {Property::device_view_translates_too, "and stays missing there", "a legacy translation is gone",
     "0002-a-bus-is-lost-and-nobody-is-told"},
    {Property::other_devices_are_unaffected, "entries that were repaired stay repaired",
     "a blocked request is blocked for another reason", "0005-root-entries-are-repaired"},
    {Property::other_devices_are_unaffected, "entries that were repaired stay repaired",
     "a device reaches what it did not reach before", "0005-root-entries-are-repaired"},
    {Property::device_view_translates_too, "entries that were repaired are repaired in every view",
     "the old tables block here, the new ones reach memory", "0005-root-entries-are-repaired"},
    {Property::device_view_translates_too, "and stay repaired there", "a device reaches what it did not reach before",
     "0005-root-entries-are-repaired"},
    {Property::device_view_translates_too, "entries that were repaired are repaired in every view",
     "both block here, but for another reason, or recorded differently", "0005-root-entries-are-repaired"},
    {Property::device_view_translates_too, "and stay repaired there", "a blocked request is blocked for another reason",
     "0005-root-entries-are-repaired"},
    {Property::copy_of_a_copy_is_equal, "and in the copy of the copy", "the copy of the copy answers differently",
     "0005-root-entries-are-repaired"},
    {Property::translation_is_never_disabled, "when the copy fails translation is turned off",
     "a command cleared translation enable", "0010-translation-is-turned-off-when-the-copy-fails"},
    {Property::failure_leaves_hardware_alone, "when the copy fails translation is turned off",
     "translation is off after a failed commit", "0010-translation-is-turned-off-when-the-copy-fails"},
    {Property::failure_leaves_hardware_alone, "and an empty root table is set",
     "the root in use after a failed commit is neither the old one nor the new one",
     "0010-translation-is-turned-off-when-the-copy-fails"},
    {Property::the_switch_happened, "whether the root pointer was taken is not looked at",
     "the unit does not use the root the engine names", "0014-a-locked-root-register-goes-unseen"},
    {Property::commands_are_legal,
     "CFIS of the old kernel is not known to the driver, whose first command clears it, too",
     "a command that is not legal in this state", "0013-a-command-clears-cfi-too"},
    {Property::a_new_mapping_reaches_only_what_was_given, "a mapping that fails half-way stays half-way",
     "a device reaches what its domain was not given", "0012-a-failed-mapping-stays-half-way"},
    {Property::ranges_are_told_truly, "and nobody is told", "a range in use is not told",
     "0012-a-failed-mapping-stays-half-way"},
};

constexpr Excuse kOnly61[] = {
    {Property::hardware_forgets_before_reuse, "the copied context entry is still present when its caches are flushed",
     "an entry became present while caches may hold the one before", "0001-flush-while-the-copied-entry-is-present"},
    {Property::hardware_forgets_before_free, "when the boot fails after the switch the tables in use are freed",
     "a root or context table was freed that hardware may still use", "0011-tables-in-use-are-freed"},
};

constexpr Excuse kOnly612[] = {
    {Property::hardware_forgets_before_reuse,
     "the invalidation that an old queue error swallows may be that of an attach",
     "an entry became present while caches may hold the one before",
     "0009-an-old-queue-error-swallows-an-invalidation"},
    {Property::device_tlbs_forget_too, "a device-TLB is not asked to forget what the copied context entry gave it",
     "a device-TLB may still hold what the tables no longer give", "0015-device-tlbs-are-not-told"},
};

template <std::size_t A, std::size_t B>
constexpr std::array<Excuse, A + B> joined(const Excuse (&a)[A], const Excuse (&b)[B]) {
  std::array<Excuse, A + B> all{};
  std::copy(a, a + A, all.begin());
  std::copy(b, b + B, all.begin() + A);
  return all;
}

constexpr auto k61 = joined(kBoth, kOnly61);
constexpr auto k612 = joined(kBoth, kOnly612);

// A finding is one condition, never all that a property may say: what else breaks it is another finding.
consteval bool names_conditions(std::span<const Excuse> excuses) {
  return std::all_of(excuses.begin(), excuses.end(),
                     [](const Excuse& e) { return e.finding == nullptr || e.what != nullptr; });
}
static_assert(names_conditions(k61) && names_conditions(k612));

}  // namespace

std::span<const Excuse> linux_6_1_excuses() { return k61; }
std::span<const Excuse> linux_6_12_excuses() { return k612; }

}  // namespace vtd::harness
