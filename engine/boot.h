// SPDX-License-Identifier: Apache-2.0 OR MIT
// Everything an engine knows between boot and shutdown. It lives in host pages; zero is the initial state of all of it.
#pragma once

#include "engine/memory_map.h"
#include "engine/page_index.h"
#include "engine/unit.h"

namespace vtd::engine {

inline constexpr std::uint32_t kNone = 0xffffffff;
inline constexpr std::uint32_t kUnitsMost = 32;  // five bits of a key, see keys.h

// Devices that share one translation: one unit, domain-id, table and width. Old context entries make them, too.
struct Domain {
  enum Kind : std::uint8_t {
    free,
    adopted,   // translates through tables that came from the old kernel
    fresh,     // made by attach
    identity,  // pass-through
    invalid    // present entries that hardware faults or that were quarantined: only the id is in use
  };
  Word table;   // as the context entries name it
  Word origin;  // the old SSPTPTR
  std::uint32_t id, unit;
  std::uint32_t contexts;  // source-ids whose context entry carries it
  std::uint32_t attached, handed_over;
  std::uint32_t next_free;
  Kind kind;
  std::uint8_t width;
  bool copied;      // the tables are ours
  bool legacy;      // the old mappings are still there
  bool device_tlb;  // some context entry has TT=01b
};

// Which entries of a table `map` made.
struct MadeEntries {
  Word words[kWordsPerPage / 64];
  bool has(unsigned index) const { return (words[index / 64] >> index % 64 & 1) != 0; }
  void add(unsigned index) { words[index / 64] |= Word{1} << index % 64; }
  void remove(unsigned index) { words[index / 64] &= ~(Word{1} << index % 64); }
};

struct Boot {
  enum State : std::uint32_t { opened, copied, committed, failed };

  Host host;
  MemoryMap map;
  PageArray<Unit> units;
  PageArray<vtd_reserved_region> regions;
  LinkRule link;
  PageIndex facts;  // see keys.h

  PageArray<Domain> domains;
  std::uint32_t free_domain;  // handle plus one

  PageArray<MadeEntries> made;
  std::uint32_t free_made;  // index plus one

  Word limbo;       // tables that hardware would not forget, see tables.h
  Word remembered;  // of those, the ones that were shared

  PageArray<vtd_finding> findings;

  std::uint64_t root_tables, context_tables, paging_tables[kLevelsMost + 1];
  std::uint32_t strategy;
  State state;
  unsigned host_address_width;
};

}  // namespace vtd::engine
