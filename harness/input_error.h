// SPDX-License-Identifier: Apache-2.0 OR MIT
// Bad input of a person: one line that says where, what was found and what was expected. The command exits with 2.
#pragma once

#include <string>

namespace vtd::harness {

struct InputError {
  std::string message;
};

}  // namespace vtd::harness
