// SPDX-License-Identifier: Apache-2.0 OR MIT
// What hangs from a root: tables, devices, and what each address space maps. Read for people and for summaries; the
// exact comparison of two hierarchies is the properties' own.
//
// Counting rules
//  - A table is a page in a role (root, context, level 5 to 1); it counts once however many entries lead to it. Entries
//    that are not present, have reserved bits set, or lead to a page hardware cannot read, lead nowhere.
//  - Leaves, permissions, ranges and bytes count per IOVA: a table that two entries share maps twice. Only IOVAs that
//  the
//    unit can translate (MGAW) count. Permissions are effective: what all levels allow together.
//    Leaves count wherever they lead, the interrupt range included.
//  - A range is a maximal run, contiguous in IOVA and in physical address, with equal permissions, some of them
//  granted.
//
// The cost is linear in distinct (page, role, permissions) of each space, whatever the number of paths. Only the listed
// ranges are made path by path; the lists of a survey end after kTableVisitsMost tables or kRangesMost ranges in all.
#pragma once

#include <vector>

#include "model/walk.h"

namespace vtd::model {

struct MappedRange {
  Iova first, last;      // inclusive
  Address address;       // where `first` leads
  uint64_t permissions;  // 1 read, 2 write
};

// The address space below one second-stage table.
struct Space {
  Address table = 0;
  unsigned levels = 0;
  uint64_t tables[6] = {};       // by level
  uint64_t leaves[4] = {};       // by level: 1 4 KiB, 2 2 MiB, 3 1 GiB
  uint64_t permissions[4] = {};  // leaves by effective permissions: 1 read, 2 write
  uint64_t ranges = 0;           // exact, even when the list is truncated
  uint64_t mapped_bytes = 0;
  Iova lowest = 0, highest = 0;  // meaningful when ranges != 0
  std::vector<MappedRange> listed;
  bool truncated = false;  // `listed` ends before the space does
};

// One present context entry.
struct SurveyedDevice {
  static constexpr uint32_t kNoSpace = 0xffffffffu;
  SourceId source;
  Entry128 entry;
  Address at;          // of the entry
  Verdict128 verdict;  // reserved, invalid, follow or pass_through
  uint32_t space;      // index of Survey::spaces; none for pass-through and where no table can be read
};

struct Survey {
  static constexpr std::size_t kRangesMost = 1u << 18;
  static constexpr std::size_t kTableVisitsMost = 1u << 19;

  bool root_readable = false;           // false: nothing was found, for the mode is not legacy, or there is no table
  uint64_t table_pages[8] = {};         // by role: 7 root, 6 context, 5..1
  uint64_t distinct_table_pages = 0;    // a page with two roles is one page
  uint64_t superpages = 0;              // 2 MiB and 1 GiB leaves of all spaces
  std::vector<DomainId> domain_ids;     // of present entries without reserved bits; ascending, each once
  std::vector<SurveyedDevice> devices;  // ascending by source-id
  std::vector<Space> spaces;            // one per distinct (table, levels), in the order devices name them
};

Survey survey(const Hierarchy&);

}  // namespace vtd::model
