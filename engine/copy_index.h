// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which copy an old page has in a role: (page, role, unit) to an address.
//
// Kernels hand out tables in clusters, so the answers for 64 neighbouring pages stand side by side in one block: eight
// of them share a cache line, and few blocks need finding. A page that is met in a second role is written down apart.
// A zeroed object is empty and holds no page.
#pragma once

#include "engine/keys.h"
#include "engine/page_index.h"

namespace vtd::engine {

class CopyIndex {
 public:
  static constexpr Word kAbsent = ~Word{0};
  Word find(Word old_page, unsigned role, unsigned unit) const {
    const Word* entry = entry_of(old_page);
    if (entry == nullptr || *entry == 0) return kAbsent;
    return (*entry & kTag) == tag(role, unit) ? *entry & ~kTag : find_apart(old_page, role, unit);
  }
  // What find() answers from now on, a page address; false when the host refuses, and then nothing has changed.
  bool add(Host& host, Word old_page, unsigned role, unsigned unit, Word copy);
  void prefetch(Word old_page) const {
    if (const Word* entry = entry_of(old_page); entry != nullptr) __builtin_prefetch(entry);
  }
  void clear(Host& host);

 private:
  static constexpr unsigned kPagesPerBlock = 64;
  static constexpr Word kTag = kPageBytes - 1;  // role and unit stand below the address of the copy
  struct Block {
    Word entries[kPagesPerBlock];
  };

  static constexpr Word tag(unsigned role, unsigned unit) { return Word{unit} << 3 | role; }  // never 0
  // The place for a page's entry; nullptr when its block does not exist.
  Word* entry_of(Word old_page) const {
    const Word key = key::block(old_page / kPageBytes / kPagesPerBlock);
    const Recent& recent = recent_[key % kRecent];
    if (recent.key == key) return recent.entries + old_page / kPageBytes % kPagesPerBlock;
    return look_up(key) ? entry_of(old_page) : nullptr;
  }
  bool look_up(Word key) const;
  Word find_apart(Word old_page, unsigned role, unsigned unit) const;

  // Blocks found before: a direct-mapped cache in front of blocks_.
  static constexpr unsigned kRecent = 64;
  struct Recent {
    Word key;
    Word* entries;
  };
  mutable Recent recent_[kRecent];
  PageIndex blocks_;  // numbers in storage_
  PageArray<Block> storage_;
  PageIndex apart_;
};

}  // namespace vtd::engine
