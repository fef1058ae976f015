// SPDX-License-Identifier: Apache-2.0 OR MIT
// Domains and the domain-ids they hold. An id is in use as long as some domain of its unit carries it (S§6.2.1).
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

// The handle of the domain that a context entry of ours belongs to; kNone when it belongs to none.
std::uint32_t domain_of(const Boot& boot, const Unit& unit, Word low, Word high);
std::uint32_t find_domain(const Boot& boot, Domain::Kind kind, unsigned unit, Word id, Word width, Word table);

// A new domain with no context entry yet. kNone when the host refuses.
std::uint32_t add_domain(Boot& boot, const Domain& domain);
// Makes room, so that the next add_domain cannot fail; `facts` more are wanted by the caller.
bool room_for_domain(Boot& boot, std::uint64_t facts);
// Gives back the id and the tables, once no context entry and no device is left. Hardware must have forgotten it.
void drop_if_unused(Boot& boot, std::uint32_t handle);
// The domain's context entries name another table from now on.
void set_table(Boot& boot, std::uint32_t handle, Word table);

// An id that no domain of the unit carries; kNone when there is none left.
std::uint32_t find_free_id(const Boot& boot, Unit& unit);
bool id_in_use(const Boot& boot, const Unit& unit, Word id);

// Does some domain with old tables carry this id?
bool id_has_old_tables(const Boot& boot, unsigned unit, Word id);

}  // namespace vtd::engine
