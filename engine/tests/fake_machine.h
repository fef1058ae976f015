// SPDX-License-Identifier: Apache-2.0 OR MIT
// A small machine for the engine's own tests: old pages, an arena of crash memory, and units that obey at once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/takeover.h"

namespace vtd::engine::test {

using Page = std::array<std::uint64_t, 512>;

// What a unit was told, in order: "srtp", "context global", "iotlb domain 7", "context device 7 0x0010" ...
using Told = std::vector<std::string>;

struct FakeUnit {
  std::uint64_t capability = 0xd2008c40660462 | 0x80 * 0;  // 3 levels off, 4 levels, 8-bit ids, page-selective
  std::uint64_t extended = 0xf050db | 4;                   // coherent, queue, device-TLBs, pass-through, snoop control
  std::uint32_t status = 0xc0000000, version = 0x10, fault_status = 0;
  std::uint64_t root = 0, active_root = 0, context_command = 0, queue_address = 0;
  std::uint32_t queue_head = 0, queue_tail = 0;
  bool stuck_srtp = false, stuck_queue = false;
  Told told;
};

struct Translation {
  std::uint64_t address;
  unsigned permissions;
  friend bool operator==(const Translation&, const Translation&) = default;
};

class FakeMachine {
 public:
  static constexpr std::uint64_t kCrash = 0x30000000, kCrashPages = 4096;
  explicit FakeMachine(unsigned units = 1);
  ~FakeMachine();

  // --- the dead kernel -------------------------------------------------------------------------------------------
  Page& old(std::uint64_t page) { return old_[page]; }
  void root_entry(std::uint64_t root, unsigned bus, std::uint64_t table) { old(root)[2 * bus] = table | 1; }
  void context_entry(std::uint64_t table, unsigned devfn, std::uint64_t paging, unsigned id, unsigned width = 2,
                     unsigned type = 0);
  // The usual machine: root 0x1000, context table 0x2000 for bus 0, device 0x10 with id 5 and the tables 0x10000 (4),
  // 0x11000 (3), 0x12000 (2), 0x13000 (1), which map IOVA 0x0 to 0x100000 and 0x5000 to 0x105000, both read-write.
  void usual();
  std::vector<FakeUnit> units;
  std::vector<vtd_range> memory;
  std::vector<vtd_reserved_region> reserved;
  std::set<std::uint64_t> unreadable;

  // --- the crash kernel ------------------------------------------------------------------------------------------
  int boot(std::uint32_t strategy = VTD_DEEP);
  int copy() { return engine->copy(handle); }
  int commit() { return engine->commit(handle); }
  // boot, copy and commit; VTD_OK or the first error.
  int take_over(std::uint32_t strategy = VTD_DEEP);
  void shutdown();
  vtd_domain attach(unsigned source, unsigned unit = 0);  // expects success
  std::vector<vtd_finding> findings();
  std::vector<std::uint64_t> ids(unsigned unit = 0);

  // What hardware does with a request now, from the active root; nothing: it faults.
  std::optional<Translation> translate(unsigned source, std::uint64_t iova, unsigned unit = 0);
  const std::uint64_t* page(std::uint64_t pa);

  const vtd_engine* engine;
  vtd_boot* handle = nullptr;
  std::size_t pages_in_use = 0, allocations = 0, mapped = 0, old_reads = 0;
  std::size_t refuse_from = 0;  // number of the first allocation that is refused; 0: none
  std::uint64_t bad_frees = 0;
  std::size_t flushed_bytes = 0, pauses = 0;

 private:
  struct Callbacks;
  void command(FakeUnit& unit, std::uint32_t value);
  void run_queue(FakeUnit& unit);
  std::uint64_t* slot(std::uint64_t pa);

  std::map<std::uint64_t, Page> old_;
  std::vector<char> in_use_;
  std::byte* arena_;
  vtd_host host_{};
};

inline int map(FakeMachine& m, const vtd_domain& d, std::uint64_t iova, std::uint64_t pa, std::uint64_t bytes,
               unsigned access = 3) {
  return m.engine->map(m.handle, d.handle, iova, pa, bytes, access);
}

}  // namespace vtd::engine::test
