// SPDX-License-Identifier: Apache-2.0 OR MIT
// All of a guest's memory as it was at one moment, and which pages have changed since.
#pragma once

#include <vector>

#include "harness/qemu/guest_memory.h"

namespace vtd::harness::qemu {

class Snapshot {
 public:
  explicit Snapshot(const GuestMemory& memory);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // Addresses of the pages whose contents differ, in order.
  std::vector<model::Address> changed() const;
  // Addresses of the bytes of a page that differ.
  std::vector<model::Address> changed_bytes(model::Address page) const;
  uint64_t pages() const;  // of the guest's memory

 private:
  const GuestMemory& memory_;
  std::byte* copy_ = nullptr;
};

}  // namespace vtd::harness::qemu
