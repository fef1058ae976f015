// SPDX-License-Identifier: Apache-2.0 OR MIT
// One invalidation, however it was asked for: by CCMD, by IOTLB_REG and IVA_REG, or by a descriptor (S§6.5, S§11.4.6).
#pragma once

#include "model/layout.h"

namespace vtd::model {

struct Invalidation {
  enum class Cache : uint8_t { context = 1, iotlb = 2, device_tlb = 3, interrupt = 4, wait = 5 };  // descriptor types
  enum class Scope : uint8_t { global = 1, domain = 2, selective = 3 };  // selective: one device, or a range of IOVAs

  Cache cache = Cache::context;
  Scope scope = Scope::global;
  DomainId domain = 0;
  SourceId source = 0, source_mask = 0xffff;  // FM clears bits of the function number
  Iova first = 0, last = ~Iova{0};
  bool leaves_only = false;    // IH: paging-structure caches may keep their entries
  bool drained = true;         // false: writes in flight may use former translations yet (DW, S§6.5.4)
  Address status_address = 0;  // of a wait descriptor with SW
  uint32_t status_data = 0;
  bool writes_status = false;
  uint64_t raw = 0;  // the command, or the low qword of the descriptor
};

// How a request can be wrong. Codes of IQERCD.IQEI (S§11.4.9); commands answer CAIG or IAIG 00 instead.
enum class Malformed : uint8_t { none = 0, bad_type = 3, reserved_field = 4 };

Malformed decode_context_command(uint64_t ccmd, Invalidation& out);
Malformed decode_iotlb_command(const Rules&, uint64_t iotlb, uint64_t iva, Invalidation& out);
Malformed decode_descriptor(const Rules&, const uint64_t* qwords, unsigned count, Invalidation& out);

// For the trace: bits 3:0 cache, 7:4 scope, 63:12 the first page of a page-selective IOTLB invalidation.
constexpr uint64_t packed(const Invalidation& i) {
  const bool pages = i.cache == Invalidation::Cache::iotlb && i.scope == Invalidation::Scope::selective;
  return static_cast<uint64_t>(i.cache) | static_cast<uint64_t>(i.scope) << 4 | (pages ? page_of(i.first) : 0);
}

}  // namespace vtd::model
