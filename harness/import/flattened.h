// SPDX-License-Identifier: Apache-2.0 OR MIT
// The flattened form of dumps, as QEMU and `makedumpfile -F` write it: pieces in the order they were written, each with
// its place. What `makedumpfile -R` does, done here.
#pragma once

#include "harness/import/file_bytes.h"

namespace vtd::harness {

bool is_flattened(const FileBytes& file);
// The dump as it was meant, in a temporary file. Throws InputError.
FileBytes rearranged(const std::string& path, const FileBytes& flattened);

}  // namespace vtd::harness
