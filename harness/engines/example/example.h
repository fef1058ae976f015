// SPDX-License-Identifier: Apache-2.0 OR MIT
// The smallest honest takeover engine: it copies root and context tables, checks every pointer, switches the hardware
// and keeps the old domain-ids. Page tables stay where the dead kernel left them; adoption is not offered.
//
//   example.c  what the host calls: boot, report, the table of functions. Start reading here.
//   copy.c     validating while copying
//   switch.c   registers: the root pointer and the invalidations after it
//   pages.c    memory, which all comes from the host
//
// What its design does not promise is listed as data in harness/engines.cpp.
#ifndef VTD_EXAMPLE_H
#define VTD_EXAMPLE_H

#include "engine/takeover.h"

enum { UNITS_MOST = 16, ENTRIES = 256, PAGES_A_LEDGER = 510, FINDINGS_A_PAGE = 85 };

// Register offsets (S§11.4) and the bits used of them.
enum {
  VER = 0x00,
  CAP = 0x08,
  ECAP = 0x10,
  GCMD = 0x18,
  GSTS = 0x1c,
  RTADDR = 0x20,
  CCMD = 0x28,
  FSTS = 0x34,
  IQH = 0x80,
  IQT = 0x88
};
#define TE (1u << 31)
#define RTP (1u << 30)
#define WBF (1u << 27)
#define QIE (1u << 26)
#define START (1ull << 63)  // CCMD.ICC, IOTLB.IVT
#define ADDRESS 0x000ffffffffff000ull
#define SSIRWE (1ull << 7)  // RTADDR: like the table mode it stays what it was (S§11.4.5)

// Root and context entries (S§9.1, S§9.3).
struct entry {
  uint64_t low, high;
};
// Every page taken from the host, to give back.
struct ledger {
  struct ledger* next;
  uint64_t count;
  void* page[PAGES_A_LEDGER];
};
struct findings {
  struct findings* next;
  uint64_t count;
  struct vtd_finding finding[FINDINGS_A_PAGE];
};
// Per bus: where the old context table was, where its copy is.
struct tables {
  uint64_t old[ENTRIES], copy[ENTRIES];
};
struct unit {
  uint64_t cap, ecap, old_root;
  struct entry* root;
  struct tables* tables;
  uint64_t* ids[2];  // bitmap: 32,768 ids a page
  uint32_t id_count;
};
struct vtd_boot {
  const struct vtd_host* host;
  const struct vtd_platform* platform;
  struct ledger* ledger;
  struct findings *first, *last;
  uint64_t pages, old_pages, context_tables;
  uint32_t finding_count;
  int copied, switched;
  struct unit unit[UNITS_MOST];
};
_Static_assert(sizeof(struct ledger) == VTD_PAGE_BYTES && sizeof(struct findings) == VTD_PAGE_BYTES, "one page each");
_Static_assert(sizeof(struct tables) == VTD_PAGE_BYTES && sizeof(struct vtd_boot) <= VTD_PAGE_BYTES, "one page each");

// pages.c
void* example_take(struct vtd_boot*);  // a zeroed page, NULL when refused
void example_give_all_back(struct vtd_boot*);
uint64_t example_physical(const struct vtd_boot*, const void* page);
int example_fetch(struct vtd_boot*, void* copy, uint64_t pa);  // 0: the host does not show that page
int example_add(struct vtd_boot*, struct vtd_finding);         // VTD_OK or VTD_NO_MEMORY

// copy.c
int example_table_is_unsafe(const struct vtd_boot*, uint64_t page, uint32_t* reason);
uint64_t example_beyond(const struct vtd_boot*);  // address bits above the host address width
uint32_t example_id_bits(const struct unit*);
int example_copy(struct vtd_boot*);

// switch.c
uint64_t example_read(const struct vtd_boot*, uint32_t unit, uint32_t at, uint32_t bytes);
int example_commit(struct vtd_boot*);

#endif
