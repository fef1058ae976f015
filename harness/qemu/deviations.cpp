// SPDX-License-Identifier: Apache-2.0 OR MIT
// The table. Functions are those of hw/i386/intel_iommu.c in QEMU 7.2.
#include "harness/qemu/deviations.h"

#include <array>

#include "model/layout.h"

namespace vtd::harness::qemu {
namespace {

using model::Fault;
using model::Hierarchy;
using model::Outcome;
using model::OutcomeKind;
using model::Request;
using Instead = std::optional<Outcome>;

constexpr uint64_t kTransient = uint64_t{1} << 62;  // TM of second-stage leaves, up to revision 3.1

bool is_fault(const Outcome& outcome, Fault fault) {
  return outcome.kind == OutcomeKind::fault && outcome.fault == fault;
}
Outcome with_fault(Outcome outcome, Fault fault) {
  outcome.kind = OutcomeKind::fault;
  outcome.fault = fault;
  outcome.allowed_faults = 0;
  return outcome;
}
bool hides_faults(const Outcome& outcome) { return outcome.depth > 1 && (outcome.path[1].value & 2) != 0; }

Instead all_ones(const Hierarchy&, const Request& request, const Outcome& specified) {
  if (specified.kind != OutcomeKind::fault || specified.depth < 3) return {};
  if (specified.path[specified.depth - 1].value != ~uint64_t{0}) return {};
  // What the levels above forbid is found there.
  const uint64_t wanted = request.access == model::Access::write ? 2 : 1;
  for (unsigned i = 2; i + 1 < specified.depth; ++i)
    if ((specified.path[i].value & wanted) == 0) return {};
  return with_fault(specified, specified.depth == 3 ? Fault::context_invalid : Fault::paging_unreadable);
}

Instead whole_page_is_tested(const Hierarchy&, const Request& request, const Outcome& specified) {
  if (specified.kind != OutcomeKind::translated || specified.page_shift <= 12) return {};
  const uint64_t inside = (uint64_t{1} << specified.page_shift) - 1;
  const model::Address first = specified.address - (request.iova & inside);
  if (first > model::kInterruptLast || (first | inside) < model::kInterruptFirst) return {};
  Outcome outcome = with_fault(specified, Fault::interrupt_range);
  outcome.recorded = !hides_faults(specified);
  return outcome;
}

Instead pass_through_is_unbounded(const Hierarchy&, const Request& request, const Outcome& specified) {
  if (!is_fault(specified, Fault::address_beyond_width) || specified.depth != 2) return {};
  const model::Entry128 entry{specified.path[1].value, 0};
  if (model::translation_type(entry) != model::TranslationType::pass_through) return {};
  Outcome outcome = specified;
  outcome.kind = OutcomeKind::translated;
  outcome.address = request.iova;
  outcome.permissions = 3;
  outcome.page_shift = 0;
  return outcome;
}

Instead reserved_context_is_told(const Hierarchy&, const Request&, const Outcome& specified) {
  if (!is_fault(specified, Fault::context_reserved) || specified.recorded) return {};
  Outcome outcome = specified;
  outcome.recorded = true;
  return outcome;
}

Instead transient_leaf(const Hierarchy& hierarchy, const Request& request, const Outcome& specified) {
  if (!hierarchy.rules->device_tlb || !is_fault(specified, Fault::paging_reserved)) return {};
  if ((specified.path[specified.depth - 1].value & kTransient) == 0) return {};
  model::Rules rules = *hierarchy.rules;
  for (uint64_t& mask : rules.leaf_reserved) mask &= ~kTransient;
  Hierarchy lenient = hierarchy;
  lenient.rules = &rules;
  const Outcome outcome = model::walk(lenient, request);
  return is_fault(outcome, Fault::paging_reserved) ? Instead() : outcome;
}

Instead mode_is_ignored(const Hierarchy& hierarchy, const Request& request, const Outcome& specified) {
  if (!is_fault(specified, Fault::invalid_root_address)) return {};
  Hierarchy legacy = hierarchy;
  legacy.root = model::page_of(hierarchy.root);
  return expect(legacy, request).expected;
}

constexpr std::array kDeviations = {
    Deviation{
        "all_ones_is_a_read_failure",
        "A paging entry of all ones counts as one that could not be read: fault 3 at the top, 7 below, and before "
        "permissions are looked at.",
        "S§7.1.3, LSS.2; vtd_iova_to_slpte", all_ones},
    Deviation{"superpages_may_not_touch_the_interrupt_range",
              "A large page that overlaps FEE00000-FEEFFFFF faults with Eh for all its addresses.",
              "S§3.14; vtd_iova_to_slpte", whole_page_is_tested},
    Deviation{"pass_through_has_no_bounds", "A pass-through request above the host address width is let through.",
              "S§7.1.3, LCT; vtd_do_iommu_translate", pass_through_is_unbounded},
    Deviation{"reserved_context_bits_ignore_fpd", "Fault Bh is recorded although FPD is set.",
              "S§7.2; vtd_qualified_faults", reserved_context_is_told},
    Deviation{"transient_leaves_with_device_iotlb",
              "Bit 62 of a leaf is ignored, not reserved, when the unit has device-TLBs: TM of revisions up to 3.1.",
              "S§9.8; vtd_slpte_nonzero_rsvd", transient_leaf},
    Deviation{"table_mode_is_ignored", "RTADDR.TTM other than legacy, and bit 7, are ignored without scalable mode.",
              "S§11.4.5; vtd_root_table_setup", mode_is_ignored},
};

}  // namespace

std::span<const Deviation> deviations() { return kDeviations; }

Expectation expect(const Hierarchy& hierarchy, const Request& request) {
  Expectation all;
  all.specified = all.expected = model::walk(hierarchy, request);
  for (const Deviation& deviation : kDeviations) {
    const Instead instead = deviation.instead(hierarchy, request, all.specified);
    if (!instead) continue;
    all.expected = *instead;
    all.deviation = &deviation;
    break;
  }
  return all;
}

}  // namespace vtd::harness::qemu
