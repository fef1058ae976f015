// SPDX-License-Identifier: Apache-2.0 OR MIT
// Physical memory of the simulated machine: sparse frames of the dead kernel, and one arena per crash reservation.
//
// Two views exist. The CPU's is what was stored. The device's, on machines with a unit whose ECAP.C is 0, is what was
// written back: a line of crash memory reaches it by `write_back` only. Old frames are the same in both views.
// Reset touches only what was used. Nothing here allocates once it is warm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/address.h"

namespace vtd::model {

enum class View : uint8_t { cpu, device };
enum class MemoryKind : uint8_t { ram, reserved, mmio, acpi, hole };

struct MemoryRange {
  Address first, last;  // inclusive
  MemoryKind kind;
};

class Memory {
 public:
  static constexpr unsigned kGenerations = 2;                 // crash kernels: the first, and the one after its crash
  static constexpr uint64_t kArenaBytes = uint64_t{2} << 30;  // most bytes of one crash reservation, and of old frames
  static constexpr uint64_t kEngineBytes = (1 + kGenerations) * kArenaBytes;  // of what an engine may see
  static constexpr unsigned char kJunk = 0xa5;  // contents of fresh memory that was not asked for zeroed
  static constexpr std::size_t kRangesMost = 256;

  Memory();
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Back to an empty machine. Crash pages that were touched are zero again.
  void clear();

  // --- the map -------------------------------------------------------------------------------------------------
  // Ranges may come in any order; a later one wins where they overlap. Kept sorted, disjoint, neighbours of a kind
  // merged.
  bool add_range(Address first, Address last, MemoryKind kind);  // false: first > last or too many ranges
  MemoryKind kind_of(Address a) const;                           // hole when no range holds it
  unsigned kinds_in_page(Address page) const;                    // bit per MemoryKind that some byte of the page has
  const std::vector<MemoryRange>& ranges() const { return ranges_; }

  // The reservation of a generation: its arena. False: misaligned, empty, too large, set twice, or overlapping the
  // other.
  bool set_crash(unsigned generation, Address first, Address last);
  bool has_crash(unsigned generation) const { return crash_[generation].last != 0; }
  MemoryRange crash(unsigned generation) const {
    return {crash_[generation].first, crash_[generation].last, MemoryKind::ram};
  }
  bool in_crash(Address a, unsigned generation) const {
    return has_crash(generation) && a >= crash_[generation].first && a <= crash_[generation].last;
  }
  bool in_any_crash(Address a) const { return in_crash(a, 0) || in_crash(a, 1); }
  // Is this page old RAM for the crash kernel of this generation: wholly RAM of the map, not in its own reservation,
  // not in the interrupt range?
  bool is_old_ram(Address a, unsigned generation) const;

  // --- contents ------------------------------------------------------------------------------------------------
  // A frame of old memory that the scenario writes; zero-filled at first use. nullptr: the arena is full. A page of a
  // reservation is the arena's own page, so that no page has two contents; it is not counted as a frame.
  uint64_t* make_frame(Address page);
  // 512 qwords of any page, old or crash, in a view. Pages never written read as zero. Never nullptr. A page of a
  // reservation differs between the views only after touch_crash: before, it is the scenario's, and written back.
  const uint64_t* page(Address page, View view) const;
  bool has_frame(Address page) const { return find(page) != kNone; }

  // Memory as the engine sees it: a second mapping of the same bytes, so that the harness may poison what the engine
  // must not touch without blinding the model, which reads through page(). place_of() and linear_base() speak of this
  // mapping.
  std::byte* crash_pointer(Address pa, unsigned generation) const;  // nullptr: not in this reservation
  uint64_t linear_base(unsigned generation) const;                  // virtual minus physical
  // Old memory as the engine sees it through map_old: a frame (made on demand, so that a write would be seen), or the
  // other generation's arena. nullptr: in this generation's own reservation, or the arena is full.
  std::byte* old_pointer(Address pa, unsigned generation);

  // Physical address behind a pointer into an arena.
  enum class Arena : uint8_t { none, old_frames, crash0, crash1 };
  struct Place {
    Arena arena = Arena::none;
    Address pa = 0;
    uint32_t frame = 0;  // index of an old frame
  };
  Place place_of(const void* pointer) const;
  // Where the engine's mapping begins: old frames, then the reservation of each generation, kArenaBytes each.
  const std::byte* engine_start() const { return engine_; }

  // --- use of crash memory -------------------------------------------------------------------------------------
  void touch_crash(Address page, unsigned generation);  // will be dirty: cleaned by clear()
  bool is_touched(Address page, unsigned generation) const;
  void set_two_views(bool on) { two_views_ = on; }  // some unit has ECAP.C = 0
  bool two_views() const { return two_views_; }
  void fill_device_view(Address page, unsigned generation, unsigned char byte);
  void write_back(Address pa, uint64_t bytes, unsigned generation);  // whole 64-byte lines, as CLFLUSH does

  std::size_t frames() const { return frame_address_.size(); }
  Address frame_address(std::size_t index) const { return frame_address_[index]; }

 private:
  static constexpr uint32_t kNone = 0xffffffffu;
  enum class Use : uint8_t { untouched, one_view, split_views };
  struct Region {
    Address first = 0, last = 0;
    std::byte* cpu = nullptr;
    std::byte* device = nullptr;
    std::vector<uint32_t> touched;  // page numbers within the region
    std::vector<Use> use;           // by page number
  };
  uint32_t find(Address page) const;
  std::size_t slot_for(Address page) const;
  void grow_index();
  std::byte* frame_bytes(uint32_t frame) const { return base_ + frame * kPageBytes; }
  int region_of(Address a) const { return in_crash(a, 0) ? 0 : in_crash(a, 1) ? 1 : -1; }
  Use mark(Region& region, uint32_t number, Use use);
  void clear_region(Region& region);

  std::vector<MemoryRange> ranges_, ranges_scratch_;
  std::byte* base_ = nullptr;  // the model's mapping: old frames, CPU views of both reservations, device views of both
  std::byte* engine_ = nullptr;  // the engine's mapping of all but the device views
  std::vector<Address> frame_address_;
  // Open addressing: page -> frame. A slot counts only if the frame it names names it back, so clearing costs nothing.
  std::vector<uint32_t> index_;
  std::vector<std::size_t> frame_slot_;
  Region crash_[kGenerations];
  bool two_views_ = false;
};

}  // namespace vtd::model
