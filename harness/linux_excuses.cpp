// SPDX-License-Identifier: Apache-2.0 OR MIT
// The design of the Linux kernel's takeover (root and context tables are copied, page tables are never looked at, the
// old translation of a device lives until its driver comes up), and the findings in reports/findings/.
#include "harness/linux_excuses.h"

namespace vtd::harness {
namespace {

using properties::Property;

constexpr Excuse kDesign[] = {
    {Property::adopted_domain_equals_context,
     "nothing is adopted: a driver that comes up gets a new, empty domain, after it has reset its device",
     "the domain is of another kind than the context entry asks for"},
    {Property::hazards_are_reported, "page tables are never looked at, so writable leaves into crash memory go unseen"},
    {Property::reserved_regions_are_reported, "page tables are never looked at, so it cannot know what they map"},
    {Property::every_new_table_lies_in_crash_memory,
     "pointers to page tables are copied as they are, wherever they lead: hardware may walk there, the kernel does not",
     "a page table lies neither in crash memory nor in readable old RAM"},
    {Property::no_copied_pointer_leads_to_old_tables, "page tables stay where the dead kernel left them"},
    {Property::sharing_is_kept, "a context table that several buses share is copied once for each bus"},
    {Property::work_is_bounded, "a context table that several buses share is read once for each of at most 256 buses",
     "a call read more old memory than the distinct (page, role) pairs hold"},
    {Property::one_id_one_table, "conflicts of domain-ids are not looked for", "an id with two tables is not reported"},
    {Property::one_id_one_table, "conflicts of domain-ids are not looked for", "an id with two widths is not reported"},
    {Property::caching_mode_reserves_id_zero, "conflicts of domain-ids are not looked for",
     "the use of id 0 in caching mode is not reported"},
    {Property::the_expected_outcome_happens,
     "scenarios expect the findings, the copies and the adoption of this project's contract"},
};

}  // namespace

std::span<const Excuse> linux_6_1_excuses() { return kDesign; }
std::span<const Excuse> linux_6_12_excuses() { return kDesign; }

}  // namespace vtd::harness
