// SPDX-License-Identifier: Apache-2.0 OR MIT
// A dump that is read in a process of its own: libkdumpfile 0.5.1 trusts the files it reads, and a damaged one can end
// the process that it is in, or keep it for ever.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/dump/dump.h"

namespace vtd::harness {

// `open` is called in the new process; what it throws as InputError is thrown here. `name` stands in front of a
// sentence about a reader that died. Throws InputError, then and later.
std::unique_ptr<Dump> forked_dump(const std::string& name, const std::function<std::unique_ptr<Dump>()>& open);

}  // namespace vtd::harness
