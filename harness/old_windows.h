// SPDX-License-Identifier: Apache-2.0 OR MIT
// The windows through which an engine reads old memory, what it fetched through each, and whether it changed anything.
//
// Outside of a window old memory is poisoned (AddressSanitizer). A copy of every page is kept when it is first shown.
#pragma once

#include <array>
#include <vector>

#include "model/memory.h"
#include "model/observed.h"

namespace vtd::harness {

class OldWindows {
 public:
  explicit OldWindows(model::Memory& memory) : memory_(memory) {}

  // A crash kernel starts: no window is open, nothing was shown.
  void boot(unsigned generation);

  // The caller has checked that the range is old RAM and within one page. nullptr: no memory is left to hold it.
  const void* open(model::Address pa, uint64_t bytes);
  // The address that was mapped there, or false when there is no such window.
  bool close(const void* mapped, uint64_t bytes, model::Address& pa);

  enum class Fetch : uint8_t { first, again, outside };
  // The engine loads bytes of old memory. Counted by aligned qword: an entry is read whole or not at all.
  Fetch fetch(const void* pointer, uint64_t bytes);

  // Pages shown that no longer hold what they held, told to `observed`. Cost: one comparison a page.
  void compare(model::Observed& observed, uint32_t event);
  bool showed_any_of(model::MemoryRange range) const;
  bool shows(model::Address qword) const;  // a window on it is open
  void accept(model::Address page);        // a device changed it: what is there now is what should be there

 private:
  static constexpr std::size_t kBitmapWords = model::kEntriesPerPage / 64;
  struct Window {
    const std::byte* start;
    uint64_t bytes;
    model::Address pa;
    std::array<uint64_t, kBitmapWords> fetched;  // by qword of the page
  };
  void keep_copy(model::Address page);
  void close_shown();

  model::Memory& memory_;
  unsigned generation_ = 0;
  std::vector<Window> windows_;        // open now; few
  std::vector<model::Address> shown_;  // pages with a copy, in the order first shown
  std::vector<std::byte> copies_;      // shown_[i] is at i * 4 KiB
  std::vector<uint32_t> slots_;        // open addressing: page -> index into shown_ plus one
};

}  // namespace vtd::harness
