// SPDX-License-Identifier: Apache-2.0 OR MIT
// The least surroundings an engine can run in: two flat stretches of memory and a few registers. No checks, no records:
// what a benchmark measures here is the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/takeover.h"

namespace vtd::bench {

// One device whose domain has a given number of 4-level page tables, full of 4 KiB leaves. The tables lie scattered
// over old memory, as they do in a kernel that has run for a while.
class FlatMachine {
 public:
  explicit FlatMachine(std::size_t tables);
  ~FlatMachine();
  FlatMachine(const FlatMachine&) = delete;
  FlatMachine& operator=(const FlatMachine&) = delete;

  const vtd_host& host() const { return host_; }
  const vtd_platform& platform() const { return platform_; }
  // Every table, in the order a walk from the root meets them, root and context table first.
  const std::vector<const std::byte*>& tables() const { return tables_; }
  // Where the next page will be given from.
  std::byte* free_memory() const { return crash_ + used_; }
  // All crash memory is free again.
  void reset() { used_ = 0; }

 private:
  uint64_t register_value(uint32_t offset) const;
  uint64_t* frame(std::size_t index) const;
  uint64_t address(std::size_t index) const;
  void build(std::size_t tables);

  std::size_t old_bytes_, crash_bytes_;
  std::byte* old_;
  std::byte* crash_;
  std::size_t used_ = 0;
  std::vector<uint32_t> scattered_;  // the frame of the n-th table
  std::vector<const std::byte*> tables_;
  vtd_range memory_{}, crash_range_{};
  vtd_host host_{};
  vtd_platform platform_{};
};

}  // namespace vtd::bench
