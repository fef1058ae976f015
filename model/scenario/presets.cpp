// SPDX-License-Identifier: Apache-2.0 OR MIT
// Capability registers of real units (S§11.4.2, S§11.4.3): what engines meet in the field, and what QEMU shows.
#include "model/scenario/scenario.h"

namespace vtd::model {
namespace {

constexpr Preset kPresets[] = {
    {"server", 0x08ed008c40780466, 0x60000f050df},      // 4 levels, 16-bit ids, coherent, device-TLBs, pass-through
    {"client_gpu", 0x01c0000c40660462, 0x19e2ff0505e},  // 8-bit ids, not coherent, no page-selective invalidation
    {"client", 0x00d2008c40660462, 0xf050da},           // 8-bit ids, not coherent, no device-TLBs
    {"qemu48", 0x00d2008c222f0606, 0xf00f4a},           // 3 and 4 levels, not coherent
    {"qemu39", 0x00d2008c22260206, 0xf42},              // 3 levels only
    {"qemu48_caching", 0x00d2008c222f0686, 0xf00f4a},   // CM=1: absent entries are cached too
    {"qemu_scalable", 0x00d2008c222f0606, 0x480080f00f4a},
    {"qemu48_no_pass", 0x00d2008c222f0606, 0xf00f0a},
    // Made from the ones above, one feature changed: what the field has, but no boot log at hand shows.
    {"five_level", 0x88ed008c40780e66, 0x60000f050df},   // 3, 4 and 5 levels, ESRTPS=1
    {"write_buffer", 0x00d2008020260216, 0xf00f1a},      // RWBF=1, 3 levels, no superpages, no PT
    {"no_queue", 0x00d2008c40660462, 0x5040},            // register-based invalidation only
    {"small_pages", 0x08ed008040780466, 0x60000f050df},  // no superpages
    {"few_ids", 0x00d2008c40780460, 0xf050df},           // 4-bit ids
    {"few_ids_caching", 0x00d2008c407804e0, 0xf050da},   // 4-bit ids and CM=1: id 0 is not to be had, and soon no other
    {"no_snoop_control", 0x08ed008c40780466, 0x60000f0505f},
};

}  // namespace

std::span<const Preset> presets() { return kPresets; }

const Preset* find_preset(std::string_view name) {
  for (const Preset& preset : kPresets)
    if (preset.name == name) return &preset;
  return nullptr;
}

}  // namespace vtd::model
