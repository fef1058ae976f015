// SPDX-License-Identifier: Apache-2.0 OR MIT
// Frames of old memory as pages of a dump. What is held is RAM, whatever the machine's map says of it.
#include "harness/dump/machine_dump.h"

#include <algorithm>
#include <cstring>

namespace vtd::harness {

MachineDump::MachineDump(const model::Machine& machine) : machine_(machine) {
  const model::Memory& memory = machine.memory;
  for (const model::MemoryRange& range : memory.ranges())
    if (range.kind == model::MemoryKind::ram) ram_.push_back(range);
  for (std::size_t i = 0; i < memory.frames(); ++i) {
    const model::Address page = memory.frame_address(i);
    held_.push_back({page, page + model::kPageBytes - 1, model::MemoryKind::ram});
  }
  held_ = ram_of(held_);
  ram_.insert(ram_.end(), held_.begin(), held_.end());
  ram_ = ram_of(ram_);
}

InDump MachineDump::read(model::Address page, PageWords& words) {
  const auto& hidden = machine_.unreadable;
  if (!is_ram(ram_, page)) return InDump::no_ram;
  if (!is_ram(held_, page) || std::find(hidden.begin(), hidden.end(), page) != hidden.end()) return InDump::left_out;
  std::memcpy(words.data(), machine_.memory.page(page, model::View::cpu), sizeof words);
  return InDump::there;
}

}  // namespace vtd::harness
