// SPDX-License-Identifier: Apache-2.0 OR MIT
// The engine's surroundings (vtd_host) in C++: pages of crash memory, windows into old memory, registers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/layout.h"
#include "engine/takeover.h"

// A freestanding program provides these three (the compiler calls them too).
extern "C" {
void* memcpy(void* to, const void* from, std::size_t bytes) noexcept;
void* memset(void* to, int value, std::size_t bytes) noexcept;
}

namespace vtd::engine {

// Places an object into a page that the host gave.
struct InPage {
  void* page;
};

class Host {
 public:
  // --- crash memory ---------------------------------------------------------------------------------------------
  // nullptr when refused.
  void* take_page(bool zeroed) {
    void* page = api_.alloc(api_.ctx, zeroed ? VTD_ZEROED : 0);
    pages_used_ += page != nullptr;
    return page;
  }
  // One of the pages set aside; there must be one.
  void* take_reserved(bool zeroed);
  void give_back(void* page);
  // Sets pages aside, so that what follows cannot fail; false: refused, and nothing is set aside any more.
  bool reserve(std::uint64_t pages);
  void give_back_reserve();
  std::uint64_t pages_used() const { return pages_used_; }

  Word physical(const void* own) const { return reinterpret_cast<std::uintptr_t>(own) - api_.linear_base; }
  // Only of addresses that physical() gave.
  Word* table(Word page) const { return reinterpret_cast<Word*>(static_cast<std::uintptr_t>(page + api_.linear_base)); }

  // --- old memory -----------------------------------------------------------------------------------------------
  const void* map_old_page(Word page) {
    const void* mapped = api_.map_old(api_.ctx, page, kPageBytes);
    old_pages_read_ += mapped != nullptr;
    return mapped;
  }
  void unmap_old_page(const void* mapped) { api_.unmap_old(api_.ctx, mapped, kPageBytes); }
  std::uint64_t old_pages_read() const { return old_pages_read_; }

  // --- registers and ordering -----------------------------------------------------------------------------------
  std::uint32_t read32(unsigned unit, std::uint32_t at) {
    return static_cast<std::uint32_t>(api_.mmio_read(api_.ctx, unit, at, 4));
  }
  Word read64(unsigned unit, std::uint32_t at) { return api_.mmio_read(api_.ctx, unit, at, 8); }
  void write32(unsigned unit, std::uint32_t at, std::uint32_t value) { api_.mmio_write(api_.ctx, unit, at, value, 4); }
  void write64(unsigned unit, std::uint32_t at, Word value) { api_.mmio_write(api_.ctx, unit, at, value, 8); }
  void barrier() { api_.barrier(api_.ctx); }
  void pause() { api_.pause(api_.ctx); }

  // Some unit does not snoop the CPU's caches: tables are written back before hardware may use them (S§6.2.5).
  void set_write_back(bool needed) { write_back_ = needed; }
  void write_back(const void* start, std::uint64_t bytes) {
    if (write_back_) api_.flush(api_.ctx, start, bytes);
  }

  void start(const vtd_host& api) { api_ = api; }

 private:
  struct Spare {
    Spare* next;
  };
  vtd_host api_;
  Spare* spare_;
  std::uint64_t pages_used_, old_pages_read_;
  bool write_back_;
};

// One store that hardware sees whole: an aligned qword, never split or merged by the compiler (S§9).
inline void store_live(Word* slot, Word value) { *static_cast<volatile Word*>(slot) = value; }

}  // namespace vtd::engine

inline void* operator new(std::size_t, vtd::engine::InPage where) noexcept { return where.page; }
inline void operator delete(void*, vtd::engine::InPage) noexcept {}
