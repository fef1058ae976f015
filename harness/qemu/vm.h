// SPDX-License-Identifier: Apache-2.0 OR MIT
// QEMU as a bare machine: a remapping unit that translates, and DMA engines under every source-id that is asked for. No
// processor runs.
//
// The engines are rocker switches behind one root port. Rewriting the port's bus number moves them to any bus of the
// root table; bus 0 included, since the number decides the source-id and not the place.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "harness/qemu/guest_memory.h"
#include "harness/qemu/process.h"
#include "harness/qemu/qtest.h"
#include "model/machine.h"

namespace vtd::harness::qemu {

// A unit that QEMU can be told to be.
struct UnitKind {
  const char* name;
  const char* options;  // of -device intel-iommu
};
std::span<const UnitKind> unit_kinds();

struct VmOptions {
  UnitKind unit;
  Ram ram;
  std::set<uint8_t> devices;  // functions (devfn) under which there is a DMA engine; 0 always is one
};

class Vm {
 public:
  explicit Vm(const VmOptions& options);

  const VmOptions& options() const { return options_; }
  GuestMemory& memory() { return *memory_; }
  Qtest& qtest() { return qtest_; }
  bool has_device(uint8_t devfn) const { return options_.devices.contains(devfn); }

  // The unit as the model describes it, translating through `root`.
  model::UnitState unit_state(uint64_t root, bool queue) const;
  // What lies where, for the model: RAM, registers, holes.
  static std::vector<model::MemoryRange> memory_map(Ram ram);

  // Translation goes on through another root. There is no invalidation queue.
  void set_root(uint64_t root);
  // The old kernel had a queue, which is idle. From here on registers do not invalidate.
  void start_old_queue();
  // Back to invalidation by registers, whatever queue a crash kernel has set up.
  void stop_queue();
  uint64_t status();

  // --- commands collected, not yet run
  void forget_context(model::SourceId source);  // what the unit remembers of this device's context entry
  void forget_pages();                          // and of all pages
  void move_devices_to(uint8_t bus);
  static model::Address registers_of(uint8_t devfn);
  static constexpr model::Address kUnit = 0xfed90000;

 private:
  void describe_unit();
  void open_configuration_space();
  void start_translation();
  void start_devices();

  VmOptions options_;
  std::unique_ptr<GuestMemory> memory_;
  Process process_;
  Qtest qtest_;
  uint64_t capability_ = 0, extended_ = 0;
  unsigned iotlb_register_ = 0;
  int bus_ = -1;
};

}  // namespace vtd::harness::qemu
