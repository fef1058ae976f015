// SPDX-License-Identifier: Apache-2.0 OR MIT
// Tables written by hand for the tests of walk and survey: a small machine with all supports, entries built bit by bit.
#pragma once

#include "model/walk.h"

namespace vtd::model::test {

// Server-like: 16-bit domain-ids, 3 to 5 levels, MGAW 57, ZLR, 2 MiB and 1 GiB pages; SC, PT, DT, QI, C.
inline constexpr uint64_t kCapability = 0x6 | 0xeull << 8 | 56ull << 16 | 1ull << 22 | 3ull << 34;
inline constexpr uint64_t kExtended = 1ull << 7 | 1ull << 6 | 1ull << 2 | 1ull << 1 | 1;
inline constexpr uint64_t kReadWrite = 3, kPageSize = 1u << 7, kSnoop = 1u << 11;
inline constexpr Address kRoot = 0x10000, kContexts = 0x11000, kL5 = 0x15000, kL4 = 0x14000, kL3 = 0x13000,
                         kL2 = 0x12000, kL1 = 0x16000, kHole = 0x3f00000000, kRegisters = 0xfed90000;
inline constexpr SourceId kDevice = 0x0010;  // 00:02.0

struct Tables {
  Machine machine;
  UnitState unit;
  Rules rules;
  Hierarchy hierarchy;

  Tables() {
    machine.memory.add_range(0, 0x3fffffff, MemoryKind::ram);
    machine.memory.add_range(kRegisters, kRegisters + 0xfff, MemoryKind::mmio);
    machine.memory.add_range(0x100000000, 0x1ffffffff, MemoryKind::ram);
    supports(kCapability, kExtended);
    root(0, kContexts | 1);
  }

  void supports(uint64_t capability, uint64_t extended, unsigned host_address_width = 46) {
    unit.capability = capability;
    unit.extended_capability = extended;
    rules = Rules::of(unit, host_address_width);
    hierarchy = {&machine, &rules, kRoot, View::cpu, 255};
  }
  void word(Address at, uint64_t value) { machine.memory.make_frame(at)[at % kPageBytes / 8] = value; }
  void root(unsigned bus, uint64_t low, uint64_t high = 0) {
    word(kRoot + bus * 16, low);
    word(kRoot + bus * 16 + 8, high);
  }
  void context(SourceId source, uint64_t low, uint64_t high) {
    word(kContexts + devfn_of(source) * 16u, low);
    word(kContexts + devfn_of(source) * 16u + 8, high);
  }
  void paging(Address table, unsigned index, uint64_t entry) { word(table + index * 8, entry); }

  // kDevice, domain 5, four levels; IOVA 0x1000 to 0x1fff goes to `leaf`.
  void simple(uint64_t leaf = 0x8000 | kReadWrite) {
    context(kDevice, kL4 | 1, 2 | 5 << 8);
    paging(kL4, 0, kL3 | kReadWrite);
    paging(kL3, 0, kL2 | kReadWrite);
    paging(kL2, 0, kL1 | kReadWrite);
    paging(kL1, 1, leaf);
  }

  Outcome at(Iova iova, Access access = Access::read, RequestType type = RequestType::untranslated,
             SourceId source = kDevice) const {
    return walk(hierarchy, {source, iova, access, type});
  }
};

}  // namespace vtd::model::test
