// SPDX-License-Identifier: Apache-2.0 OR MIT
// The model's memory map, reservations and strategies as an engine's.
#include "harness/platform.h"

namespace vtd::harness {
namespace {

uint32_t kind_of(model::MemoryKind kind) {
  switch (kind) {
    case model::MemoryKind::ram:
      return VTD_RAM;
    case model::MemoryKind::reserved:
      return VTD_RESERVED;
    case model::MemoryKind::mmio:
      return VTD_MMIO;
    case model::MemoryKind::acpi:
    case model::MemoryKind::hole:
      break;  // holes are in no range
  }
  return VTD_ACPI;
}

uint32_t strategy_for_engine(model::Strategy strategy) {
  switch (strategy) {
    case model::Strategy::deep:
      return VTD_DEEP;
    case model::Strategy::shallow:
      return VTD_SHALLOW;
    case model::Strategy::automatic:
      break;
  }
  return VTD_AUTO;
}

}  // namespace

const vtd_platform& PlatformDescription::describe(const model::Machine& machine, unsigned generation,
                                                  model::Strategy strategy) {
  ranges_.clear();
  for (const model::MemoryRange& r : machine.memory.ranges()) ranges_.push_back({r.first, r.last, kind_of(r.kind), 0});
  regions_.clear();
  for (const model::ReservedRegion& r : machine.reserved) regions_.push_back({r.first, r.last, r.unit, r.source});
  const model::MemoryRange crash = machine.memory.crash(generation);
  crash_ = {crash.first, crash.last, VTD_RAM, 0};
  platform_ = {VTD_ABI,
               sizeof(vtd_platform),
               machine.host_address_width,
               strategy_for_engine(strategy),
               static_cast<uint32_t>(machine.units.size()),
               static_cast<uint32_t>(ranges_.size()),
               ranges_.data(),
               &crash_,
               1,
               static_cast<uint32_t>(regions_.size()),
               regions_.data()};
  return platform_;
}

}  // namespace vtd::harness
