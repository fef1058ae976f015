// SPDX-License-Identifier: Apache-2.0 OR MIT
// What an engine said about its takeover, in the model's words, and what the crash kernel asked of it.
#pragma once

#include <cstddef>
#include <vector>

#include "model/address.h"

namespace vtd::model {

enum class ClaimKind : uint8_t { quarantined, hazard, conflict, reserved_unmapped };
// Same order as enum vtd_reason; the adapter converts by name.
enum class Reason : uint8_t {
  hole,
  not_old_ram,
  in_crash_memory,
  in_interrupt_range,
  unreadable,
  covers_crash_memory,
  covers_registers,
  reaches_everything,
  bypasses_tables,
  id_two_tables,
  id_two_widths,
  id_reserved,
  region_unmapped
};
const char* claim_name(ClaimKind);
const char* reason_name(Reason);

struct Claim {
  ClaimKind kind;
  Reason reason;
  uint8_t unit, role;  // role: 7 root, 6 context, 5..1, 0 none
  uint32_t source;     // 0xffffffff: none
  uint32_t domain_id;
  Address entry;
  uint64_t value;
  friend bool operator==(const Claim&, const Claim&) = default;
};

enum class Strategy : uint8_t { deep, shallow, automatic };

// One mapping the crash kernel made and did not take back.
struct Given {
  uint32_t domain;  // the engine's handle
  Iova iova;
  Address pa;
  uint64_t bytes;
  uint8_t permissions;  // 1 read, 2 write
};

// One device the crash kernel attached and did not detach.
struct Attached {
  uint8_t unit;
  SourceId source;
  uint32_t domain;  // the engine's handle
  uint8_t kind;     // 0 adopted, 1 new, 2 identity
  DomainId domain_id;
  uint8_t width;  // AW code
  Address table;
  bool handed_over;
};

// One range in use, as the engine tells it (next_range), in the order told: from the lowest IOVA on, at most kToldMost
// of a domain. A domain of which so many were told may have more above the last one.
inline constexpr std::size_t kToldMost = 16;
struct ToldRange {
  uint32_t domain;   // the engine's handle
  Iova first, last;  // inclusive
  bool legacy;
};

// The answer to a request for a free range of IOVAs (find_iova), asked during the present call.
struct OfferedRange {
  uint32_t domain;   // the engine's handle
  Iova iova, limit;  // lies below limit
  uint64_t bytes, alignment;
};

inline constexpr uint32_t kNoDomain = 0xffffffffu;

struct UnitClaims {
  Address root = 0;                  // the root table the engine made
  std::vector<uint64_t> domain_ids;  // bitmap: may not be given to a new domain
  uint32_t domain_id_count = 0;
};

struct Claims {
  Strategy asked = Strategy::deep;     // what the engine was told to do
  Strategy strategy = Strategy::deep;  // what it chose
  std::vector<Claim> findings;
  std::vector<UnitClaims> units;
  std::vector<Attached> attached;
  std::vector<Given> given;
  std::vector<ToldRange> ranges;      // told after the present call, of the domain it was about
  uint32_t told_domain = kNoDomain;   // that domain; none when it is gone, or has no tables
  std::vector<OfferedRange> offered;  // of the present call
  uint64_t pages_used = 0, old_pages_read = 0;
  uint64_t root_tables = 0, context_tables = 0, paging_tables[6] = {};
  void clear();  // `units` keeps its length and its bitmaps their storage: warm runs do not allocate
};

}  // namespace vtd::model
