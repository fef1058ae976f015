// SPDX-License-Identifier: Apache-2.0 OR MIT
// A machine on a desk: old tables written by hand, and an honest copier that plays the engine, so that tests can then
// spoil one thing at a time.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "model/hardware.h"
#include "properties/evidence.h"

namespace vtd::properties::test {

using namespace vtd::model;

inline constexpr std::uint64_t kCapability = 6 | std::uint64_t{6} << 8 | std::uint64_t{47} << 16 |
                                             std::uint64_t{0x22} << 24 | std::uint64_t{3} << 34 |
                                             std::uint64_t{1} << 39 | std::uint64_t{18} << 48;
inline constexpr std::uint64_t kCachingMode = 1 << 7;
inline constexpr std::uint64_t kExtended = 0xc7 | std::uint64_t{0xf} << 8;  // C, QI, DT, PT, SC
inline constexpr std::uint64_t kNotCoherent = kExtended & ~std::uint64_t{1};
inline constexpr Address kPool = 0x1000000;  // old frames, one a number
inline constexpr Address kRamLast = 0x3fffffff, kHole = 0x50000000, kMmio = 0x60000000, kMmioLast = 0x6fffffff;
inline constexpr Address kCrash = 0x30000000, kCrashLast = 0x307fffff, kSecond = 0x34000000, kSecondLast = 0x347fffff;

constexpr Address frame(unsigned number) { return kPool + number * kPageBytes; }

struct Desk {
  explicit Desk(std::uint64_t capability = kCapability, std::uint64_t extended = kExtended, unsigned units = 1);

  Machine machine;
  Trace trace;
  Hardware hardware;
  Claims claims;
  Observed observed;
  Judge judge;
  Properties properties;
  unsigned generation = 0;
  std::vector<Rules> rules;
  std::vector<Hierarchy> before;
  std::vector<std::uint32_t> status_before;

  // --- tables, old or new ------------------------------------------------------------------------------------------
  void put(Address at, std::uint64_t value);
  std::uint64_t get(Address at) const;
  void root(Address table, unsigned bus, Address context_table, std::uint64_t bits = 1) {
    put(table + bus * 16, context_table | bits);
  }
  void context(Address table, unsigned devfn, Address top, unsigned id, unsigned type = 0, unsigned width = 2) {
    put(table + devfn * 16, top | type << 2 | 1);
    put(table + devfn * 16 + 8, width | id << 8);
  }
  void paging(Address table, unsigned index, Address to, std::uint64_t bits = 3) { put(table + index * 8, to | bits); }
  // One device 00:02.0 with id 5: root frame(0), context table frame(1), levels 4 to 1 in frames 2 to 5, and pages of
  // the last mapped to 0x8000 and 0x9000.
  void usual();

  // --- the takeover ------------------------------------------------------------------------------------------------
  // Remembers `before`, and starts the hardware.
  void boot();
  // Copies what boot() saw into the reservation and fills in the claims.
  void copy(Strategy strategy = Strategy::deep);
  void commit();  // writes back, sets the root on every unit, invalidates
  void read_ids();
  Evidence evidence() { return {&machine, &hardware, &trace, &claims, &observed, generation, before, status_before}; }
  // The page that holds the copy of an old page in a role.
  Address copy_of(Address page, unsigned role, unsigned unit = 0) const;
  Address new_page();

  // --- verdicts ----------------------------------------------------------------------------------------------------
  void after_copy() { properties.after_copy(evidence(), judge); }
  void after_commit() { properties.after_commit(evidence(), judge); }
  void after_call() {
    read_ids();
    properties.after_call(evidence(), judge);
  }
  // boot, copy, after_copy, commit, after_commit: everything must hold.
  void taken_over(Strategy strategy = Strategy::deep);

 private:
  Address clone(Address page, unsigned role, unsigned unit);
  void copy_root(unsigned unit);
  void copy_contexts(Address to, unsigned unit);
  void copy_tables(Address to, unsigned level, unsigned unit);
  bool safe(Address page) const;
  void quarantine(Address old_entry, std::uint64_t value, Address target, unsigned role, unsigned unit,
                  model::DomainId id = 0);

  SourceId source_ = 0;  // whose entry is being copied
  std::map<std::tuple<Address, unsigned, unsigned>, Address> copies_;
  Address next_ = kCrash;
};

}  // namespace vtd::properties::test
