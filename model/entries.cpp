// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a single entry decides, where a table can be fetched from, and the names of the fault reasons.
#include "model/walk.h"

namespace vtd::model {
namespace {

constexpr unsigned bit(MemoryKind kind) { return 1u << static_cast<unsigned>(kind); }

bool supported(const Rules& rules, TranslationType type) {
  switch (type) {
    case TranslationType::untranslated:
      return true;
    case TranslationType::with_device_tlb:
      return rules.device_tlb;
    case TranslationType::pass_through:
      return rules.pass_through;
    case TranslationType::reserved:
      return false;
  }
  return false;
}

}  // namespace

// A table may lie in any memory the unit can read: what the map calls reserved or ACPI, too. What a unit finds in
// device registers or in the interrupt range is not specified, nor in memory that the crash kernel is about to
// overwrite.
Fetch fetch_of(const Hierarchy& hierarchy, Address page) {
  const Memory& memory = hierarchy.machine->memory;
  if (page >= kInterruptFirst && page <= kInterruptLast) return Fetch::undefined;
  const bool watched = hierarchy.old_for_generation < Memory::kGenerations;
  if (watched && memory.in_crash(page, hierarchy.old_for_generation)) return Fetch::undefined;
  if (memory.in_any_crash(page)) return Fetch::readable;
  const unsigned kinds = memory.kinds_in_page(page);
  if (kinds == bit(MemoryKind::hole)) return Fetch::unreadable;
  return (kinds & (bit(MemoryKind::mmio) | bit(MemoryKind::hole))) != 0 ? Fetch::undefined : Fetch::readable;
}

RootStep read_root(const Rules& rules, const Entry128& entry) {
  if (!present(entry)) return {Verdict128::absent, 0};
  const bool reserved = (entry.low & rules.root_reserved.low) != 0 || (entry.high & rules.root_reserved.high) != 0;
  if (reserved) return {Verdict128::reserved, 0};
  return {Verdict128::follow, entry.low & rules.address_mask};
}

ContextStep read_context(const Rules& rules, const Entry128& entry) {
  if (!present(entry)) return {Verdict128::absent, 0, 0, false};
  const bool reserved =
      (entry.low & rules.context_reserved.low) != 0 || (entry.high & rules.context_reserved.high) != 0;
  if (reserved) return {Verdict128::reserved, 0, 0, false};
  const unsigned levels = rules.levels(width_code(entry));
  const TranslationType type = translation_type(entry);
  if (levels == 0 || !supported(rules, type)) return {Verdict128::invalid, 0, 0, false};
  if (type == TranslationType::pass_through) return {Verdict128::pass_through, 0, levels, false};
  return {Verdict128::follow, entry.low & rules.address_mask, levels, type == TranslationType::with_device_tlb};
}

const char* fault_name(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::root_not_present:
      return "root entry not present";
    case Fault::context_not_present:
      return "context entry not present";
    case Fault::context_invalid:
      return "context entry invalid";
    case Fault::address_beyond_width:
      return "address beyond width";
    case Fault::no_write_permission:
      return "no write permission";
    case Fault::no_read_permission:
      return "no read permission";
    case Fault::paging_unreadable:
      return "paging entry unreadable";
    case Fault::root_unreadable:
      return "root table unreadable";
    case Fault::context_unreadable:
      return "context table unreadable";
    case Fault::root_reserved:
      return "reserved bits in root entry";
    case Fault::context_reserved:
      return "reserved bits in context entry";
    case Fault::paging_reserved:
      return "reserved bits in paging entry";
    case Fault::request_blocked:
      return "request type blocked";
    case Fault::interrupt_range:
      return "output in interrupt range";
    case Fault::illegal_interrupt_request:
      return "illegal request to interrupt range";
    case Fault::invalid_root_address:
      return "invalid root table address register";
    case Fault::dma_aborted:
      return "DMA aborted by mode";
  }
  return "unknown";
}

}  // namespace vtd::model
