// SPDX-License-Identifier: Apache-2.0 OR MIT
// A sparse copy: what was never written takes no memory, and reads as zero on both sides.
#include "harness/qemu/snapshot.h"

#include <sys/mman.h>

#include <cstring>
#include <system_error>

namespace vtd::harness::qemu {

using model::Address;

Snapshot::Snapshot(const GuestMemory& memory) : memory_(memory) {
  void* const mapped =
      mmap(nullptr, memory.bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "snapshot of the guest's memory");
  copy_ = static_cast<std::byte*>(mapped);
  memory_.each_written([&](uint64_t offset, const std::byte* from, std::size_t bytes) {
    std::memcpy(copy_ + offset, from, bytes);
    return true;
  });
}

Snapshot::~Snapshot() { munmap(copy_, memory_.bytes()); }

std::vector<Address> Snapshot::changed() const {
  std::vector<Address> pages;
  memory_.each_written([&](uint64_t offset, const std::byte* now, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; i += model::kPageBytes)
      if (std::memcmp(copy_ + offset + i, now + i, model::kPageBytes) != 0)
        pages.push_back(memory_.address_of(offset + i));
    return true;
  });
  return pages;
}

std::vector<Address> Snapshot::changed_bytes(Address page) const {
  std::vector<Address> bytes;
  const std::byte *const before = copy_ + memory_.offset_of(page), *const now = memory_.at(page);
  for (std::size_t i = 0; i < model::kPageBytes; ++i)
    if (before[i] != now[i]) bytes.push_back(page + i);
  return bytes;
}

uint64_t Snapshot::pages() const { return memory_.bytes() / model::kPageBytes; }

}  // namespace vtd::harness::qemu
