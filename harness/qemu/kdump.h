// SPDX-License-Identifier: Apache-2.0 OR MIT
// The classic way: Linux panics under QEMU with a crash kernel loaded, which boots on the same devices and takes the
// remapping unit over itself. The tables before and after, as scenarios.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/import/captured.h"
#include "harness/qemu/dead_tables.h"
#include "harness/qemu/guest.h"
#include "harness/qemu/landings.h"

namespace vtd::harness::qemu {

struct KdumpOptions {
  std::string kernel, initramfs;  // the initramfs has kernel and initramfs of the crash kernel inside
  unsigned seconds = 600;         // how long a kernel may take to boot
};

// A capture of the dead kernel's tables is too late when the unit walks the crash kernel's: throws InputError.
void must_be_before_takeover(uint64_t root, const model::MemoryRange& reservation);

class Kdump {
 public:
  explicit Kdump(KdumpOptions options) : options_(std::move(options)) {}

  struct Result {
    Imported before, after;  // the dead kernel's tables when the crash kernel begins to boot, and when it is up
    unsigned frames = 0, landed = 0;  // sent while the crash kernel runs; in the dead kernel's buffers
  };
  // Throws InputError when a kernel does not come as far as it should.
  Result run(const std::function<void(const std::string&)>& told);

 private:
  void boot();
  void crash();
  Imported capture(const char* name, const ImportOptions& options);

  KdumpOptions options_;
  Wire wire_;
  std::unique_ptr<Guest> guest_;
  std::string iomem_;
  model::MemoryRange reservation_{};
  DeadTables tables_;
};

}  // namespace vtd::harness::qemu
