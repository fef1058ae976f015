// SPDX-License-Identifier: Apache-2.0 OR MIT
// Counting judgements, keeping violations, and the names of the rules.
#include "model/rulings.h"

namespace vtd::model {

void Rulings::start(const Trace& trace) {
  trace_ = &trace;
  judged_.fill(0);
  violations_.clear();
}

void Rulings::broken(Rule rule, unsigned unit, Address address, uint64_t expected, uint64_t got) {
  if (violations_.size() == kMost) return;
  const std::size_t now = trace_->events().size() + trace_->dropped();
  violations_.push_back({rule, static_cast<uint8_t>(unit), address, expected, got, static_cast<uint32_t>(now)});
}

bool Rulings::require(bool held, Rule rule, unsigned unit, Address address, uint64_t expected, uint64_t got) {
  judged(rule);
  if (!held) broken(rule, unit, address, expected, got);
  return held;
}

const char* rule_name(Rule rule) {
  static constexpr const char* kNames[] = {"translation_stays_enabled",
                                           "commands_are_legal",
                                           "mode_is_kept",
                                           "root_is_written_back",
                                           "write_buffer_is_flushed",
                                           "root_switch_is_equivalent",
                                           "invalidation_order",
                                           "invalidation_is_legal",
                                           "live_context_is_not_torn",
                                           "live_paging_entry_is_not_torn",
                                           "present_entry_is_not_edited",
                                           "contents_before_publication",
                                           "old_entry_is_forgotten_first",
                                           "page_is_forgotten_before_free",
                                           "device_tlbs_forget_too",
                                           "departed_device_is_not_asked",
                                           "nothing_stale_after_call"};
  static_assert(std::size(kNames) == kRules);
  return rule < Rule::kCount ? kNames[static_cast<std::size_t>(rule)] : "unknown";
}

}  // namespace vtd::model
