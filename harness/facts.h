// SPDX-License-Identifier: Apache-2.0 OR MIT
// What happened in one run that neither the machine nor the engine's answers show afterwards. Noted as it happens: a
// bit each.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace vtd::harness {

enum class Fact : std::uint8_t {
  deep,
  shallow,
  auto_deep,
  auto_shallow,
  second_takeover,
  adopted,
  new_domain,
  identity,
  ids_used_up,
  detached,
  unplugged,
  handed_over,
  mapped,
  map_refused,
  unmapped,
  unmap_refused,
  no_memory_in_takeover,
  no_memory_in_call,
  no_answer_in_takeover,
  no_answer_in_call,
  device_wrote,
  one_page_refused,
  fell_silent,
  listened_again,
  kCount
};
class Facts {
 public:
  void note(Fact fact) { set_[static_cast<std::size_t>(fact)] = true; }
  bool has(Fact fact) const { return set_[static_cast<std::size_t>(fact)]; }

 private:
  std::bitset<static_cast<std::size_t>(Fact::kCount)> set_;
};

}  // namespace vtd::harness
