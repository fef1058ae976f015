// SPDX-License-Identifier: Apache-2.0 OR MIT
// Decoding requests for invalidation. Reserved fields must be zero.
#include "model/invalidation.h"

#include <bit>

namespace vtd::model {
namespace {

using Cache = Invalidation::Cache;
using Scope = Invalidation::Scope;

constexpr uint64_t bits(uint64_t value, unsigned high, unsigned low) {
  return value >> low & ((uint64_t{2} << (high - low)) - 1);
}
constexpr uint64_t mask(unsigned high, unsigned low) { return ((uint64_t{2} << (high - low)) - 1) << low; }

constexpr uint64_t kTypeBits = mask(11, 9) | mask(3, 0);
// Descriptor fields that are not reserved (S§6.5.2).
constexpr uint64_t kContextBits = kTypeBits | mask(5, 4) | mask(31, 16) | mask(47, 32) | mask(49, 48);
constexpr uint64_t kIotlbBits = kTypeBits | mask(7, 4) | mask(31, 16);
constexpr uint64_t kIotlbHighBits = mask(63, 12) | mask(6, 0);
constexpr uint64_t kDeviceTlbBits = kTypeBits | mask(15, 12) | mask(20, 16) | mask(47, 32) | mask(63, 52);
constexpr uint64_t kDeviceTlbHighBits = mask(63, 12) | mask(0, 0);
constexpr uint64_t kInterruptBits = kTypeBits | mask(4, 4) | mask(31, 27) | mask(47, 32);
constexpr uint64_t kWaitBits = kTypeBits | mask(7, 4) | mask(63, 32);

// FM says how many low bits of the function number do not count, from the highest: 2, 2:1, 2:0.
SourceId function_mask(uint64_t fm) {
  static constexpr SourceId kMasks[] = {0xffff, 0xfffb, 0xfff9, 0xfff8};
  return kMasks[fm & 3];
}

Malformed scope_of(uint64_t code, Invalidation& out) {
  if (code == 0) return Malformed::reserved_field;
  out.scope = static_cast<Scope>(code);
  return Malformed::none;
}

// ADDR with its low AM bits masked (S§6.5.1.2). Units without page-selective invalidation must not be asked for it.
Malformed pages_of(const Rules& rules, uint64_t address, Invalidation& out) {
  if (out.scope != Scope::selective) return Malformed::none;
  const unsigned order = static_cast<unsigned>(bits(address, 5, 0));
  if (!rules.page_selective || order > rules.max_address_mask) return Malformed::reserved_field;
  const uint64_t inside = order >= 52 ? ~uint64_t{0} : (kPageBytes << order) - 1;
  out.first = address & ~inside & ~(kPageBytes - 1);
  out.last = address | inside;
  out.leaves_only = bits(address, 6, 6) != 0;
  return Malformed::none;
}

Malformed decode_context(const uint64_t* q, Invalidation& out) {
  if ((q[0] & ~kContextBits) != 0 || q[1] != 0) return Malformed::reserved_field;
  out.domain = static_cast<DomainId>(bits(q[0], 31, 16));
  out.source = static_cast<SourceId>(bits(q[0], 47, 32));
  out.source_mask = function_mask(bits(q[0], 49, 48));
  return scope_of(bits(q[0], 5, 4), out);
}

Malformed decode_iotlb(const Rules& rules, const uint64_t* q, Invalidation& out) {
  if ((q[0] & ~kIotlbBits) != 0 || (q[1] & ~kIotlbHighBits) != 0) return Malformed::reserved_field;
  out.domain = static_cast<DomainId>(bits(q[0], 31, 16));
  out.drained = !rules.drains_only_when_told || bits(q[0], 6, 6) != 0;
  const Malformed wrong = scope_of(bits(q[0], 5, 4), out);
  return wrong == Malformed::none ? pages_of(rules, q[1], out) : wrong;
}

Malformed decode_device_tlb(const Rules& rules, const uint64_t* q, Invalidation& out) {
  if (!rules.device_tlb) return Malformed::bad_type;
  if ((q[0] & ~kDeviceTlbBits) != 0 || (q[1] & ~kDeviceTlbHighBits) != 0) return Malformed::reserved_field;
  out.scope = Scope::selective;
  out.source = static_cast<SourceId>(bits(q[0], 47, 32));
  out.first = page_of(q[1]);
  out.last = out.first | (kPageBytes - 1);
  if (bits(q[1], 0, 0) == 0) return Malformed::none;
  // S=1: the lowest zero of ADDR says how many pages, as in ATS; no zero names everything.
  const unsigned zero = static_cast<unsigned>(std::countr_one(out.first | (kPageBytes - 1)));
  const uint64_t inside = zero >= 63 ? ~uint64_t{0} : (uint64_t{2} << zero) - 1;
  out.first &= ~inside;
  out.last = out.first | inside;
  return Malformed::none;
}

Malformed decode_interrupt(const uint64_t* q, Invalidation& out) {
  out.scope = bits(q[0], 4, 4) == 0 ? Scope::global : Scope::selective;
  return (q[0] & ~kInterruptBits) != 0 || q[1] != 0 ? Malformed::reserved_field : Malformed::none;
}

Malformed decode_wait(const Rules& rules, const uint64_t* q, Invalidation& out) {
  const bool beyond = rules.host_address_width < 64 && q[1] >> rules.host_address_width != 0;
  if ((q[0] & ~kWaitBits) != 0 || bits(q[1], 1, 0) != 0 || beyond) return Malformed::reserved_field;
  out.writes_status = bits(q[0], 5, 5) != 0;
  out.status_data = static_cast<uint32_t>(bits(q[0], 63, 32));
  out.status_address = q[1];
  return Malformed::none;
}

}  // namespace

// CCMD: 63 ICC, 62:61 CIRG, 33:32 FM, 31:16 SID, 15:0 DID.
Malformed decode_context_command(uint64_t ccmd, Invalidation& out) {
  out = {};
  out.raw = ccmd;
  out.cache = Cache::context;
  out.domain = static_cast<DomainId>(bits(ccmd, 15, 0));
  out.source = static_cast<SourceId>(bits(ccmd, 31, 16));
  out.source_mask = function_mask(bits(ccmd, 33, 32));
  return scope_of(bits(ccmd, 62, 61), out);
}

// IOTLB_REG: 63 IVT, 61:60 IIRG, 49:48 drains, 47:32 DID. IVA_REG: 63:12 ADDR, 6 IH, 5:0 AM.
Malformed decode_iotlb_command(const Rules& rules, uint64_t iotlb, uint64_t iva, Invalidation& out) {
  out = {};
  out.raw = iotlb;
  out.cache = Cache::iotlb;
  out.domain = static_cast<DomainId>(bits(iotlb, 47, 32));
  out.drained = !rules.drains_only_when_told || bits(iotlb, 48, 48) != 0;
  const Malformed wrong = scope_of(bits(iotlb, 61, 60), out);
  return wrong == Malformed::none ? pages_of(rules, iva, out) : wrong;
}

Malformed decode_descriptor(const Rules& rules, const uint64_t* qwords, unsigned count, Invalidation& out) {
  out = {};
  out.raw = qwords[0];
  for (unsigned i = 2; i < count; ++i)
    if (qwords[i] != 0) return Malformed::reserved_field;
  const uint64_t type = bits(qwords[0], 11, 9) << 4 | bits(qwords[0], 3, 0);
  if (type < 1 || type > 5) return Malformed::bad_type;
  out.cache = static_cast<Cache>(type);
  switch (out.cache) {
    case Cache::context:
      return decode_context(qwords, out);
    case Cache::iotlb:
      return decode_iotlb(rules, qwords, out);
    case Cache::device_tlb:
      return decode_device_tlb(rules, qwords, out);
    case Cache::interrupt:
      return decode_interrupt(qwords, out);
    case Cache::wait:
      return decode_wait(rules, qwords, out);
  }
  return Malformed::bad_type;
}

}  // namespace vtd::model
