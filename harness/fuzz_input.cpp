// SPDX-License-Identifier: Apache-2.0 OR MIT
// Bytes to a scenario.
#include "harness/fuzz_input.h"

#include <algorithm>

namespace vtd::harness {

void scenario_of(std::span<const std::uint8_t> bytes, model::Scenario& scenario) {
  const auto& magic = model::kBinaryMagic;
  const bool file = bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
  model::decode(file ? bytes.subspan(magic.size()) : bytes, scenario);
  drop_expectations(scenario);
}

void drop_expectations(model::Scenario& scenario) {
  std::erase_if(scenario.steps,
                [](const model::Step& step) { return step.op == model::Op::dma || step.op == model::Op::expect; });
}

}  // namespace vtd::harness
