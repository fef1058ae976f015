// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which requests to try on a hierarchy: of each device, at the edges of what its tables map and of the holes between.
#pragma once

#include <functional>
#include <vector>

#include "harness/generate/random_source.h"
#include "model/walk.h"

namespace vtd::harness::qemu {

struct Choice {
  std::size_t devices = 6;     // of each context table
  std::size_t addresses = 24;  // of each device; each is read and written
  bool every_device = false;   // the machine must have them all
};

// Appends; the same random numbers give the same requests. `has_device`: is there a device of this function?
void choose(const model::Hierarchy& hierarchy, const Choice& choice, const std::function<bool(uint8_t)>& has_device,
            RandomSource& random, std::vector<model::Request>& out);

}  // namespace vtd::harness::qemu
