// SPDX-License-Identifier: Apache-2.0 OR MIT
// The features of machines, hierarchies and lives whose reach is counted: what a generator must bring about before a
// quiet oracle means anything.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vtd::harness {

// N and M are rows of the catalogue that corpus/seeds shows.
enum class Feature : std::uint8_t {
  // levels
  three_levels,
  four_levels,
  five_levels,
  // pages
  pages_4k,
  pages_2m,
  pages_1g,
  // sharing
  root_of_two_units,
  tables_of_two_units,
  table_of_two_contexts,
  table_of_two_entries,
  page_in_two_roles,
  // catalogue
  N01,
  N02,
  N03,
  N04,
  N05,
  N06,
  N07,
  N08,
  N09,
  N10,
  N11,
  N12,
  N13,
  N14,
  N15,
  N16,
  N17,
  N18,
  N19,
  N20,
  N21,
  N22,
  N23,
  N24,
  N25,
  N26,
  N27,
  N28,
  N29,
  N30,
  N31,
  N32,
  N33,
  N34,
  N35,
  N36,
  N37,
  M01,
  M02,
  M03,
  M04,
  M05,
  M06,
  M07,
  M08,
  M09,
  M10,
  M11,
  M12,
  M13,
  M14,
  M15,
  M16,
  M17,
  M18,
  M19,
  M20,
  M21,
  M22,
  M23,
  M24,
  M25,
  M26,
  M27,
  M28,
  M29,
  M30,
  M31,
  M32,
  M33,
  M34,
  M35,
  M36,
  M37,
  M38,
  M40,
  // faults
  reason_1,
  reason_2,
  reason_3,
  reason_4,
  reason_5,
  reason_6,
  reason_7,
  reason_8,
  reason_9,
  reason_a,
  reason_b,
  reason_c,
  reason_d,
  reason_e,
  reason_30,
  reason_33,
  // memory
  hole_in_ram,
  reserved_memory,
  acpi_memory,
  device_memory,
  partial_page,
  table_below_1m,
  table_above_4g,
  table_in_reserved_memory,
  small_reservation,
  high_reservation,
  no_second_reservation,
  reserved_region,
  // domain_ids
  id_zero,
  id_highest,
  id_shared,
  ids_used_up,
  // units
  two_units,
  more_units,
  caching_mode,
  write_buffer,
  not_coherent,
  registers_only,
  queue_inherited,
  root_invalidates,
  slow_commands,
  translation_off,
  command_pending,
  queue_error,
  queue_full,
  new_version,
  capability_unusable,
  // host
  no_memory_in_takeover,
  no_memory_in_call,
  page_refused,
  no_answer_in_takeover,
  no_answer_in_call,
  one_page_refused,
  fell_silent,
  listened_again,
  // strategies
  deep,
  shallow,
  auto_deep,
  auto_shallow,
  second_takeover,
  // life
  adopted,
  new_domain,
  identity,
  detached,
  unplugged,
  handed_over,
  mapped,
  map_refused,
  unmapped,
  unmap_refused,
  kCount
};
inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::kCount);
using FeatureSet = std::bitset<kFeatures>;

struct FeatureInfo {
  Feature feature;
  const char* group;
  const char* name;
  const char* what;
};
std::span<const FeatureInfo> features();

// What no run of legacy mode can reach, and why: said, so that nobody wonders.
struct Unreachable {
  const char* group;
  const char* name;
  const char* why;
};
std::span<const Unreachable> unreachable_features();

}  // namespace vtd::harness
