// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target: the scenario language. Any bytes as text and as binary: no crash, both forms lossless, the machine can be
// built.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "harness/in_flight.h"
#include "model/scenario/build.h"

namespace {

using vtd::model::Scenario;

void must(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "! BROKEN %s\n", sentence);
  std::abort();
}

void both_forms_are_lossless(const Scenario& scenario) {
  Scenario again;
  must(!vtd::model::parse_text(vtd::model::print_text(scenario), again), "printed_text_can_be_parsed");
  must(again == scenario, "text_is_lossless");
  std::vector<std::uint8_t> bytes, once_more;
  vtd::model::encode(scenario, bytes);
  vtd::model::decode(bytes, again, scenario.steps.size());
  must(again == scenario, "binary_is_lossless");
  vtd::model::encode(again, once_more);
  must(bytes == once_more, "encoding_is_a_fixed_point");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static vtd::harness::InFlight in_flight;
  const vtd::harness::InFlight::Run held = in_flight.hold({data, size});
  static vtd::model::Machine machine;
  Scenario scenario;
  if (!vtd::model::parse_text({reinterpret_cast<const char*>(data), size}, scenario)) both_forms_are_lossless(scenario);
  vtd::model::decode({data, size}, scenario);
  both_forms_are_lossless(scenario);
  static_cast<void>(vtd::model::build(scenario, machine));
  return 0;
}
