// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where verdicts are kept: which property was evaluated how often, and the first thing that broke, raw.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vtd::properties {

// One condition each. Names are true sentences; catalogue() has section, group and explanation of each.
enum class Property : std::uint8_t {
  // translation
  translations_are_preserved,
  blocked_stays_blocked,
  fault_reason_is_kept,
  ignored_and_fpd_bits_survive,
  quarantine_has_a_cause,
  device_view_translates_too,
  // bounds
  every_new_table_lies_in_crash_memory,
  no_copied_pointer_leads_to_old_tables,
  only_old_ram_is_read,
  nothing_else_is_written,
  old_memory_is_untouched,
  // hostile memory
  each_old_entry_is_fetched_once,
  work_is_bounded,
  // resources
  frames_are_accounted,
  failure_frees_everything,
  failure_leaves_hardware_alone,
  sharing_is_kept,
  // switch
  translation_is_never_disabled,
  commands_are_legal,
  mode_is_kept,
  every_intermediate_state_translates,
  caches_are_invalidated_in_order,
  invalidations_are_legal,
  tables_are_written_back_before_use,
  the_switch_happened,
  // entries while hardware uses them
  a_live_entry_is_never_torn,
  a_live_entry_is_never_edited,
  contents_precede_publication,
  hardware_forgets_before_reuse,
  hardware_forgets_before_free,
  no_stale_cache_entry_is_reachable,
  device_tlbs_forget_too,
  departed_devices_are_not_asked,
  // domain-ids
  legacy_ids_are_reserved,
  new_ids_never_collide,
  id_fits_the_unit,
  one_id_one_table,
  caching_mode_reserves_id_zero,
  ids_return_after_the_last_user,
  // adoption
  adopted_domain_equals_context,
  legacy_iova_is_never_reused,
  legacy_dma_lives_until_the_driver_takes_over,
  other_devices_are_unaffected,
  a_new_mapping_reaches_only_what_was_given,
  a_detached_device_reaches_nothing,
  ranges_are_told_truly,
  // whole life
  copy_of_a_copy_is_equal,
  hazards_are_reported,
  reserved_regions_are_reported,
  refusal_names_a_true_reason,
  wrong_calls_are_refused,
  the_expected_outcome_happens,
  same_input_same_run,
  kCount
};
inline constexpr std::size_t kProperties = static_cast<std::size_t>(Property::kCount);

struct PropertyInfo {
  Property property;
  const char* name;
  const char* group;
  const char* section;  // of the specification, or of this project's contract
  const char* meaning;  // one sentence for a person
  bool needs_stores;    // only evaluated when the engine's stores are watched
};
std::span<const PropertyInfo> catalogue();
const PropertyInfo& info(Property);

// The raw facts of a failure. Text is made by harness/message.cpp, only when there is one.
struct Failure {
  Property property = Property::kCount;
  const char* what = nullptr;  // static text: the condition that failed
  std::uint8_t unit = 0;
  std::uint32_t source = 0xffffffff;  // source-id, or none
  std::uint64_t iova = 0, address = 0, expected = 0, got = 0;
  std::uint32_t step = 0;   // index of the scenario step under way
  std::uint32_t event = 0;  // position in the trace
};

class Judge {
 public:
  void clear();  // failures, not counters
  void clear_counters();
  void at_step(std::uint32_t step) { step_ = step; }
  void evaluated(Property p, std::uint64_t times = 1) { counts_[static_cast<std::size_t>(p)] += times; }
  // Counts an evaluation and keeps the failure if `held` is false. Answers `held`.
  bool check(Property p, bool held, const Failure& otherwise);
  void broke(Failure failure);  // the first one is kept as the headline; others are counted
  bool held() const { return failures_ == 0; }
  std::uint32_t failures() const { return failures_; }
  const Failure& first() const { return first_; }
  std::uint64_t count(Property p) const { return counts_[static_cast<std::size_t>(p)]; }
  // Properties an engine does not promise: evaluated, but not a failure. Data of the engine's adapter. With `what` only
  // that condition of the property is excused; the text must outlive the judge.
  void excuse(Property p, const char* what = nullptr) { excuses_.push_back({p, what}); }

 private:
  std::array<std::uint64_t, kProperties> counts_{};
  struct Excused {
    Property property;
    const char* what;
  };
  bool excused(const Failure&) const;
  std::vector<Excused> excuses_;
  Failure first_;
  std::uint32_t failures_ = 0, step_ = 0;
};

}  // namespace vtd::properties
