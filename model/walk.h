// SPDX-License-Identifier: Apache-2.0 OR MIT
// One DMA through the tables, as S§3.6 and S§7.1 describe it for legacy mode (TTM=00b). Caches are the hardware
// model's.
#pragma once

#include "model/layout.h"
#include "model/machine.h"

namespace vtd::model {

enum class Access : uint8_t { read = 1, write = 2, zero_length_read = 4 };
enum class RequestType : uint8_t { untranslated, translation_request, translated };

struct Request {
  SourceId source = 0;
  Iova iova = 0;
  Access access = Access::read;
  RequestType type = RequestType::untranslated;
};

// Fault reasons of legacy mode (S§7.1.3, table of reasons). 0 is none.
enum class Fault : uint8_t {
  none = 0,
  root_not_present = 1,
  context_not_present = 2,
  context_invalid = 3,
  address_beyond_width = 4,
  no_write_permission = 5,
  no_read_permission = 6,
  paging_unreadable = 7,
  root_unreadable = 8,
  context_unreadable = 9,
  root_reserved = 0xa,
  context_reserved = 0xb,
  paging_reserved = 0xc,
  request_blocked = 0xd,
  interrupt_range = 0xe,
  illegal_interrupt_request = 0x29,
  invalid_root_address = 0x30,
  dma_aborted = 0x33
};

// `undefined`: the specification, or what is known here, leaves the outcome open: a table in MMIO, in FEEx_xxxx, in the
// crash reservation, in a page that is only partly memory; a write to FEEx_xxxx, whose size would decide; a root
// pointer above the host address width; a pass-through entry with such a pointer, or with a width that is not the
// largest; scalable mode on a unit that has it.
enum class OutcomeKind : uint8_t { translated, fault, undefined };

struct Outcome {
  OutcomeKind kind = OutcomeKind::fault;
  Fault fault = Fault::none;
  uint16_t allowed_faults =
      0;                 // bit per reason 0..15: codes the specification also allows (S gives no priority, sheet 4.5)
  bool recorded = true;  // false: a qualified fault met with FPD=1
  Address address = 0;   // host physical, byte-exact
  uint8_t permissions = 0;  // effective: 1 read, 2 write
  uint8_t page_shift = 0;   // 12, 21, 30; 0 for pass-through
  bool snoop = false;       // SNP of the leaf
  uint8_t depth = 0;        // entries of `path` used
  struct Visited {
    uint8_t role;  // 7 root, 6 context, 5..1 paging level
    Address entry;
    uint64_t value;
  } path[7];
};

// Where a hierarchy hangs and who reads it.
struct Hierarchy {
  const Machine* machine = nullptr;
  const Rules* rules = nullptr;
  uint64_t root = 0;  // RTADDR value, with TTM
  View view = View::cpu;
  // Old tables may not lie in this generation's reservation; new ones must. 255: no reservation counts.
  uint8_t old_for_generation = 255;
};

Outcome walk(const Hierarchy&, const Request&);

// Can hardware fetch a table from this page, and does the specification say what it finds?
enum class Fetch : uint8_t { readable, unreadable, undefined };
Fetch fetch_of(const Hierarchy&, Address page);

// How one entry decides a request, before permissions. `follow` carries on at `next`.
enum class Verdict128 : uint8_t { absent, reserved, invalid, follow, pass_through };
struct RootStep {
  Verdict128 verdict;
  Address next;
};
struct ContextStep {
  Verdict128 verdict;
  Address next;
  unsigned levels;
  bool device_tlb;
};
RootStep read_root(const Rules&, const Entry128&);
ContextStep read_context(const Rules&, const Entry128&);
enum class PagingVerdict : uint8_t { absent, reserved, link, leaf };
// Inline, like entry128: asked for each entry of each table.
inline PagingVerdict read_paging(const Rules& rules, uint64_t entry, unsigned level) {
  if ((entry & 3) == 0) return PagingVerdict::absent;  // nothing else is looked at (S§9.8)
  const bool leaf = is_leaf(entry, level);
  const uint64_t reserved = leaf ? rules.leaf_reserved[level] : rules.link_reserved[level];
  if ((entry & reserved) != 0) return PagingVerdict::reserved;
  return leaf ? PagingVerdict::leaf : PagingVerdict::link;
}
inline Entry128 entry128(const uint64_t* page, unsigned index) { return {page[2 * index], page[2 * index + 1]}; }

const char* fault_name(Fault);

}  // namespace vtd::model
