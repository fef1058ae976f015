// SPDX-License-Identifier: Apache-2.0 OR MIT
// A sparse memory file without a name. QEMU maps it through the descriptor it inherits.
#include "harness/qemu/guest_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <system_error>

namespace vtd::harness::qemu {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

GuestMemory::GuestMemory(Ram ram) : ram_(ram) {
  descriptor_ = memfd_create("vtdfuzz-guest", MFD_CLOEXEC);
  if (descriptor_ < 0 || ftruncate(descriptor_, static_cast<off_t>(bytes())) != 0) fail("guest memory");
  void* const mapped = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor_, 0);
  if (mapped == MAP_FAILED) fail("guest memory");
  base_ = static_cast<std::byte*>(mapped);
}

GuestMemory::~GuestMemory() {
  munmap(base_, bytes());
  close(descriptor_);
}

std::byte* GuestMemory::at(model::Address address) const {
  if (address < ram_.low) return address >= kLegacyFirst && address <= kLegacyLast ? nullptr : base_ + address;
  if (address < kHighRam || address - kHighRam >= ram_.high + kOwnBytes) return nullptr;
  return base_ + ram_.low + (address - kHighRam);
}

model::Address GuestMemory::address_of(uint64_t offset) const {
  return offset < ram_.low ? offset : kHighRam + (offset - ram_.low);
}

void GuestMemory::clear() {
  if (fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes())) != 0)
    fail("guest memory");
}

void GuestMemory::each_written(
    const std::function<bool(uint64_t offset, const std::byte*, std::size_t bytes)>& visit) const {
  off_t end = 0;
  while (true) {
    const off_t start = lseek(descriptor_, end, SEEK_DATA);
    if (start < 0) return;  // nothing but holes from here on
    end = lseek(descriptor_, start, SEEK_HOLE);
    if (!visit(static_cast<uint64_t>(start), base_ + start, static_cast<std::size_t>(end - start))) return;
  }
}

std::optional<model::Address> GuestMemory::find(std::span<const std::byte> wanted) const {
  std::optional<model::Address> found;
  each_written([&](uint64_t offset, const std::byte* start, std::size_t bytes) {
    const void* const at = memmem(start, bytes, wanted.data(), wanted.size());
    if (at != nullptr) found = address_of(offset + static_cast<uint64_t>(static_cast<const std::byte*>(at) - start));
    return !found;
  });
  return found;
}

}  // namespace vtd::harness::qemu
