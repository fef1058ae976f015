// SPDX-License-Identifier: Apache-2.0 OR MIT
// An engine with one planted mistake: the example engine, whose calls and whose host can be tampered with.
//
// The functions of an engine have no context, so the mistake under test is global. Tampering code that stands for an
// observed engine calls the watch's callbacks by hand.
#pragma once

#include <functional>

#include "harness/engines.h"

extern "C" void __sanitizer_cov_load8(const void*);
extern "C" void __sanitizer_cov_store4(void*);
extern "C" void __sanitizer_cov_store8(void*);

namespace vtd::harness::test {

// What each call does instead. An empty function: what the example engine does.
struct Mistake {
  std::function<int(vtd_boot*)> copy, commit, audit;
  std::function<int(vtd_boot*, vtd_report*)> report;
  std::function<void(vtd_boot*)> shutdown;
  std::function<int(int)> boot;  // given the true status
  std::function<void(uint32_t unit, uint32_t at, uint64_t value, uint32_t bytes)> mmio_write;
};

inline Mistake mistake;
inline const vtd_host* real_host = nullptr;  // of the boot under way
inline const vtd_platform* platform = nullptr;
inline vtd_host tampered_host;
inline bool switched = false;  // commit was called

inline const vtd_engine& honest() {
  std::string error;
  return *find_engine("example", error)->get();
}

inline void store8(uint64_t* at, uint64_t value) {
  __sanitizer_cov_store8(at);
  *reinterpret_cast<volatile uint64_t*>(at) = value;
}

// The new root table, as the engine holds it.
inline uint64_t* new_table(uint64_t pa) { return reinterpret_cast<uint64_t*>(pa + real_host->linear_base); }
inline uint64_t* new_root(vtd_boot* b) { return new_table(honest().root(b, 0)); }
// The copied context entry of 00:02.0 (both qwords).
inline uint64_t* new_context(vtd_boot* b) { return new_table(new_root(b)[0] & ~uint64_t{0xfff}) + 2 * 0x10; }

inline int planted_boot(const vtd_host* host, const vtd_platform* p, vtd_boot** boot) {
  if (host == nullptr) return honest().boot(host, p, boot);
  real_host = host;
  switched = false;
  platform = p;
  tampered_host = *host;
  if (mistake.mmio_write) {
    tampered_host.mmio_write = [](void*, uint32_t unit, uint32_t at, uint64_t value, uint32_t bytes) {
      mistake.mmio_write(unit, at, value, bytes);
    };
  }
  const int status = honest().boot(&tampered_host, p, boot);
  return mistake.boot && status != VTD_BAD_ARGUMENT ? mistake.boot(status) : status;
}

inline void write_register(uint32_t unit, uint32_t at, uint64_t value, uint32_t bytes) {
  real_host->mmio_write(real_host->ctx, unit, at, value, bytes);
}

inline const vtd_engine& planted() {
  static vtd_engine engine = honest();
  engine.name = "planted";
  engine.boot = planted_boot;
  // A call that may not be made now is refused as ever.
  static const auto is_copied = [](vtd_boot* b) { return honest().root(b, 0) != 0; };
  engine.copy = [](vtd_boot* b) { return mistake.copy && !is_copied(b) ? mistake.copy(b) : honest().copy(b); };
  engine.commit = [](vtd_boot* b) {
    const bool may = is_copied(b) && !switched;
    switched |= may;
    return mistake.commit && may ? mistake.commit(b) : honest().commit(b);
  };
  engine.audit = [](vtd_boot* b) { return mistake.audit && is_copied(b) ? mistake.audit(b) : honest().audit(b); };
  engine.report = [](vtd_boot* b, vtd_report* r) {
    return mistake.report ? mistake.report(b, r) : honest().report(b, r);
  };
  engine.shutdown = [](vtd_boot* b) { mistake.shutdown ? mistake.shutdown(b) : honest().shutdown(b); };
  return engine;
}

}  // namespace vtd::harness::test
