// SPDX-License-Identifier: Apache-2.0 OR MIT
// The fake machine. Its walk and its registers are written for these tests alone and share nothing with the engine.
#include "engine/tests/fake_machine.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstring>

#include <gtest/gtest.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VTD_POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define VTD_POISONS 1
#endif
#ifdef VTD_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#endif

namespace vtd::engine::test {
namespace {

constexpr std::uint64_t kPage = 4096;

std::string text(const char* what, std::uint64_t a, std::uint64_t b) {
  char out[64];
  std::snprintf(out, sizeof out, "%s %llu 0x%04llx", what, static_cast<unsigned long long>(a),
                static_cast<unsigned long long>(b));
  return out;
}

std::string context_told(std::uint64_t granularity, std::uint64_t id, std::uint64_t source) {
  return granularity == 1   ? "context global"
         : granularity == 2 ? "context domain " + std::to_string(id)
                            : text("context device", id, source);
}
std::string iotlb_told(std::uint64_t granularity, std::uint64_t id) {
  return granularity == 1 ? "iotlb global" : "iotlb domain " + std::to_string(id);
}

}  // namespace

struct FakeMachine::Callbacks {
  static FakeMachine& of(void* ctx) { return *static_cast<FakeMachine*>(ctx); }
  static void* alloc(void* ctx, std::uint32_t flags) {
    FakeMachine& m = of(ctx);
    ++m.allocations;
    if (m.refuse_from != 0 && m.allocations >= m.refuse_from) return nullptr;
    for (std::size_t i = 0; i < kCrashPages; ++i) {
      if (m.in_use_[i] != 0) continue;
      m.in_use_[i] = 1;
      ++m.pages_in_use;
      std::byte* page = m.arena_ + i * kPage;
      ASAN_UNPOISON_MEMORY_REGION(page, kPage);
      std::memset(page, (flags & VTD_ZEROED) != 0 ? 0 : 0xa5, kPage);
      return page;
    }
    return nullptr;
  }
  static void free(void* ctx, void* page) {
    FakeMachine& m = of(ctx);
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(page) - m.arena_);
    if (offset % kPage != 0 || offset / kPage >= kCrashPages || m.in_use_[offset / kPage] == 0) {
      ++m.bad_frees;
      return;
    }
    m.in_use_[offset / kPage] = 0;
    --m.pages_in_use;
    ASAN_POISON_MEMORY_REGION(page, kPage);
  }
  static const void* map_old(void* ctx, std::uint64_t pa, std::uint64_t bytes) {
    FakeMachine& m = of(ctx);
    EXPECT_EQ(pa % kPage + bytes <= kPage, true);
    ++m.old_reads;
    if (m.unreadable.count(pa) != 0) return nullptr;
    ++m.mapped;
    return &m.old_[pa];
  }
  static void unmap_old(void* ctx, const void*, std::uint64_t) { --of(ctx).mapped; }
  static std::uint64_t read(void* ctx, std::uint32_t number, std::uint32_t offset, std::uint32_t) {
    const FakeUnit& unit = of(ctx).units[number];
    switch (offset) {
      case 0x00:
        return unit.version;
      case 0x08:
        return unit.capability;
      case 0x10:
        return unit.extended;
      case 0x1c:
        return unit.status;
      case 0x20:
        return unit.root;
      case 0x28:
        return unit.context_command;
      case 0x34:
        return unit.fault_status;
      case 0x80:
        return unit.queue_head;
      case 0x88:
        return unit.queue_tail;
      case 0x90:
        return unit.queue_address;
      default:
        return 1ull << 57;  // IOTLB: idle, the last command was carried out globally
    }
  }
  static void write(void* ctx, std::uint32_t number, std::uint32_t offset, std::uint64_t value, std::uint32_t) {
    FakeMachine& m = of(ctx);
    FakeUnit& unit = m.units[number];
    switch (offset) {
      case 0x18:
        return m.command(unit, static_cast<std::uint32_t>(value));
      case 0x20:
        unit.root = value;
        return;
      case 0x28:
        EXPECT_EQ(unit.status >> 26 & 1, 0u);
        unit.told.push_back(context_told(value >> 61 & 3, value & 0xffff, value >> 16 & 0xffff));
        unit.context_command = 1ull << 59;
        return;
      case 0x88:
        unit.queue_tail = static_cast<std::uint32_t>(value);
        if ((unit.status >> 26 & 1) != 0 && !unit.stuck_queue) m.run_queue(unit);
        return;
      case 0x90:
        unit.queue_address = value;
        return;
      case 0x34:
        unit.fault_status &= ~static_cast<std::uint32_t>(value);
        return;
      default:
        unit.told.push_back(iotlb_told(value >> 60 & 3, value >> 32 & 0xffff));
        return;
    }
  }
  static void flush(void* ctx, const void*, std::uint64_t bytes) { of(ctx).flushed_bytes += bytes; }
  static void barrier(void*) {}
  static void pause(void* ctx) { ++of(ctx).pauses; }
  static void event(void*, std::uint32_t, std::uint64_t, const char*, int) {}
  static void fatal(void*, const char* what, const char*, int) { FAIL() << what; }
};

FakeMachine::FakeMachine(unsigned count) : units(count), engine(vtd_engine_get()), in_use_(kCrashPages) {
  memory = {
      {0, 0x3fffffff, VTD_RAM, 0}, {0x50000000, 0x50000fff, VTD_RESERVED, 0}, {0xfed90000, 0xfed90fff, VTD_MMIO, 0}};
  void* got =
      mmap(nullptr, kCrashPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  arena_ = static_cast<std::byte*>(got);
  ASAN_POISON_MEMORY_REGION(arena_, kCrashPages * kPage);
  host_ = {VTD_ABI,
           sizeof host_,
           this,
           reinterpret_cast<std::uintptr_t>(arena_) - kCrash,
           Callbacks::alloc,
           Callbacks::free,
           Callbacks::map_old,
           Callbacks::unmap_old,
           Callbacks::read,
           Callbacks::write,
           Callbacks::flush,
           Callbacks::barrier,
           Callbacks::pause,
           Callbacks::event,
           Callbacks::fatal,
           /*on_behalf_of=*/nullptr};
}

FakeMachine::~FakeMachine() {
  if (handle != nullptr) shutdown();
  EXPECT_EQ(bad_frees, 0u);
  EXPECT_EQ(mapped, 0u);
  ASAN_UNPOISON_MEMORY_REGION(arena_, kCrashPages * kPage);
  munmap(arena_, kCrashPages * kPage);
}

void FakeMachine::command(FakeUnit& unit, std::uint32_t value) {
  EXPECT_NE(value >> 31, 0u) << "translation was switched off";
  const bool queue_was_on = (unit.status >> 26 & 1) != 0;
  unit.status = (unit.status & 0x48000000) | (value & 0x96ffffff);
  if (queue_was_on && (value >> 26 & 1) == 0) unit.queue_head = 0;
  if ((value >> 30 & 1) != 0) {
    unit.status &= ~0x40000000u;
    if (unit.stuck_srtp) return;
    unit.status |= 0x40000000;
    unit.active_root = unit.root;
    unit.told.push_back("srtp");
  }
  if ((value >> 27 & 1) != 0) unit.told.push_back("write buffer");
}

std::uint64_t* FakeMachine::slot(std::uint64_t pa) { return reinterpret_cast<std::uint64_t*>(arena_ + (pa - kCrash)); }

void FakeMachine::run_queue(FakeUnit& unit) {
  for (; unit.queue_head != unit.queue_tail; unit.queue_head = (unit.queue_head + 16) % 4096) {
    const std::uint64_t* words = slot((unit.queue_address & ~0xfffull) + unit.queue_head);
    const std::uint64_t granularity = words[0] >> 4 & 3, id = words[0] >> 16 & 0xffff, source = words[0] >> 32 & 0xffff;
    switch (words[0] & 0xf) {
      case 1:
        unit.told.push_back(context_told(granularity, id, source));
        break;
      case 2:
        unit.told.push_back(iotlb_told(granularity, id));
        break;
      case 3:
        unit.told.push_back(text("device-tlb", 0, source));
        break;
      case 5: {
        const auto data = static_cast<std::uint32_t>(words[0] >> 32);
        std::memcpy(arena_ + (words[1] - kCrash), &data, sizeof data);
        break;
      }
      default:
        ADD_FAILURE() << "descriptor " << words[0];
    }
  }
}

void FakeMachine::context_entry(std::uint64_t table, unsigned devfn, std::uint64_t paging, unsigned id, unsigned width,
                                unsigned type) {
  old(table)[2 * devfn] = paging | type << 2 | 1;
  old(table)[2 * devfn + 1] = std::uint64_t{id} << 8 | width;
}

void FakeMachine::usual() {
  for (FakeUnit& unit : units) unit.root = unit.active_root = 0x1000;
  root_entry(0x1000, 0, 0x2000);
  context_entry(0x2000, 0x10, 0x10000, 5);
  old(0x10000)[0] = 0x11003;
  old(0x11000)[0] = 0x12003;
  old(0x12000)[0] = 0x13003;
  old(0x13000)[0] = 0x100003;
  old(0x13000)[5] = 0x105003;
}

int FakeMachine::boot(std::uint32_t strategy) {
  const vtd_range crash = {kCrash, kCrash + kCrashPages * kPage - 1, VTD_RAM, 0};
  vtd_platform platform{};
  platform.abi = VTD_ABI;
  platform.size = sizeof platform;
  platform.host_address_width = 46;
  platform.strategy = strategy;
  platform.unit_count = static_cast<std::uint32_t>(units.size());
  platform.memory = memory.data();
  platform.memory_count = static_cast<std::uint32_t>(memory.size());
  platform.crash = &crash;
  platform.crash_count = 1;
  platform.reserved = reserved.data();
  platform.reserved_count = static_cast<std::uint32_t>(reserved.size());
  const int status = engine->boot(&host_, &platform, &handle);
  if (status != VTD_OK) handle = nullptr;
  return status;
}

int FakeMachine::take_over(std::uint32_t strategy) {
  int status = boot(strategy);
  if (status == VTD_OK) status = copy();
  return status == VTD_OK ? commit() : status;
}

void FakeMachine::shutdown() {
  engine->shutdown(handle);
  handle = nullptr;
  EXPECT_EQ(pages_in_use, 0u) << "leaked";
}

vtd_domain FakeMachine::attach(unsigned source, unsigned unit) {
  vtd_domain domain{};
  EXPECT_EQ(engine->attach(handle, unit, source, &domain), VTD_OK);
  return domain;
}

std::vector<vtd_finding> FakeMachine::findings() {
  vtd_report report{};
  EXPECT_EQ(engine->report(handle, &report), VTD_OK);
  EXPECT_EQ(report.pages_used, pages_in_use);
  std::vector<vtd_finding> all(report.findings);
  for (std::uint32_t i = 0; i < report.findings; ++i) EXPECT_EQ(engine->finding(handle, i, &all[i]), VTD_OK);
  return all;
}

std::vector<std::uint64_t> FakeMachine::ids(unsigned unit) {
  std::vector<std::uint64_t> words(1024), set;
  const std::uint32_t count = engine->domain_ids(handle, unit, words.data(), 1024);
  for (std::uint32_t id = 0; id < count; ++id) {
    if ((words[id / 64] >> id % 64 & 1) != 0) set.push_back(id);
  }
  return set;
}

const std::uint64_t* FakeMachine::page(std::uint64_t pa) {
  const bool own = pa >= kCrash && pa < kCrash + kCrashPages * kPage;
  return own ? slot(pa & ~0xfffull) : old_[pa & ~0xfffull].data();
}

std::optional<Translation> FakeMachine::translate(unsigned source, std::uint64_t iova, unsigned number) {
  const std::uint64_t address = 0x3ffffffff000;
  const std::uint64_t* root = page(units[number].active_root) + 2 * (source >> 8);
  if ((root[0] & 1) == 0) return {};
  const std::uint64_t* context = page(root[0] & address) + 2 * (source & 0xff);
  if ((context[0] & 1) == 0) return {};
  if ((context[0] >> 2 & 3) == 2) return Translation{iova, 3};
  unsigned permissions = 3;
  std::uint64_t table = context[0] & address;
  for (unsigned level = static_cast<unsigned>(context[1] & 7) + 2;; --level) {
    const unsigned shift = 3 + 9 * level;
    const std::uint64_t entry = page(table)[iova >> shift & 511];
    permissions &= static_cast<unsigned>(entry & 3);
    if (permissions == 0) return {};
    if (level > 1 && (entry & 0x800) != 0) return {};
    const std::uint64_t inside = (1ull << shift) - 1;
    if (level == 1 || (entry >> 7 & 1) != 0)
      return Translation{(entry & address & ~inside) | (iova & inside), permissions};
    table = entry & address;
  }
}

}  // namespace vtd::engine::test
