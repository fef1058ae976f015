// SPDX-License-Identifier: Apache-2.0 OR MIT
// Physical memory of the simulated machine: sparse frames of the dead kernel, and one arena per crash reservation.
//
// Two views exist. The CPU's is what was stored. The device's, on machines with a unit whose ECAP.C is 0, is what was
// written back: a line of crash memory reaches it by `write_back` only. Old frames are the same in both views.
// Reset touches only what was used. Nothing here allocates once it is warm.
#pragma once

#include <cstddef>
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
  static constexpr unsigned kGenerations = 2;                  // crash kernels: the first, and the one after its crash
  static constexpr uint64_t kArenaBytes = uint64_t{2} << 30;   // most bytes of one crash reservation, and of old frames
  static constexpr unsigned char kJunk = 0xa5;                 // contents of fresh memory that was not asked for zeroed

  Memory();
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Back to an empty machine.
  void clear();

  // --- the map -------------------------------------------------------------------------------------------------
  // Ranges may come in any order; a later one wins where they overlap. Kept sorted and disjoint.
  bool add_range(Address first, Address last, MemoryKind kind);  // false: first > last or too many ranges
  MemoryKind kind_of(Address a) const;                           // hole when no range holds it
  const std::vector<MemoryRange>& ranges() const { return ranges_; }

  // The reservation of a generation: its arena. False: misaligned, empty, too large, or set twice.
  bool set_crash(unsigned generation, Address first, Address last);
  bool has_crash(unsigned generation) const { return crash_[generation].last != 0; }
  MemoryRange crash(unsigned generation) const { return {crash_[generation].first, crash_[generation].last, MemoryKind::ram}; }
  bool in_crash(Address a, unsigned generation) const {
    return has_crash(generation) && a >= crash_[generation].first && a <= crash_[generation].last;
  }
  // Is this page old RAM for the crash kernel of this generation: RAM of the map, and not in its own reservation?
  bool is_old_ram(Address a, unsigned generation) const;

  // --- contents ------------------------------------------------------------------------------------------------
  // A frame of old memory that the scenario writes; zero-filled at first use. nullptr: the arena is full.
  uint64_t* make_frame(Address page);
  // 512 qwords of any page, old or crash, in a view. Pages never written read as zero. Never nullptr.
  const uint64_t* page(Address page, View view) const;
  bool has_frame(Address page) const { return find(page) != kNone; }

  // Memory as the engine sees it: a second mapping of the same bytes, so that the harness may poison what the engine must
  // not touch without blinding the model, which reads through page(). place_of() and linear_base() speak of this mapping.
  std::byte* crash_pointer(Address pa, unsigned generation) const;
  uint64_t linear_base(unsigned generation) const;  // virtual minus physical
  // Old memory as the engine sees it through map_old: a frame (made on demand, so that a write would be seen).
  std::byte* old_pointer(Address pa, unsigned generation);

  // Physical address behind a pointer into an arena.
  enum class Arena : uint8_t { none, old_frames, crash0, crash1 };
  struct Place {
    Arena arena = Arena::none;
    Address pa = 0;
    uint32_t frame = 0;  // index of an old frame
  };
  Place place_of(const void* pointer) const;

  // --- use of crash memory -------------------------------------------------------------------------------------
  void touch_crash(Address page, unsigned generation);             // will be dirty: cleaned by clear()
  void set_two_views(bool on) { two_views_ = on; }                 // some unit has ECAP.C = 0
  bool two_views() const { return two_views_; }
  void fill_device_view(Address page, unsigned generation, unsigned char byte);
  void write_back(Address pa, uint64_t bytes, unsigned generation);  // whole 64-byte lines, as CLFLUSH does

  std::size_t frames() const { return frame_count_; }
  Address frame_address(std::size_t index) const { return frame_address_[index]; }

 private:
  static constexpr uint32_t kNone = 0xffffffffu;
  struct Region {
    Address first = 0, last = 0;
    std::byte* cpu = nullptr;
    std::byte* device = nullptr;
    std::vector<uint32_t> touched;
    std::vector<uint8_t> is_touched;
  };
  uint32_t find(Address page) const;

  std::vector<MemoryRange> ranges_;
  std::byte* old_ = nullptr;
  std::vector<Address> frame_address_;
  std::size_t frame_count_ = 0;
  std::vector<uint32_t> index_;  // open addressing: page -> frame
  Region crash_[kGenerations];
  bool two_views_ = false;
};

}  // namespace vtd::model
