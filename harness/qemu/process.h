// SPDX-License-Identifier: Apache-2.0 OR MIT
// A running QEMU. Its memory, its qtest and its monitor connection are descriptors it inherits, so that no file and no
// socket lies anywhere, and it ends with us.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "harness/qemu/guest_memory.h"

namespace vtd::harness::qemu {

class Process {
 public:
  // A q35 machine with this memory and what `arguments` add. Throws InputError when QEMU is not installed, is another
  // version than the one whose deviations are known, or refuses the arguments.
  // `inherited`: further descriptors that the arguments name.
  Process(const GuestMemory& memory, const std::vector<std::string>& arguments, const std::vector<int>& inherited = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int qtest() const { return qtest_; }
  int monitor() const { return monitor_; }
  int console() const { return console_; }  // the first serial port
  // QEMU closed a connection: throws, with its last words.
  [[noreturn]] void gone();

 private:
  pid_t pid_ = -1;
  int qtest_ = -1, monitor_ = -1, console_ = -1, words_ = -1;
};

// The version that `qemu-system-x86_64` reports. Throws InputError when there is none or it is not the one known here.
std::string qemu_version();

}  // namespace vtd::harness::qemu
