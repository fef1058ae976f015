// SPDX-License-Identifier: Apache-2.0 OR MIT
// Registers by qtest, tables through the shared memory.
#include "harness/qemu/tables.h"

#include "harness/dump/collect_tables.h"
#include "harness/qemu/vm.h"

namespace vtd::harness::qemu {

using model::Address;

Capture capture_tables(GuestMemory& memory, Qtest& qtest, Address registers) {
  Capture out;
  const auto read = [&](unsigned offset, unsigned width) { return qtest.read_now(registers + offset, width); };
  out.registers = registers;
  out.version = read(0x00, 4);
  out.capability = read(0x08, 8);
  out.extended = read(0x10, 8);
  out.status = read(0x1c, 4);
  out.root = read(0x20, 8);
  out.faults = read(0x34, 4);
  out.head = read(0x80, 8);
  out.tail = read(0x88, 8);
  out.queue = read(0x90, 8);
  out.interrupt_table = read(0xb8, 8);
  out.pages = collect_tables([&](Address page) { return memory.words(page); }, {out.root});
  return out;
}

Capture capture_guest(Guest& guest, const GuestWords& words) {
  Capture out = capture_tables(guest.memory(), guest.qtest(), Vm::kUnit);
  out.name = words.name;
  out.kernel = words.kernel;
  out.device = words.unit;
  read_iomem("/proc/iomem of the guest", words.iomem, out);
  return out;
}

}  // namespace vtd::harness::qemu
