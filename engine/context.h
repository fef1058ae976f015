// SPDX-License-Identifier: Apache-2.0 OR MIT
// Context entries that hardware may be using, and how they change (S§6.2.2, S§6.5.3, README "How entries change").
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

struct ContextPlace {
  Word* root_entry;
  Word table;   // the context table; 0 when the root entry leads to none
  Word* entry;  // nullptr then
};

ContextPlace find_context(const Boot& boot, const Unit& unit, Word source);

// Will changing this entry first need a page (a context table of its own), and a fact more?
bool needs_own_table(const Boot& boot, const ContextPlace& place);
// Gives the device's bus a context table that no other bus has, from a page set aside. VTD_OK, or hardware did not
// answer.
int own_table(Boot& boot, Unit& unit, Word source, ContextPlace& place);

enum class DeviceTlb { told, gone };
// Not present, forgotten by hardware, cleared; in that order.
int retire_context(Boot& boot, Unit& unit, Word source, Word* entry, DeviceTlb device);
// Present at once and whole, over an entry that is not present.
int install_context(Boot& boot, Unit& unit, Word source, Word* entry, Word low, Word high);
// One table for another that translates identically, in all context entries of a domain, which hardware then forgets.
int swap_table(Boot& boot, std::uint32_t handle, Word table);

// Device-TLBs of a domain forget everything; nothing to do without TT=01b entries.
int forget_device_tlbs(Boot& boot, const Domain& domain);

}  // namespace vtd::engine
