// SPDX-License-Identifier: Apache-2.0 OR MIT
// The callbacks of vtd_host on QEMU.
#include "harness/qemu/takeover_host.h"

#include <algorithm>
#include <cstring>

namespace vtd::harness::qemu {
namespace {

constexpr uint32_t kPausesMost = 10'000;  // QEMU carries a command out before it answers

}  // namespace

void TakeoverHost::boot(const model::Machine& machine) {
  machine_ = &machine;
  const model::Address first = machine.memory.crash(0).first;
  next_ = first == 0 ? model::kPageBytes : first;
  free_.clear();
  taken_.clear();
  allocations_ = 0;
  const uint64_t base = reinterpret_cast<uintptr_t>(memory_.at(first)) - first;
  callbacks_ = {VTD_ABI,   sizeof(vtd_host), this,  base,    alloc, free,  map_old, unmap_old,
                mmio_read, mmio_write,       flush, barrier, pause, event, fatal,   nullptr};
}

bool TakeoverHost::holds(model::Address page) const {
  return machine_ != nullptr && machine_->memory.in_crash(page, 0) && page < next_;
}

void TakeoverHost::stop(const char* why) {
  stopped_ = why;
  longjmp(out_, 1);
}

void* TakeoverHost::alloc(void* context, uint32_t flags) {
  TakeoverHost& host = of(context);
  if (host.machine_->refuses(++host.allocations_)) return nullptr;
  model::Address page = 0;
  if (!host.free_.empty()) {
    page = host.free_.back();
    host.free_.pop_back();
  } else {
    if (host.next_ > host.machine_->memory.crash(0).last) return nullptr;
    page = host.next_;
    host.next_ += model::kPageBytes;
    host.taken_.push_back(page);
  }
  std::byte* const memory = host.memory_.at(page);
  std::memset(memory, (flags & VTD_ZEROED) != 0 ? 0 : model::Memory::kJunk, model::kPageBytes);
  return memory;
}

void TakeoverHost::free(void* context, void* page) {
  TakeoverHost& host = of(context);
  host.free_.push_back(reinterpret_cast<uintptr_t>(page) - host.callbacks_.linear_base);
}

const void* TakeoverHost::map_old(void* context, uint64_t pa, uint64_t bytes) {
  const TakeoverHost& host = of(context);
  const auto& hidden = host.machine_->unreadable;
  if (std::find(hidden.begin(), hidden.end(), model::page_of(pa)) != hidden.end()) return nullptr;
  const bool whole = bytes != 0 && pa % model::kPageBytes + bytes <= model::kPageBytes;
  return whole && host.machine_->memory.is_old_ram(pa, 0) ? host.memory_.at(pa) : nullptr;
}

uint64_t TakeoverHost::mmio_read(void* context, uint32_t, uint32_t offset, uint32_t width) {
  const TakeoverHost& host = of(context);
  return host.qtest_.read_now(host.registers_ + offset, width);
}

void TakeoverHost::mmio_write(void* context, uint32_t, uint32_t offset, uint64_t value, uint32_t width) {
  const TakeoverHost& host = of(context);
  host.qtest_.write_now(host.registers_ + offset, value, width);
  if (host.watch_) host.watch_();
}

void TakeoverHost::pause(void* context) {
  TakeoverHost& host = of(context);
  if (++host.pauses_ > kPausesMost) host.stop("the engine waits without end");
}

void TakeoverHost::fatal(void* context, const char* what, const char*, int) { of(context).stop(what); }

}  // namespace vtd::harness::qemu
