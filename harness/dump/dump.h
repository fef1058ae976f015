// SPDX-License-Identifier: Apache-2.0 OR MIT
// A dump of physical memory as everything here sees it. Nothing in it can be trusted: it may be damaged, or lie.
#pragma once

#include <array>
#include <vector>

#include "model/memory.h"

namespace vtd::harness {

using PageWords = std::array<std::uint64_t, model::kEntriesPerPage>;

// What a dump says of a page. `left_out`: it is RAM, but the dump has not got it, because whoever wrote the dump
// thought nobody would want it, or could not read it, or because the file is damaged there.
enum class InDump : std::uint8_t { there, left_out, no_ram };

class Dump {
 public:
  virtual ~Dump() = default;

  // The RAM that the dump speaks of, pages left out included: whole pages below 2^52, ascending, with gaps in between.
  virtual const std::vector<model::MemoryRange>& ram() const = 0;
  // The part of it that may be there: what is worth reading. Of the same form.
  virtual const std::vector<model::MemoryRange>& held() const = 0;
  // The page at this address; `words` is filled when it is there.
  virtual InDump read(model::Address page, PageWords& words) = 0;

 protected:
  Dump() = default;
  Dump(const Dump&) = default;
  Dump& operator=(const Dump&) = default;
};

bool is_ram(const std::vector<model::MemoryRange>& ram, model::Address page);
// Any ranges to those that ram() promises: partial pages at the ends count as RAM, what lies above 2^52 does not.
std::vector<model::MemoryRange> ram_of(std::vector<model::MemoryRange> ranges);
std::uint64_t bytes_of(const std::vector<model::MemoryRange>& ram);

}  // namespace vtd::harness
