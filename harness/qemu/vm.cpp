// SPDX-License-Identifier: Apache-2.0 OR MIT
// What firmware would have done: configuration space, the shadow RAM below 1 MiB, bus numbers, base addresses; and then
// the unit, switched on with an empty root table.
#include "harness/qemu/vm.h"

#include <fmt/core.h>

#include <array>
#include <stdexcept>

#include "model/layout.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;

constexpr Address kConfiguration = 0xb0000000;  // one MiB a bus, one page a function
constexpr unsigned kPortDevfn = 2 << 3;
constexpr unsigned kSecondaryBus = 0x19, kHomeBus = 1;
constexpr Address kWindow = 0xc0000000;  // of the port: 4 pages a function, 4 MiB in all
constexpr uint64_t kWindowEach = 0x4000;
constexpr unsigned kMemoryAndMaster = 6;  // PCI command register

// Registers of the unit (S§11.4) and bits of GCMD and GSTS (S§11.4.4).
constexpr unsigned kCapability = 0x08, kExtended = 0x10, kCommand = 0x18, kStatus = 0x1c, kRoot = 0x20,
                   kContextCommand = 0x28, kQueueTail = 0x88, kQueueAddress = 0x90;
constexpr uint64_t kTranslate = 1u << 31, kSetRoot = 1u << 30, kQueue = 1u << 26;
constexpr uint64_t kPersistent = 0x96ffffff;  // bits of GSTS that a command repeats
constexpr unsigned kOldQueueTail = 16;        // one descriptor
constexpr uint64_t kStarted = uint64_t{1} << 63;

// Registers of rocker: size of a test transfer, size of the first descriptor ring in descriptors.
constexpr unsigned kTestSize = 0x30, kRingSize = 0x1008;

std::vector<std::string> arguments(const VmOptions& options) {
  std::vector<std::string> line = {"-S",      "-accel",
                                   "tcg",  //
                                   "-device", fmt::format("intel-iommu,{}", options.unit.options),
                                   "-device", "pcie-root-port,id=rootport,bus=pcie.0,addr=2,chassis=1,slot=1"};
  for (const unsigned devfn : options.devices) {
    line.emplace_back("-device");
    line.push_back(
        fmt::format("rocker,name=r{},bus=rootport,addr={:x}.{},multifunction=on", devfn, devfn >> 3, devfn & 7));
  }
  return line;
}

// Without a function 0 the slot is empty for QEMU, and its power is off.
VmOptions with_first_function(VmOptions options) {
  options.devices.insert(0);
  return options;
}

Address configuration_of(unsigned bus, unsigned devfn) { return kConfiguration + (bus << 20) + (devfn << 12); }

}  // namespace

std::span<const UnitKind> unit_kinds() {
  static constexpr std::array kKinds = {
      UnitKind{"aw48", "aw-bits=48"},
      UnitKind{"aw39", "aw-bits=39"},
      UnitKind{"ats", "aw-bits=48,device-iotlb=on,snoop-control=on"},
      UnitKind{"cm", "aw-bits=48,caching-mode=on,pt=off"},
  };
  return kKinds;
}

Vm::Vm(const VmOptions& options)
    : options_(with_first_function(options)),
      memory_(std::make_unique<GuestMemory>(options.ram)),
      process_(*memory_, arguments(options_)),
      qtest_(process_) {
  open_configuration_space();
  describe_unit();
  start_translation();
  start_devices();
}

// PCIEXBAR of the host bridge through the old ports; then the PAM registers, so that 0xc0000-0xfffff is RAM.
void Vm::open_configuration_space() {
  qtest_.port_write(0xcf8, 0x80000060);
  qtest_.port_write(0xcfc, static_cast<uint32_t>(kConfiguration | 1));
  const Address bridge = configuration_of(0, 0);
  qtest_.write(bridge + 0x90, 0x30, 1);
  for (unsigned i = 1; i <= 6; ++i) qtest_.write(bridge + 0x90 + i, 0x33, 1);
  qtest_.run();
}

void Vm::describe_unit() {
  capability_ = qtest_.read_now(kUnit + kCapability, 8);
  extended_ = qtest_.read_now(kUnit + kExtended, 8);
  iotlb_register_ = static_cast<unsigned>(extended_ >> 8 & 0x3ff) * 16 + 8;  // ECAP.IRO (S§11.4.3)
}

// Translation stays on from here on: switching it costs milliseconds.
void Vm::start_translation() {
  qtest_.write(kUnit + kRoot, memory_->own(), 8);
  qtest_.write(kUnit + kCommand, kSetRoot, 4);
  qtest_.write(kUnit + kCommand, kTranslate, 4);
  qtest_.run();
  if ((status() & kTranslate) == 0) throw std::runtime_error("QEMU's unit does not switch translation on");
}

void Vm::start_devices() {
  const Address port = configuration_of(0, kPortDevfn);
  move_devices_to(kHomeBus);
  qtest_.write(port + 0x1a, 0xff, 1);  // subordinate bus
  qtest_.write(port + 0x20, kWindow >> 16, 2);
  qtest_.write(port + 0x22, (kWindow >> 16) + 0x30, 2);
  qtest_.write(port + 4, kMemoryAndMaster, 2);
  for (const uint8_t devfn : options_.devices) {
    const Address device = configuration_of(kHomeBus, devfn);
    qtest_.write(device + 0x10, registers_of(devfn), 4);
    qtest_.write(device + 4, kMemoryAndMaster, 2);
    qtest_.write(registers_of(devfn) + kTestSize, 8, 4);
    qtest_.write(registers_of(devfn) + kRingSize, 2, 4);
  }
  const Address last = configuration_of(kHomeBus, *options_.devices.rbegin());
  if (qtest_.read_now(last, 4) != 0x00061b36) throw std::runtime_error("a DMA engine does not answer");
}

model::UnitState Vm::unit_state(uint64_t root, bool queue) const {
  model::UnitState state;
  state.capability = capability_;
  state.extended_capability = extended_;
  state.status = static_cast<uint32_t>(kTranslate | kSetRoot | (queue ? kQueue : 0));
  state.root = root;
  state.registers = kUnit;
  if (queue) {
    state.queue_address = memory_->own() + model::kPageBytes;
    state.queue_head = state.queue_tail = kOldQueueTail;
  }
  return state;
}

// Between the RAM there are devices from the configuration space on, below it and above the RAM nothing at all.
std::vector<model::MemoryRange> Vm::memory_map(Ram ram) {
  using model::MemoryKind;
  return {{0, ~Address{0}, MemoryKind::hole},
          {0, ram.low - 1, MemoryKind::ram},
          {kLegacyFirst, kLegacyLast, MemoryKind::hole},
          {kConfiguration, kHighRam - 1, MemoryKind::mmio},
          {kHighRam, kHighRam + ram.high - 1, MemoryKind::ram},
          {kHighRam + ram.high, kHighRam + ram.high + GuestMemory::kOwnBytes - 1, MemoryKind::mmio}};
}

void Vm::set_root(uint64_t root) {
  stop_queue();
  qtest_.write(kUnit + kRoot, root, 8);
  qtest_.write(kUnit + kCommand, kTranslate | kSetRoot, 4);
  qtest_.run();
}

// One page with a wait descriptor that has been carried out; its status word lies in the same page (S§6.5.2.8).
void Vm::start_old_queue() {
  const Address page = memory_->own() + model::kPageBytes;
  memory_->words(page)[0] = 0x25;
  memory_->words(page)[1] = page + model::kPageBytes / 2;
  qtest_.write(kUnit + kQueueAddress, page, 8);
  qtest_.write(kUnit + kCommand, kTranslate | kQueue, 4);
  qtest_.write(kUnit + kQueueTail, kOldQueueTail, 8);
  qtest_.run();
}

uint64_t Vm::status() { return qtest_.read_now(kUnit + kStatus, 4); }

void Vm::stop_queue() {
  const uint64_t now = status();
  if ((now & kQueue) == 0) return;
  qtest_.write_now(kUnit + kCommand, now & kPersistent & ~kQueue, 4);
  // QEMU starts a queue whose tail is not 0 at once.
  qtest_.write_now(kUnit + kQueueTail, 0, 8);
  if ((status() & kQueue) != 0) throw std::runtime_error("QEMU's invalidation queue does not stop");
}

// Device-selective (S§11.4.6).
void Vm::forget_context(model::SourceId source) {
  qtest_.write(kUnit + kContextCommand, kStarted | uint64_t{3} << 61 | uint64_t{source} << 16, 8);
}

// Global (S§11.4.8).
void Vm::forget_pages() { qtest_.write(kUnit + iotlb_register_, kStarted | uint64_t{1} << 60, 8); }

void Vm::move_devices_to(uint8_t bus) {
  if (bus_ == bus) return;
  qtest_.write(configuration_of(0, kPortDevfn) + kSecondaryBus, bus, 1);
  bus_ = bus;
}

Address Vm::registers_of(uint8_t devfn) { return kWindow + devfn * kWindowEach; }

}  // namespace vtd::harness::qemu
