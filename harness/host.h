// SPDX-License-Identifier: Apache-2.0 OR MIT
// The surroundings of an engine (vtd_host): memory from the crash reservation, windows into old memory, registers.
//
// It refuses what the scenario says, counts what the contract forbids (Observed), and tells the hardware what happens.
// A fatal error, or a polling loop without end, leaves the engine with longjmp: its frames hold nothing that needs
// undoing.
#pragma once

#include <csetjmp>

#include "engine/takeover.h"
#include "harness/crash_pages.h"
#include "harness/hostile_device.h"
#include "harness/old_windows.h"
#include "harness/watch.h"
#include "model/hardware.h"

namespace vtd::harness {

// How a call of the engine ended.
enum class Ending : std::uint8_t {
  returned,
  fatal,           // the engine called fatal
  polled_forever,  // more pauses in one call than any timeout of the contract allows
  bad_register,    // an access to a unit or register that does not exist
};

class Host {
 public:
  static constexpr uint32_t kPausesMost = 1u << 20;

  Host(model::Machine& machine, model::Hardware& hardware, model::Trace& trace, model::Observed& observed);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // The crash kernel of this generation boots: its reservation is empty, nothing was counted.
  void boot(unsigned generation);
  // The machine goes down: what is freed from now on is no longer in use by hardware.
  void power_off() { powered_ = false; }
  void trace_everything(bool on) { watch_.trace_everything(on); }
  const vtd_host& callbacks() const { return callbacks_; }

  // Runs a call of the engine, watched. What the body answers must be written through `context`.
  Ending run(void (*body)(void*), void* context);
  template <class Body>
  Ending call(Body body) {
    return run([](void* b) { (*static_cast<Body*>(b))(); }, &body);
  }

  // While the old tables are copied a device may change them.
  HostileDevice& device() { return device_; }
  // Old pages that the engine was shown and that have changed since are told to Observed.
  void compare_old_pages();
  bool showed_any_of(model::MemoryRange range) const { return windows_.showed_any_of(range); }
  bool observed() const { return watch_.seen(); }
  uint64_t times_asked() const { return times_asked_; }  // by engines, since this host was made
  const char* fatal_what() const { return fatal_what_; }
  const char* fatal_file() const { return fatal_file_; }
  int fatal_line() const { return fatal_line_; }

 private:
  static Host& of(void* context);
  static void* alloc(void* context, uint32_t flags);
  static void free(void* context, void* page);
  static const void* map_old(void* context, uint64_t pa, uint64_t bytes);
  static void unmap_old(void* context, const void* mapped, uint64_t bytes);
  static uint64_t mmio_read(void* context, uint32_t unit, uint32_t offset, uint32_t width);
  static void mmio_write(void* context, uint32_t unit, uint32_t offset, uint64_t value, uint32_t width);
  static void flush(void* context, const void* start, uint64_t bytes);
  static void barrier(void* context);
  static void pause(void* context);
  static void event(void* context, uint32_t kind, uint64_t detail, const char* file, int line);
  static void fatal(void* context, const char* what, const char* file, int line);
  static void on_behalf_of(void* context, const void* code);

  void enter(uintptr_t caller);
  bool may_show(model::Address pa, uint64_t bytes);
  void check_register(uint32_t unit, uint32_t offset, uint32_t width);
  [[noreturn]] void leave(Ending ending);
  void note(model::EventKind kind, uint64_t address, uint64_t value = 0, uint32_t unit = 0, uint32_t width = 0) {
    trace_.add(kind, address, value, unit, width, caller_);
  }
  uint32_t now() const { return static_cast<uint32_t>(trace_.events().size()); }

  model::Machine& machine_;
  model::Hardware& hardware_;
  model::Trace& trace_;
  model::Observed& observed_;
  CrashPages pages_;
  OldWindows windows_;
  HostileDevice device_;
  Watch watch_;
  vtd_host callbacks_{};
  unsigned generation_ = 0;
  uint32_t pauses_ = 0;
  uint64_t times_asked_ = 0;
  bool powered_ = true;
  uintptr_t caller_ = 0;        // where the engine called from
  uintptr_t on_behalf_of_ = 0;  // ... as it says itself, once
  std::jmp_buf out_;
  Ending ending_ = Ending::returned;
  const char* fatal_what_ = nullptr;
  const char* fatal_file_ = nullptr;
  int fatal_line_ = 0;
};

}  // namespace vtd::harness
