// SPDX-License-Identifier: Apache-2.0 OR MIT
// dmar_drhd_units -> struct dmar_drhd_unit -> struct intel_iommu -> root_entry (drivers/iommu/intel/,
// include/linux/dmar.h). What is relied on held from Linux 4.0 to 6.12: the list comes first and reg_base_addr fourth;
// struct intel_iommu begins with reg, reg_phys, reg_size, cap, ecap; root_entry stands before the two functions that
// flush.
#include "harness/dump/kernel_units.h"

#include <array>
#include <set>

#include "harness/input_error.h"
#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;

constexpr unsigned kUnitsMost = 1024;
constexpr uint64_t kKernelHalf = 0xff00000000000000, kText = 0xffffffff80000000;  // with five levels or four
constexpr uint64_t kBaseAt = 24;                                                  // of dmar_drhd_unit
constexpr uint64_t kPhysicalAt = 8, kCapAt = 24, kEcapAt = 32;                    // of intel_iommu
constexpr uint64_t kUnitBytes = 128, kIommuBytes = 1024;                          // how far fields are looked for

bool is_registers(uint64_t base) { return base != 0 && (base & ~model::kAddressBits) == 0; }

// The pointer to what knows the same registers.
uint64_t iommu_of(KernelMemory& memory, uint64_t unit, Address registers) {
  for (uint64_t at = kBaseAt + 8; at < kUnitBytes; at += 8) {
    const uint64_t pointer = memory.word(unit + at).value_or(0);
    if (pointer >= kKernelHalf && pointer % 8 == 0 && memory.word(pointer + kPhysicalAt) == registers) return pointer;
  }
  return 0;
}

// A page in front of two functions.
Address root_of(KernelMemory& memory, uint64_t iommu) {
  for (uint64_t at = kEcapAt + 8; at < kIommuBytes; at += 8) {
    const uint64_t pointer = memory.word(iommu + at).value_or(0);
    if (pointer < kKernelHalf || pointer % model::kPageBytes != 0) continue;
    if (memory.word(iommu + at + 8).value_or(0) < kText || memory.word(iommu + at + 16).value_or(0) < kText) continue;
    if (const auto page = memory.physical(pointer)) return *page;
  }
  return 0;
}

std::string name_of(KernelMemory& memory, uint64_t iommu) {
  std::array<uint8_t, 256> bytes{};
  if (!memory.bytes(iommu, bytes)) return {};
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t at = all.find("dmar");
  if (at == std::string_view::npos) return {};
  std::string name = "dmar";
  for (std::size_t i = at + 4; i < all.size() && all[i] >= '0' && all[i] <= '9'; ++i) name += all[i];
  return name;
}

std::optional<KernelUnit> known_at(KernelMemory& memory, uint64_t unit) {
  KernelUnit known;
  known.registers = memory.word(unit + kBaseAt).value_or(0);
  const uint64_t iommu = is_registers(known.registers) ? iommu_of(memory, unit, known.registers) : 0;
  if (iommu == 0) return std::nullopt;
  known.name = name_of(memory, iommu);
  known.capability = memory.word(iommu + kCapAt).value_or(0);
  known.extended = memory.word(iommu + kEcapAt).value_or(0);
  known.root = root_of(memory, iommu);
  return known;
}

}  // namespace

KernelUnits kernel_units(KernelMemory& memory, uint64_t list) {
  KernelUnits units;
  std::set<uint64_t> seen;
  for (std::optional<uint64_t> unit = memory.word(list); unit != list; unit = memory.word(*unit)) {
    if (!unit)
      units.broken_off = "the kernel's list of units leads out of its memory";
    else if (!seen.insert(*unit).second)
      units.broken_off = "the kernel's list of units leads back into itself";
    else if (seen.size() > kUnitsMost)
      units.broken_off = "the kernel's list of units has no end";
    if (!units.broken_off.empty()) break;
    if (const auto known = known_at(memory, *unit)) units.found.push_back(*known);
  }
  if (units.found.empty()) throw InputError{"the kernel's list of units has none with its registers mapped"};
  return units;
}

}  // namespace vtd::harness
