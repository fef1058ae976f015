// SPDX-License-Identifier: Apache-2.0 OR MIT
// The engine is watched load by load and store by store (DESIGN "Observation").
//
// An engine compiled with -fsanitize-coverage=trace-loads,trace-stores calls __sanitizer_cov_load8 and its kin *before*
// each access; its block operations are renamed to vtdfuzz_memcpy, vtdfuzz_memset and vtdfuzz_memmove. Both arrive here
// while a watch is current. A store is therefore kept pending and settled, read back and told to the hardware, at
// whatever comes next: the next access, the next call to the host, the return of the engine's call.
//
// Not watched: memcmp, atomics other than plain loads and stores, assembly. An engine compiled without these flags runs
// unobserved: nothing arrives here, and seen() stays false.
#pragma once

#include <array>

#include "harness/crash_pages.h"
#include "harness/old_windows.h"
#include "model/hardware.h"
#include "model/observed.h"
#include "model/trace.h"

namespace vtd::harness {

class Watch {
 public:
  Watch(model::Memory& memory, model::Hardware& hardware, model::Trace& trace, model::Observed& observed,
        CrashPages& pages, OldWindows& windows)
      : memory_(memory), hardware_(hardware), trace_(trace), observed_(observed), pages_(pages), windows_(windows) {}

  // A crash kernel starts: where its reservation lies for the engine.
  void boot();
  // Trace stores to pages that hardware cannot see, too. Their values may be pointers, so such traces are not compared.
  void trace_everything(bool on) { everything_ = on; }
  // The engine begins to run, or stops running.
  void begin();
  void end();
  // The pending store has taken effect: the engine is about to be seen doing something else, after which other pages
  // may be held, or in use by hardware.
  void settle() {
    quiet_.fill(0);
    if (pending_.bytes != 0) settle_pending();
  }
  // An observed engine has stored to memory of the host: none can boot without.
  bool seen() const { return seen_; }

  void load(const void* pointer, std::size_t bytes);
  void store(const void* pointer, std::size_t bytes, uintptr_t where);
  // A block store is told before and after it happens.
  void before_block(const void* to, std::size_t bytes, uintptr_t where);
  void after_block();

 private:
  enum class Place : uint8_t { elsewhere, crash, old };
  Place place_of(const void* pointer) const;
  void wild(const void* pointer, Place place);
  void settle_pending();
  uint32_t now() const { return static_cast<uint32_t>(trace_.events().size()); }

  struct Pending {
    const std::byte* qwords = nullptr;  // the first aligned qword touched
    std::size_t bytes = 0;              // of the store; 0: none pending
    std::size_t count = 0;              // qwords touched
    uint64_t before[3] = {};
    uintptr_t where = 0;
  };

  model::Memory& memory_;
  model::Hardware& hardware_;
  model::Trace& trace_;
  model::Observed& observed_;
  CrashPages& pages_;
  OldWindows& windows_;

  uintptr_t crash_start_ = 0, crash_bytes_ = 0;
  uint64_t linear_base_ = 0;
  Pending pending_;
  bool seen_ = false, everything_ = false;
  // Pages found held and out of the hardware's sight since the last settle(), by their low bits: stores there are of no
  // interest.
  std::array<uint64_t, 16> quiet_{};
  // A block store under way: the live pages it covers as they were, one after the other.
  const std::byte* block_ = nullptr;
  std::size_t block_bytes_ = 0;
  uintptr_t block_where_ = 0;
  std::vector<uint64_t> block_before_;
};

}  // namespace vtd::harness
