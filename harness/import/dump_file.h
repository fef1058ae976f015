// SPDX-License-Identifier: Apache-2.0 OR MIT
// Dump files: ELF cores and makedumpfile's compressed ones, flattened or not, read by libkdumpfile.
#pragma once

#include <memory>
#include <string>

#include "harness/dump/dump.h"

namespace vtd::harness {

struct DumpFile {
  std::unique_ptr<Dump> dump;
  std::string format;  // "ELF", "kdump-compressed", "kdump-compressed, flattened"
};

// Throws InputError.
DumpFile open_dump(const std::string& path);

}  // namespace vtd::harness
