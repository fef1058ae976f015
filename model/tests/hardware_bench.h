// SPDX-License-Identifier: Apache-2.0 OR MIT
// A small machine whose takeover the hardware tests play by hand: one device, one domain, a copy of every table.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "model/hardware.h"

namespace vtd::model::test {

inline constexpr uint64_t kCapability = 6 | uint64_t{6} << 8 | uint64_t{47} << 16 | uint64_t{0x22} << 24 |
                                        uint64_t{3} << 34 | uint64_t{1} << 39 | uint64_t{18} << 48;
inline constexpr uint64_t kCachingMode = 1 << 7, kWriteBuffer = 1 << 4, kSwitchInvalidates = uint64_t{1} << 63;
inline constexpr uint64_t kDrainsWrites = uint64_t{1} << 54;
inline constexpr uint64_t kExtended = 0xc7 | uint64_t{0xf} << 8;  // C, QI, DT, PT, SC; IOTLB registers at 0xf0
inline constexpr uint64_t kNotCoherent = kExtended & ~uint64_t{1};

inline constexpr unsigned kGcmd = 0x18, kGsts = 0x1c, kRtaddr = 0x20, kCcmd = 0x28, kFsts = 0x34, kIqh = 0x80,
                          kIqt = 0x88, kIqa = 0x90, kIqercd = 0xb0, kIva = 0xf0, kIotlb = 0xf8;
inline constexpr uint32_t kTe = 1u << 31, kSrtp = 1u << 30, kWbf = 1u << 27, kQie = 1u << 26;
inline constexpr uint64_t kGlobal = 1, kDomain = 2, kSelective = 3;
inline constexpr uint64_t kStart = uint64_t{1} << 63, kDrain = uint64_t{1} << 48;  // of the IOTLB register
inline constexpr uint64_t kContextGlobal = 1 | kGlobal << 4, kIotlbGlobal = 2 | kGlobal << 4, kWait = 5 | 1 << 5;

// The old tables, and at the same distance from kNew their copies. Root, context table, levels 4 to 1.
inline constexpr Address kOld = 0x1000000, kNew = 0x20000000, kCrashLast = 0x20ffffff;
inline constexpr Address kContextPage = 0x1000, kLevel4 = 0x2000, kLevel3 = 0x3000, kLevel2 = 0x4000, kLevel1 = 0x5000;
inline constexpr Address kSpare = kNew + 0x10000, kQueue = kNew + 0x20000, kStatus = kNew + 0x21000;
inline constexpr SourceId kSource = 0x10;
inline constexpr DomainId kId = 5;

class HardwareBench : public testing::Test {
 protected:
  Machine machine;
  Trace trace;
  Hardware hardware;
  unsigned latency = 0;
  uint64_t tail = 0;  // of the queue

  // --- the machine -----------------------------------------------------------------------------------------------
  void boot(uint64_t capability = kCapability, uint64_t extended = kExtended, uint32_t version = 0x10) {
    machine.memory.add_range(0, 0x7fffffff, MemoryKind::ram);
    ASSERT_TRUE(machine.memory.set_crash(0, kNew, kCrashLast));
    UnitState unit;
    unit.capability = capability;
    unit.extended_capability = extended;
    unit.version = version;
    unit.root = kOld;
    unit.latency = static_cast<uint8_t>(latency);
    machine.units.push_back(unit);
    machine.memory.set_two_views((extended & 1) == 0);
    build(kOld);
    restart();
  }
  void restart() { hardware.start(machine, trace, 0); }
  void build(Address base) {
    put(base, base + kContextPage + 1);
    put(context_entry(base), base + kLevel4 + 1);
    put(context_entry(base) + 8, 2 | kId << 8);
    put(base + kLevel4, base + kLevel3 + 3);
    put(base + kLevel3, base + kLevel2 + 3);
    put(base + kLevel2, base + kLevel1 + 3);
    put(base + kLevel1 + 8, 0x8003);
    put(base + kLevel1 + 16, 0x9003);
  }
  // Without the hardware being told: the old kernel, or a block store to a page that is not live.
  void put(Address at, uint64_t value) {
    if (machine.memory.in_crash(at, 0)) machine.memory.touch_crash(page_of(at), 0);
    machine.memory.make_frame(page_of(at))[at % kPageBytes / 8] = value;
  }
  uint64_t get(Address at) const { return machine.memory.page(page_of(at), View::cpu)[at % kPageBytes / 8]; }
  static Address context_entry(Address base, unsigned devfn = kSource) { return base + kContextPage + 16 * devfn; }

  // --- what an engine does ----------------------------------------------------------------------------------------
  void store(Address at, uint64_t value, unsigned bytes = 8) {
    const uint64_t before = get(at);
    put(at, value);
    hardware.stored(at, before, value, bytes);
  }
  void flush(Address at, uint64_t bytes = 8) {
    machine.memory.write_back(at, bytes, 0);
    hardware.written_back(at, bytes);
  }
  void copy() {
    build(kNew);
    flush(kNew, 6 * kPageBytes);
  }
  uint64_t status() { return hardware.read(0, kGsts, 4); }
  void command(uint32_t bits) { hardware.write(0, kGcmd, (status() & 0x96ffffff) | bits, 4); }
  void set_root(Address root = kNew) {
    hardware.write(0, kRtaddr, root, 8);
    command(kSrtp);
    for (unsigned i = 0; i < latency; ++i) hardware.pause();
  }
  void invalidate_context(uint64_t scope, uint64_t source = 0, uint64_t domain = 0) {
    hardware.write(0, kCcmd, uint64_t{1} << 63 | scope << 61 | source << 16 | domain, 8);
    for (unsigned i = 0; i < latency; ++i) hardware.pause();
  }
  void invalidate_iotlb(uint64_t scope, uint64_t domain = 0, uint64_t address = 0) {
    hardware.write(0, kIva, address, 8);
    hardware.write(0, kIotlb, uint64_t{1} << 63 | scope << 60 | domain << 32, 8);
    for (unsigned i = 0; i < latency; ++i) hardware.pause();
  }
  void start_queue() {
    hardware.write(0, kIqt, 0, 8);
    hardware.write(0, kIqa, kQueue, 8);
    command(kQie);
    for (unsigned i = 0; i < latency; ++i) hardware.pause();
  }
  void queue(uint64_t low, uint64_t high = 0) {
    put(kQueue + tail, low);
    put(kQueue + tail + 8, high);
    tail = (tail + 16) % kPageBytes;
  }
  void submit() { hardware.write(0, kIqt, tail, 8); }
  void take_over() {
    copy();
    set_root();
    invalidate_context(kGlobal);
    invalidate_iotlb(kGlobal);
    hardware.call_returned();
    expect_held();
  }

  // --- what is expected -------------------------------------------------------------------------------------------
  void expect_held() const {
    for (const Violation& v : hardware.violations())
      ADD_FAILURE() << rule_name(v.rule) << " at " << std::hex << v.address << ": " << v.expected << ", " << v.got;
  }
  bool broke(Rule rule) const {
    return std::any_of(hardware.violations().begin(), hardware.violations().end(),
                       [&](const Violation& v) { return v.rule == rule; });
  }
  void expect_broken(Rule rule, Address address) const {
    ASSERT_FALSE(hardware.violations().empty()) << rule_name(rule);
    const Violation& first = hardware.violations().front();
    EXPECT_STREQ(rule_name(first.rule), rule_name(rule));
    EXPECT_EQ(first.address, address);
    EXPECT_GT(hardware.checked(rule), 0u);
  }
};

// After a takeover, when drivers change what is live.
inline constexpr Iova kIova = 0x1000;  // of the entry at kLevel1 + 8

class LiveEntries : public HardwareBench {
 protected:
  void start(uint64_t capability = kCapability, uint64_t extended = kExtended, uint32_t version = 0x10) {
    boot(capability, extended, version);
    take_over();
  }
  void retire_context() {
    store(kContext, get(kContext) & ~uint64_t{1});
    flush(kContext);
    invalidate_context(kSelective, kSource, kId);
    invalidate_iotlb(kDomain, kId);
  }
  void expect_stale(Address entry) {
    expect_held();
    hardware.call_returned();
    expect_broken(Rule::nothing_stale_after_call, entry);
  }
  void expect_clean() {
    hardware.call_returned();
    expect_held();
  }
  const Address kContext = context_entry(kNew), kLeaf = kNew + kLevel1 + 8, kLink = kNew + kLevel2;
};

}  // namespace vtd::model::test
