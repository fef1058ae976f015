// SPDX-License-Identifier: Apache-2.0 OR MIT
// Names for the numbers the model counts in: physical addresses, source-ids, domain-ids, table roles.
#pragma once

#include <cstdint>

namespace vtd::model {

using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;

using Address = uint64_t;   // physical, in bytes
using Iova = uint64_t;      // what a device puts on the bus, in bytes
using SourceId = uint16_t;  // bus << 8 | device << 3 | function
using DomainId = uint16_t;

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr unsigned kEntriesPerPage = 512;                                     // qwords
inline constexpr Address kInterruptFirst = 0xfee00000, kInterruptLast = 0xfeefffff;  // S§3.14

// How a page is read as a table. Paging roles are the level numbers; a page may have several roles at once.
inline constexpr unsigned kContextRole = 6, kRootRole = 7;

constexpr Address page_of(Address a) { return a & ~(kPageBytes - 1); }
constexpr uint8_t bus_of(SourceId s) { return static_cast<uint8_t>(s >> 8); }
constexpr uint8_t devfn_of(SourceId s) { return static_cast<uint8_t>(s & 0xff); }
constexpr SourceId source_id(unsigned bus, unsigned devfn) { return static_cast<SourceId>(bus << 8 | devfn); }

// How many input bits an entry of a level leaves to the levels below: 12 for level 1, 21 for level 2 (S§9.5).
constexpr unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }

}  // namespace vtd::model
