// SPDX-License-Identifier: Apache-2.0 OR MIT
// unmap and hand-over: entries become not present, hardware forgets, and only then are tables given back.
#include "engine/context.h"
#include "engine/mapping.h"
#include "engine/scan.h"
#include "engine/tables.h"
#include "engine/transaction.h"
#include "engine/unlinked.h"

namespace vtd::engine {
namespace {

bool is_empty(const Boot& boot, Word table) {
  return !WordMap::of(boot.host.table(table), PagingEntry::permissions, 0).any();
}

void clear_entry(Boot& boot, Word* entry) {
  store_live(entry, 0);
  boot.host.write_back(entry, sizeof(Word));
}

// Did map make all of the range, and does the range end where its pages end?
bool is_all_made(const Boot& boot, Word table, unsigned level, Word base, Word first, Word last) {
  const Word* words = boot.host.table(table);
  const MadeEntries* made = made_entries(boot, table);
  return each_slice(base, level, first, last, [&](const Slice& slice) {
    if (made != nullptr && made->has(slice.index)) return slice.whole();
    const Word entry = words[slice.index];
    if (!boot.link.is_link(entry, level)) return false;
    return is_all_made(boot, entry & boot.link.address, level - 1, slice.entry_first, first, last);
  });
}

void erase(Boot& boot, Word table, unsigned level, Word base, Word first, Word last, Unlinked& unlinked) {
  Word* words = boot.host.table(table);
  MadeEntries* made = made_entries(boot, table);
  each_slice(base, level, first, last, [&](const Slice& slice) {
    Word* entry = words + slice.index;
    if (made != nullptr && made->has(slice.index)) {
      made->remove(slice.index);
      clear_entry(boot, entry);
    } else if (boot.link.is_link(*entry, level)) {
      const Word child = *entry & boot.link.address;
      erase(boot, child, level - 1, slice.entry_first, first, last, unlinked);
      if (is_empty(boot, child)) {
        clear_entry(boot, entry);
        unlinked.add(child, level - 1);
      }
    }
    return true;
  });
}

// Clears what map did not make. Shared tables hold nothing of map, so they are unlinked as a whole.
void drop_legacy(Boot& boot, Word table, unsigned level, Unlinked& unlinked) {
  Word* words = boot.host.table(table);
  const MadeEntries* made = made_entries(boot, table);
  WordMap present = WordMap::of(words, PagingEntry::permissions, 0);
  for (unsigned i = 0; present.next(i);) {
    if (made != nullptr && made->has(i)) continue;
    if (!boot.link.is_link(words[i], level)) {
      clear_entry(boot, words + i);
      continue;
    }
    const Word child = words[i] & boot.link.address;
    if (!is_shared(boot, child)) drop_legacy(boot, child, level - 1, unlinked);
    if (!is_shared(boot, child) && !is_empty(boot, child)) continue;
    clear_entry(boot, words + i);
    unlinked.add(child, level - 1);
  }
}

}  // namespace

int erase_range(Boot& boot, std::uint32_t handle, Word first, Word last) {
  const Domain& domain = boot.domains[handle];
  Unlinked unlinked(boot, handle, DeviceTlb::told);
  erase(boot, domain.table, levels_of(domain.width), 0, first, last, unlinked);
  return unlinked.settle();
}

int unmap_range(Boot& boot, std::uint32_t handle, Word iova, Word bytes) {
  const Domain& domain = boot.domains[handle];
  const Word last = iova + (bytes - 1);
  if (!is_all_made(boot, domain.table, levels_of(domain.width), 0, iova, last)) return VTD_NOT_MAPPED;
  return erase_range(boot, handle, iova, last);
}

int drop_legacy_mappings(Boot& boot, std::uint32_t handle) {
  Domain& domain = boot.domains[handle];
  Transaction transaction(boot);
  if (is_shared(boot, domain.table)) {
    const std::uint64_t facts = facts_of_clone(boot, domain.table, levels_of(domain.width));
    if (!boot.facts.room(boot.host, facts) || !boot.host.reserve(1)) return VTD_NO_MEMORY;
  }
  transaction.keep();
  if (const int status = own_top_table(boot, handle); status != VTD_OK) return status;
  Unlinked unlinked(boot, handle, DeviceTlb::told);
  drop_legacy(boot, domain.table, levels_of(domain.width), unlinked);
  domain.legacy = false;
  return unlinked.settle();
}

}  // namespace vtd::engine
