// SPDX-License-Identifier: Apache-2.0 OR MIT
// Memory, registers and page tables of the benchmarked machine.
#include "harness/bench/flat_machine.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <numeric>
#include <random>

#include "model/scenario/scenario.h"

namespace vtd::bench {
namespace {

constexpr uint64_t kOldBase = 0x100000000, kCrashBase = 0x4000000000, kLastByte = 0xffffffffff;
constexpr uint64_t kReadWrite = 3;
constexpr std::size_t kEntries = 512;
constexpr std::size_t kRoot = 0, kContext = 1, kLevel4 = 2, kLevel3 = 3, kLevel2 = 4;  // positions in the walk

std::byte* map(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, bytes, MADV_HUGEPAGE);  // a kernel's linear map has large pages too
  return static_cast<std::byte*>(memory);
}

// Tables of the levels 4 to 1 that make up a tree of `tables`: one, one, and as few of level 2 as can hold level 1.
struct Shape {
  std::size_t level2, level1;
  explicit Shape(std::size_t tables) : level2((tables - 2 + kEntries) / (kEntries + 1)), level1(tables - 2 - level2) {}
};

}  // namespace

FlatMachine::FlatMachine(std::size_t tables)
    : old_bytes_((tables + 2) * VTD_PAGE_BYTES),
      crash_bytes_(2 * old_bytes_ + (std::size_t{1} << 20)),  // the copies, and what the engine keeps of its own
      old_(map(old_bytes_)),
      crash_(map(crash_bytes_)),
      scattered_(tables + 2) {
  build(tables);
  std::memset(crash_, 0, crash_bytes_);  // page faults are nobody's cost

  memory_ = {.first = 0, .last = kLastByte, .kind = VTD_RAM, .zero = 0};
  crash_range_ = {.first = kCrashBase, .last = kCrashBase + crash_bytes_ - 1, .kind = VTD_RAM, .zero = 0};
  platform_ = {.abi = VTD_ABI,
               .size = sizeof platform_,
               .host_address_width = 46,
               .strategy = VTD_DEEP,
               .unit_count = 1,
               .memory_count = 1,
               .memory = &memory_,
               .crash = &crash_range_,
               .crash_count = 1,
               .reserved_count = 0,
               .reserved = nullptr};
  host_.abi = VTD_ABI;
  host_.size = sizeof host_;
  host_.ctx = this;
  host_.linear_base = reinterpret_cast<uint64_t>(crash_) - kCrashBase;
  host_.alloc = [](void* ctx, uint32_t flags) -> void* {
    auto& machine = *static_cast<FlatMachine*>(ctx);
    if (machine.used_ == machine.crash_bytes_) return nullptr;
    void* page = machine.crash_ + machine.used_;
    machine.used_ += VTD_PAGE_BYTES;
    return (flags & VTD_ZEROED) != 0 ? std::memset(page, 0, VTD_PAGE_BYTES) : page;
  };
  host_.free = [](void*, void*) {};
  host_.map_old = [](void* ctx, uint64_t pa, uint64_t) -> const void* {
    return static_cast<FlatMachine*>(ctx)->old_ + (pa - kOldBase);
  };
  host_.unmap_old = [](void*, const void*, uint64_t) {};
  host_.mmio_read = [](void* ctx, uint32_t, uint32_t offset, uint32_t) {
    return static_cast<FlatMachine*>(ctx)->register_value(offset);
  };
  host_.mmio_write = [](void*, uint32_t, uint32_t, uint64_t, uint32_t) {};
  host_.flush = [](void*, const void*, uint64_t) {};
  host_.barrier = [](void*) {};
  host_.pause = [](void*) {};
  host_.event = [](void*, uint32_t, uint64_t, const char*, int) {};
  host_.fatal = [](void*, const char*, const char*, int) { std::terminate(); };
}

FlatMachine::~FlatMachine() {
  munmap(old_, old_bytes_);
  munmap(crash_, crash_bytes_);
}

// S§11.4: a unit that translates through the root table and has nothing pending.
uint64_t FlatMachine::register_value(uint32_t offset) const {
  const model::Preset& server = model::presets().front();
  switch (offset) {
    case 0x00:
      return 0x10;
    case 0x08:
      return server.capability;
    case 0x10:
      return server.extended;
    case 0x1c:
      return 0xc0000000;
    case 0x20:
      return address(kRoot);
    default:
      return 0;
  }
}

uint64_t* FlatMachine::frame(std::size_t index) const {
  return reinterpret_cast<uint64_t*>(old_ + std::size_t{scattered_[index]} * VTD_PAGE_BYTES);
}

uint64_t FlatMachine::address(std::size_t index) const {
  return kOldBase + uint64_t{scattered_[index]} * VTD_PAGE_BYTES;
}

void FlatMachine::build(std::size_t tables) {
  std::iota(scattered_.begin(), scattered_.end(), 0U);
  std::shuffle(scattered_.begin(), scattered_.end(), std::minstd_rand(1));
  for (std::size_t i = 0; i < scattered_.size(); ++i) tables_.push_back(reinterpret_cast<const std::byte*>(frame(i)));

  const Shape shape(tables);
  const std::size_t level1 = kLevel2 + shape.level2;
  frame(kRoot)[0] = address(kContext) | 1;    // S§9.1: present
  frame(kContext)[0] = address(kLevel4) | 1;  // S§9.3: present, TT=00b
  frame(kContext)[1] = 2 | uint64_t{1} << 8;  // AW: 4 levels; domain-id 1
  frame(kLevel4)[0] = address(kLevel3) | kReadWrite;
  for (std::size_t i = 0; i < shape.level2; ++i) frame(kLevel3)[i] = address(kLevel2 + i) | kReadWrite;
  for (std::size_t i = 0; i < shape.level1; ++i) {
    frame(kLevel2 + i / kEntries)[i % kEntries] = address(level1 + i) | kReadWrite;
    uint64_t* leaves = frame(level1 + i);
    for (std::size_t j = 0; j < kEntries; ++j) leaves[j] = ((i * kEntries + j) * VTD_PAGE_BYTES) | kReadWrite;
  }
}

}  // namespace vtd::bench
