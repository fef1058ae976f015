// SPDX-License-Identifier: Apache-2.0 OR MIT
// The surroundings of an engine that takes QEMU's machine over from outside: pages of the guest's crash reservation,
// windows into its memory, the unit's registers over qtest.
#pragma once

#include <csetjmp>
#include <functional>
#include <vector>

#include "engine/takeover.h"
#include "harness/qemu/guest_memory.h"
#include "harness/qemu/qtest.h"
#include "model/machine.h"

namespace vtd::harness::qemu {

class TakeoverHost {
 public:
  TakeoverHost(GuestMemory& memory, Qtest& qtest, model::Address registers)
      : memory_(memory), qtest_(qtest), registers_(registers) {}
  TakeoverHost(const TakeoverHost&) = delete;
  TakeoverHost& operator=(const TakeoverHost&) = delete;

  // A crash kernel boots on this machine. It lies within the guest's RAM.
  void boot(const model::Machine& machine);
  const vtd_host& callbacks() const { return callbacks_; }
  // Called after every register write, while the engine waits.
  void after_writes(std::function<void()> watch) { watch_ = std::move(watch); }

  // Runs a call of the engine. nullptr, or why it did not come back.
  template <class Body>
  const char* call(Body body) {
    stopped_ = nullptr;
    pauses_ = 0;
    if (setjmp(out_) == 0) body();
    return stopped_;
  }

  bool holds(model::Address page) const;
  const std::vector<model::Address>& pages() const { return taken_; }  // that were ever taken

 private:
  static TakeoverHost& of(void* context) { return *static_cast<TakeoverHost*>(context); }
  static void* alloc(void* context, uint32_t flags);
  static void free(void* context, void* page);
  static const void* map_old(void* context, uint64_t pa, uint64_t bytes);
  static void unmap_old(void*, const void*, uint64_t) {}
  static uint64_t mmio_read(void* context, uint32_t unit, uint32_t offset, uint32_t width);
  static void mmio_write(void* context, uint32_t unit, uint32_t offset, uint64_t value, uint32_t width);
  static void flush(void*, const void*, uint64_t) {}  // QEMU has no caches of memory
  static void barrier(void*) {}
  static void pause(void* context);
  static void event(void*, uint32_t, uint64_t, const char*, int) {}
  static void fatal(void* context, const char* what, const char* file, int line);
  [[noreturn]] void stop(const char* why);

  GuestMemory& memory_;
  Qtest& qtest_;
  model::Address registers_;
  const model::Machine* machine_ = nullptr;
  vtd_host callbacks_{};
  std::function<void()> watch_;
  std::vector<model::Address> free_, taken_;
  model::Address next_ = 0;
  uint32_t allocations_ = 0, pauses_ = 0;
  const char* stopped_ = nullptr;
  std::jmp_buf out_;
};

}  // namespace vtd::harness::qemu
