// SPDX-License-Identifier: Apache-2.0 OR MIT
// One DMA, step by step: root, context, second-stage (S§3.4, S§3.7, S§7.1.3). Order of checks as in the fault
// conditions LRT, LCT, LSS, LGN; where two hold at once and the specification gives no priority, both codes are
// allowed.
#include "model/walk.h"

namespace vtd::model {
namespace {

constexpr uint64_t kModeShift = 10, kModeMask = 3,
                   kInterruptWordsBit = 1u << 7;  // RTADDR.TTM, RTADDR.SSIRWE (S§11.4.5)
constexpr uint64_t kBelowPointer = kPageBytes - 1;
constexpr uint64_t kReadBit = 1, kWriteBit = 2, kReadWrite = 3;

constexpr unsigned bit_of(Fault f) { return static_cast<unsigned>(f) < 16 ? 1u << static_cast<unsigned>(f) : 0; }
constexpr bool in_interrupt_range(Address a) { return a >= kInterruptFirst && a <= kInterruptLast; }
constexpr bool beyond(uint64_t value, unsigned bits) { return bits < 64 && value >> bits != 0; }

class Walker {
 public:
  Walker(const Hierarchy& h, const Request& request) : h_(h), rules_(*h.rules), request_(request) {}

  Outcome run() {
    if (before_tables() || root() || context()) return out_;
    if (request_.type == RequestType::translated || context_.verdict == Verdict128::pass_through) {
      bypass();
    } else {
      second_stage();
    }
    return out_;
  }

 private:
  // --- answers; all true, so that a step can end the walk with `return fault(...)`
  // -------------------------------------
  bool fault(Fault f, unsigned also = 0) {
    out_.kind = OutcomeKind::fault;
    out_.fault = f;
    out_.allowed_faults = static_cast<uint16_t>(also & ~bit_of(f));
    out_.recorded = true;
    return true;
  }
  // A qualified fault: FPD of the context entry keeps it from being recorded (S§7.2).
  bool qualified(Fault f, unsigned also = 0) {
    fault(f, also);
    out_.recorded = !fault_processing_disabled_;
    return true;
  }
  bool undefined() {
    out_.kind = OutcomeKind::undefined;
    return true;
  }
  bool translated(Address to, uint64_t permissions, unsigned page_shift) {
    out_.kind = OutcomeKind::translated;
    out_.address = to;
    out_.permissions = static_cast<uint8_t>(permissions);
    out_.page_shift = static_cast<uint8_t>(page_shift);
    return true;
  }
  void visit(unsigned role, Address entry, uint64_t value) {
    out_.path[out_.depth++] = {static_cast<uint8_t>(role), entry, value};
  }

  // --- steps; true when the request is decided
  // --------------------------------------------------------------------------- What does not depend on any table
  // (S§3.14, S§11.4.5).
  bool before_tables() {
    if (request_.type == RequestType::untranslated && in_interrupt_range(request_.iova)) return interrupt_request();
    const uint64_t mode = h_.root >> kModeShift & kModeMask;
    if (mode == 1 && rules_.scalable) return undefined();  // another walk than this one
    if (mode == 3 && rules_.abort_dma) return fault(Fault::dma_aborted);
    if (mode != 0 || (h_.root & kInterruptWordsBit) != 0) return fault(Fault::invalid_root_address);
    return false;
  }

  bool interrupt_request() {
    switch (request_.access) {
      case Access::zero_length_read:
        return translated(request_.iova, 0, 0);
      case Access::write:
        return undefined();  // four bytes make an interrupt, any other size a fault; no size is given here
      case Access::read:
        break;
    }
    return fault(Fault::illegal_interrupt_request);
  }

  bool root() {
    // A unit need not implement the bits above the host address width of RTADDR, nor say so.
    if (beyond(h_.root, rules_.host_address_width)) return undefined();
    const Address table = page_of(h_.root);
    if (const Fetch got = fetch_of(h_, table); got != Fetch::readable) return missing(got, Fault::root_unreadable);
    const unsigned bus = bus_of(request_.source);
    const Entry128 entry = entry128(page(table), bus);
    visit(kRootRole, table + bus * sizeof entry, entry.low);
    const RootStep step = read_root(rules_, entry);
    if (step.verdict == Verdict128::absent) return fault(Fault::root_not_present);
    if (step.verdict == Verdict128::reserved) return fault(Fault::root_reserved);
    context_table_ = step.next;
    return false;
  }

  bool missing(Fetch got, Fault f) { return got == Fetch::undefined ? undefined() : fault(f); }

  bool context() {
    if (const Fetch got = fetch_of(h_, context_table_); got != Fetch::readable)
      return missing(got, Fault::context_unreadable);
    const unsigned devfn = devfn_of(request_.source);
    const Entry128 entry = entry128(page(context_table_), devfn);
    visit(kContextRole, context_table_ + devfn * sizeof entry, entry.low);
    fault_processing_disabled_ = fault_processing_disabled(entry);  // counts although P=0 (S§9.3)
    context_ = read_context(rules_, entry);
    switch (context_.verdict) {
      case Verdict128::absent:
        return qualified(Fault::context_not_present);
      case Verdict128::reserved:
        return reserved_context(entry);
      case Verdict128::invalid:
        return qualified(Fault::context_invalid);
      case Verdict128::follow:
      case Verdict128::pass_through:
        break;
    }
    // Only a type that allows device-TLBs admits their requests (LCT.5).
    if (request_.type != RequestType::untranslated && !context_.device_tlb) return qualified(Fault::request_blocked);
    return false;
  }

  bool reserved_context(const Entry128& entry) {
    const Entry128& mask = rules_.context_reserved;
    const ContextStep otherwise = read_context(rules_, {entry.low & ~mask.low, entry.high & ~mask.high});
    const bool only_pointer = (entry.low & mask.low & kBelowPointer) == 0 && (entry.high & mask.high) == 0;
    // Pass-through ignores the pointer, and yet its bits above the host address width are called reserved (S§9.3).
    if (otherwise.verdict == Verdict128::pass_through && only_pointer) return undefined();
    return qualified(Fault::context_reserved,
                     otherwise.verdict == Verdict128::invalid ? bit_of(Fault::context_invalid) : 0);
  }

  // No table is asked: pass-through, and requests that a device-TLB has translated. Only the host's limits hold.
  bool bypass() {
    if (!largest_width_if_pass_through()) return undefined();
    if (beyond(request_.iova, rules_.host_address_width)) return qualified(Fault::address_beyond_width);
    if (in_interrupt_range(request_.iova)) return qualified(Fault::interrupt_range);
    return translated(request_.iova, kReadWrite, 0);
  }

  // S§9.3 demands the largest supported width of a pass-through entry, and does not say what another one gives.
  bool largest_width_if_pass_through() const {
    return context_.verdict != Verdict128::pass_through || (rules_.supported_widths >> (context_.levels - 1)) == 0;
  }

  bool second_stage() {
    const bool asks = request_.type == RequestType::translation_request;
    if (beyond(request_.iova, rules_.input_bits(context_.levels))) {
      return asks ? translated(0, 0, 12) : qualified(Fault::address_beyond_width);
    }
    Address table = context_.next;
    for (unsigned level = context_.levels;; --level) {
      if (const Fetch got = fetch_of(h_, table); got != Fetch::readable) return table_missing(got, level);
      const auto index = static_cast<unsigned>(request_.iova >> shift_of(level) & (kEntriesPerPage - 1));
      const uint64_t entry = page(table)[index];
      visit(level, table + index * sizeof entry, entry);
      switch (read_paging(rules_, entry, level)) {
        case PagingVerdict::absent:
          return asks ? translated(0, 0, shift_of(level)) : permission_fault();
        case PagingVerdict::reserved:
          return reserved_entry(entry);
        case PagingVerdict::leaf:
          return leaf(entry, level);
        case PagingVerdict::link:
          break;
      }
      permissions_ &= entry & kReadWrite;
      table = entry & rules_.address_mask;
    }
  }

  // Are these permissions too little for the request? A translation request is told what it gets and never denied.
  bool denied() const {
    if (request_.type == RequestType::translation_request) return false;
    switch (request_.access) {
      case Access::read:
        return (permissions_ & kReadBit) == 0;
      case Access::write:
        return (permissions_ & kWriteBit) == 0;
      case Access::zero_length_read:
        return (permissions_ & (rules_.zero_length_read ? kReadWrite : kReadBit)) == 0;
    }
    return true;
  }
  bool permission_fault(unsigned also = 0) {
    return qualified(request_.access == Access::write ? Fault::no_write_permission : Fault::no_read_permission, also);
  }

  // Hardware may stop at the first entry that denies, or combine permissions at the end and meet the bad entry first:
  // the order is open, but such a request never gets through.
  bool table_missing(Fetch got, unsigned level) {
    const Fault unreadable =
        level == context_.levels ? Fault::context_invalid : Fault::paging_unreadable;  // LCT.4.3, LSS.1
    if (got == Fetch::unreadable && !denied()) return qualified(unreadable);
    if (!denied()) return undefined();
    return permission_fault(bit_of(unreadable) | (got == Fetch::undefined ? bit_of(Fault::paging_reserved) : 0));
  }
  bool reserved_entry(uint64_t entry) {
    permissions_ &= entry & kReadWrite;
    return denied() ? permission_fault(bit_of(Fault::paging_reserved)) : qualified(Fault::paging_reserved);
  }

  bool leaf(uint64_t entry, unsigned level) {
    permissions_ &= entry & kReadWrite;
    if (denied()) return permission_fault();
    const uint64_t inside = (uint64_t{1} << shift_of(level)) - 1;
    const Address first = entry & rules_.address_mask & ~inside;
    const Address to = first | (request_.iova & inside);
    // A translation hands out the whole page, an access only its own address (S§3.14).
    const bool asks = request_.type == RequestType::translation_request;
    const bool overlaps = first <= kInterruptLast && (first | inside) >= kInterruptFirst;
    if (asks ? overlaps && permissions_ != 0 : in_interrupt_range(to)) return qualified(Fault::interrupt_range);
    out_.snoop = (entry >> 11 & 1) != 0;
    return translated(to, permissions_, shift_of(level));
  }

  const uint64_t* page(Address at) const { return h_.machine->memory.page(at, h_.view); }

  const Hierarchy& h_;
  const Rules& rules_;
  const Request& request_;
  Outcome out_;
  Address context_table_ = 0;
  ContextStep context_{};
  bool fault_processing_disabled_ = false;
  uint64_t permissions_ = kReadWrite;
};

}  // namespace

Outcome walk(const Hierarchy& hierarchy, const Request& request) { return Walker(hierarchy, request).run(); }

}  // namespace vtd::model
