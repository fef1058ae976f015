// SPDX-License-Identifier: Apache-2.0 OR MIT
// The crash kernel's life as a person would tell it: devices, domains, pages. The state of the state machine in
// rapidcheck_life_test.cpp; it knows nothing of tables, and of the engine only what engine/README.md promises.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/scenario/scenario.h"

namespace vtd::harness::test {

// Few pages and few devices, so that calls meet. Page 1 is mapped by the old kernel.
inline constexpr std::array<std::uint64_t, 5> kPages = {1, 2, 3, 0x200, 0x201};
inline constexpr int kNone = -1;

enum class Where : std::uint8_t { absent, legacy, given, open };  // open: nothing promises that it is there or gone

struct Page {
  std::uint64_t frame = 0;
  unsigned access = 0;
  Where where = Where::absent;
};

struct Domain {
  bool identity = false;
  std::map<std::uint64_t, Page> pages;
};

struct Device {
  model::SourceId source;
  int domain;  // that its context entry names; kNone: it has none
  bool attached = false, handed_over = false;
};

struct World {
  // Two functions of one domain, an alias and a device behind a bridge in another, a pass-through device, and one that
  // the old kernel did not know.
  std::vector<Device> devices = {{0x0010, 0}, {0x0011, 0}, {0x0100, 1}, {0x0128, 1}, {0x0020, 2}, {0x0030, kNone}};
  std::vector<Domain> domains = {
      {false, {{1, {0x5000, 3, Where::legacy}}}}, {false, {{1, {0x6000, 1, Where::legacy}}}}, {true, {}}};
  bool crashed_again = false, short_of_memory = false;

  const Device& device(const model::Step& step) const;
  Device& device(const model::Step& step);
  // Is the call one that means something now?
  bool makes_sense(const model::Step& step) const;
  void apply(const model::Step& step);
  // What must come of every request of every device.
  std::vector<model::Step> requests() const;

 private:
  void map(const model::Step& step);
  void unmap(const model::Step& step);
  void leave(Device& device);
  void hand_over(Device& device);
  bool all_handed_over(int domain) const;
  void crash();
};

inline const char* const kOldMachine =
    "vtd 1\n"
    "root at=0x1000000 bus=0 table=0x1001000\n"
    "root at=0x1000000 bus=1 table=0x100a000\n"
    "context at=0x1001000 devfn=02.0 count=2 table=0x1002000 domain=5\n"
    "context at=0x1001000 devfn=04.0 type=pass domain=6\n"
    "context at=0x100a000 devfn=00.0 table=0x1006000 domain=7\n"
    "context at=0x100a000 devfn=05.0 table=0x1006000 domain=7\n"
    "paging at=0x1002000 to=0x1003000\n"
    "paging at=0x1003000 to=0x1004000\n"
    "paging at=0x1004000 to=0x1005000\n"
    "paging at=0x1005000 index=1 to=0x5000000\n"
    "paging at=0x1006000 to=0x1007000\n"
    "paging at=0x1007000 to=0x1008000\n"
    "paging at=0x1008000 to=0x1009000\n"
    "paging at=0x1009000 index=1 to=0x6000000 bits=r\n";

}  // namespace vtd::harness::test
