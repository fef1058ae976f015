// SPDX-License-Identifier: Apache-2.0 OR MIT
// Small machines for the harness's tests, written in the scenario language.
#pragma once

#include <stdexcept>
#include <string>

#include "model/scenario/scenario.h"

namespace vtd::harness::test {

inline model::Scenario scenario_of(const std::string& text) {
  model::Scenario scenario;
  if (const model::TextError error = model::parse_text(text, scenario)) throw std::runtime_error(error.message);
  return scenario;
}

// One device, 00:02.0, domain 5, four levels: IOVA 0x1000 is 0x8000, read-write. The unit is coherent.
inline std::string small(const std::string& more = "") {
  return "vtd 1\n"
         "root at=0x1000000 bus=0 table=0x1001000\n"
         "context at=0x1001000 devfn=02.0 table=0x1002000 width=48 domain=5\n"
         "paging at=0x1002000 index=0 to=0x1003000\n"
         "paging at=0x1003000 index=0 to=0x1004000\n"
         "paging at=0x1004000 index=0 to=0x1005000\n"
         "paging at=0x1005000 index=1 to=0x8000\n" +
         more;
}

}  // namespace vtd::harness::test
