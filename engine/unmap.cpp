// SPDX-License-Identifier: Apache-2.0 OR MIT
// unmap and hand-over: entries become not present, hardware forgets, and only then are tables given back.
#include "engine/context.h"
#include "engine/mapping.h"
#include "engine/scan.h"
#include "engine/tables.h"
#include "engine/transaction.h"

namespace vtd::engine {
namespace {

// Tables that nothing leads to any more. When the list is full hardware forgets early; nothing needs memory.
class Unlinked {
 public:
  Unlinked(Boot& boot, std::uint32_t handle) : boot_(boot), domain_(boot.domains[handle]) {}

  void add(Word table, unsigned level) {
    if (count_ == kMost) settle();
    tables_[count_++] = {table, level};
  }
  // Hardware forgets the domain's translations; then the tables go.
  int settle() {
    int status = boot_.units[domain_.unit].forget_translations(boot_.host, domain_.id);
    status = first_error(status, forget_device_tlbs(boot_, domain_));  // asked in any case, as in retire_context
    for (; count_ != 0; --count_) {
      const Table& table = tables_[count_ - 1];
      status == VTD_OK ? release_table(boot_, table.page, table.level) : keep_in_limbo(boot_, table.page, table.level);
    }
    if (status_ == VTD_OK) status_ = status;
    return status_;
  }

 private:
  static constexpr unsigned kMost = 32;
  struct Table {
    Word page;
    unsigned level;
  };
  Boot& boot_;
  const Domain& domain_;
  Table tables_[kMost];
  unsigned count_ = 0;
  int status_ = VTD_OK;
};

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
  Unlinked unlinked(boot, handle);
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
  Unlinked unlinked(boot, handle);
  drop_legacy(boot, domain.table, levels_of(domain.width), unlinked);
  domain.legacy = false;
  return unlinked.settle();
}

}  // namespace vtd::engine
