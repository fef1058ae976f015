// SPDX-License-Identifier: Apache-2.0 OR MIT
// All tables that hang from a root, page by page, whatever they hold: down from the root, each page once for each role.
// In scalable mode by way of PASID directories and tables, of which only the second-stage pointers are followed
// (S§9.4-9.6).
#pragma once

#include <functional>
#include <vector>

#include "harness/import/capture.h"

namespace vtd::harness {

// The 512 qwords of a page, valid until the next call, or nullptr: there is no such page, or nobody knows it.
using PageReader = std::function<const std::uint64_t*(model::Address page)>;

// `roots` as RTADDR reads back, the mode in bits 11:10; what two of them share is taken once. Throws InputError when
// there are more pages than a scenario can hold.
std::vector<CapturedPage> collect_tables(const PageReader& read, const std::vector<std::uint64_t>& roots);

}  // namespace vtd::harness
