// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where QEMU 7.2 is known to do something else than the specification says, as data. Each row says when it applies and
// exactly what QEMU does instead: a difference is explained only when it comes out just so.
#pragma once

#include <optional>
#include <span>

#include "model/walk.h"

namespace vtd::harness::qemu {

struct Deviation {
  const char* name;
  const char* what;
  const char* reference;  // the section of the specification, and the place in QEMU
  // What QEMU does with this request, if the row applies; `specified` is the model's answer.
  std::optional<model::Outcome> (*instead)(const model::Hierarchy&, const model::Request&,
                                           const model::Outcome& specified);
};
std::span<const Deviation> deviations();

struct Expectation {
  model::Outcome specified, expected;
  const Deviation* deviation = nullptr;  // nullptr: expected is as specified
};
Expectation expect(const model::Hierarchy& hierarchy, const model::Request& request);

}  // namespace vtd::harness::qemu
