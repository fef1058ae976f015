// SPDX-License-Identifier: Apache-2.0 OR MIT
// A Linux guest with an Intel IOMMU under QEMU, emulated: booted, stopped and looked into from outside.
#pragma once

#include <string>
#include <vector>

#include "harness/qemu/guest_memory.h"
#include "harness/qemu/process.h"
#include "harness/qemu/qtest.h"

namespace vtd::harness::qemu {

struct GuestOptions {
  std::string kernel, initramfs, command_line;
  std::string unit;                  // of -device intel-iommu
  std::vector<std::string> devices;  // further words of QEMU's command line
  std::vector<int> inherited;        // descriptors that they name
  Ram ram{uint64_t{1} << 30, 0};
};

class Guest {
 public:
  explicit Guest(const GuestOptions& options);

  GuestMemory& memory() { return memory_; }
  Qtest& qtest() { return qtest_; }
  // Reads the console until it shows this text; what it said since the last call. Throws InputError after `seconds`,
  // with the end of what was said.
  std::string wait_for(const std::string& text, unsigned seconds);
  // Reads on until guest-init is ready; /proc/iomem, which it shows before. Throws likewise.
  std::string wait_until_ready(unsigned seconds);
  // Types a line on the console.
  void say(const std::string& line);
  // The guest's processor and clocks stop, and go on.
  void stop() { command("stop"); }
  void go_on() { command("cont"); }
  // All of its memory into a file, in a format that QEMU knows: "elf", "kdump-zlib" (flattened).
  void dump(const std::string& path, const std::string& format);
  // As an ELF core that makedumpfile reads, too.
  void dump_core(const std::string& path);
  // A function's page in configuration space, where the firmware of this machine puts it.
  static model::Address configuration_of(model::SourceId source) { return 0xb0000000 + (model::Address{source} << 12); }

 private:
  // `arguments`: the inside of a JSON object.
  void command(const std::string& name, const std::string& arguments = "");

  GuestMemory memory_;
  Process process_;
  Qtest qtest_;
  std::string said_, answers_;
};

}  // namespace vtd::harness::qemu
