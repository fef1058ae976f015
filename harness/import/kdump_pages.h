// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which pages of a compressed dump lie in the file. libkdumpfile reads zeros behind its end; here a page that was cut
// off is told apart from one that is zero.
#pragma once

#include <vector>

#include "harness/import/file_bytes.h"
#include "model/memory.h"

namespace vtd::harness {

// Of the pages that the bitmap lists, ascending, those whose descriptor names bytes within the file.
std::vector<model::MemoryRange> kdump_pages(const FileBytes& file, const std::vector<model::MemoryRange>& listed);

}  // namespace vtd::harness
