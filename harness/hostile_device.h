// SPDX-License-Identifier: Apache-2.0 OR MIT
// The hostile device: legacy mappings that cover the old tables let it change them while they are being copied.
//
// It writes a qword as soon as the engine has closed its window on it, once. What the engine reads there from then on
// is what the device wrote: an engine that checks what it read first and uses what it reads later is seen, in every
// build. The reference of all judgements is memory as the engine read it last: when the copy ends, what was not read
// again is what it was before. Only pages with exactly one role are written, for a page that is read once as a context
// table and once as a paging table has two truths.
#pragma once

#include <vector>

#include "harness/old_windows.h"
#include "model/machine.h"

namespace vtd::harness {

class HostileDevice {
 public:
  HostileDevice(model::Memory& memory, OldWindows& windows) : memory_(memory), windows_(windows) {}

  // The copy begins, and these are the writes. And it ends; answers whether anything was written.
  void begin(const std::vector<model::DeviceWrite>& writes);
  bool end();

  void opened(model::Address pa, std::uint64_t bytes);
  void closed(model::Address pa, std::uint64_t bytes);

 private:
  enum class State : std::uint8_t { waiting, written, read_again };
  struct Write {
    model::Address at;
    std::uint64_t value, before;
    State state;
  };
  std::uint64_t exchange(model::Address at, std::uint64_t value);

  model::Memory& memory_;
  OldWindows& windows_;
  std::vector<Write> writes_;  // none outside of a copy
};

}  // namespace vtd::harness
