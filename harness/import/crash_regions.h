// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the crash kernels of an imported machine get their memory: RAM without tables and, if there is any, without
// mappings.
#pragma once

#include <array>

#include "harness/import/capture.h"
#include "harness/import/captured.h"

namespace vtd::harness {

// One region a generation, the first given by the options or chosen. Throws InputError when there is no room.
std::array<model::MemoryRange, model::Memory::kGenerations> choose_crash_regions(const std::string& file,
                                                                                 const Capture&, const ImportOptions&);

}  // namespace vtd::harness
