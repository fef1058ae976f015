// SPDX-License-Identifier: Apache-2.0 OR MIT
// The guest's RAM, shared with QEMU: tables are written here, and where DMA lands is seen here.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "model/address.h"

namespace vtd::harness::qemu {

// How much RAM the guest has from address 0 and from 4 GiB on. QEMU's q35 takes up to 2 GiB below.
struct Ram {
  uint64_t low = uint64_t{1} << 30, high = uint64_t{1} << 30;
  friend bool operator==(const Ram&, const Ram&) = default;
};

inline constexpr model::Address kHighRam = uint64_t{1} << 32;
inline constexpr model::Address kLegacyFirst = 0xa0000, kLegacyLast = 0xbffff;  // video memory: no RAM behind it

class GuestMemory {
 public:
  // The harness's own pages lie above the RAM that a scenario may use.
  static constexpr uint64_t kOwnBytes = uint64_t{2} << 20;

  explicit GuestMemory(Ram ram);
  ~GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  Ram ram() const { return ram_; }
  uint64_t bytes() const { return ram_.low + ram_.high + kOwnBytes; }
  int descriptor() const { return descriptor_; }
  model::Address own() const { return kHighRam + ram_.high; }

  // nullptr where the guest has no RAM.
  std::byte* at(model::Address address) const;
  uint64_t* words(model::Address page) const { return reinterpret_cast<uint64_t*>(at(page)); }

  // Gives the memory behind all pages back; they read as zero.
  void clear();
  // Stretches of pages that were ever written, in order: where each lies in the file and here. Until `visit` is false.
  void each_written(const std::function<bool(uint64_t offset, const std::byte*, std::size_t bytes)>& visit) const;
  // An address, and where it lies in the file.
  model::Address address_of(uint64_t offset) const;
  uint64_t offset_of(model::Address address) const { return static_cast<uint64_t>(at(address) - base_); }
  // The first place that holds these bytes, among the pages that were ever written.
  std::optional<model::Address> find(std::span<const std::byte> bytes) const;

 private:
  Ram ram_;
  int descriptor_ = -1;
  std::byte* base_ = nullptr;
};

}  // namespace vtd::harness::qemu
