// SPDX-License-Identifier: Apache-2.0 OR MIT
// map: first a look at everything that is in the way and needed, then changes that cannot fail.
#include "engine/context.h"
#include "engine/mapping.h"
#include "engine/tables.h"
#include "engine/transaction.h"
#include "engine/unlinked.h"

namespace vtd::engine {
namespace {

class Mapper {
 public:
  Mapper(Boot& boot, std::uint32_t handle, Word iova, Word pa, Word bytes, Word access)
      : boot_(boot),
        handle_(handle),
        rules_(boot.units[boot.domains[handle].unit].rules()),
        first_(iova),
        last_(iova + (bytes - 1)),
        pa_(pa),
        access_(access),
        replaced_(boot, handle, DeviceTlb::gone) {}

  // Sets aside all that apply() needs. VTD_EXISTS: something is in the way.
  int plan() {
    const Domain& domain = boot_.domains[handle_];
    const bool owned = !is_shared(boot_, domain.table);
    if (!owned && !wants_clone(domain.table, top())) return VTD_NO_MEMORY;
    if (!plan_table(domain.table, top(), 0, owned)) return status_;
    const bool room = boot_.facts.room(boot_.host, facts_ + made_) && boot_.made.room(boot_.host, made_);
    return room ? VTD_OK : VTD_NO_MEMORY;
  }

  void apply() { apply_table(boot_.domains[handle_].table, top(), 0, /*live:*/ true); }
  // Hardware learns of it. With caching mode, what was not present may be remembered, too (S§6.1).
  int settle() {
    Unit& unit = boot_.units[boot_.domains[handle_].unit];
    return replaced_.any() || unit.caching_mode() ? replaced_.settle() : unit.flush_write_buffer(boot_.host);
  }

 private:
  unsigned top() const { return levels_of(boot_.domains[handle_].width); }
  bool fails(int status) {
    status_ = status;
    return false;
  }
  bool wants_clone(Word table, unsigned level) {
    facts_ += facts_of_clone(boot_, table, level);
    return boot_.host.reserve(1);
  }
  bool fits_leaf(const Slice& slice) const {
    const Word page_size = PagingEntry::PageSize::mask;
    const bool supported =
        slice.level == 1 || (slice.level <= 3 && (rules_.leaf_reserved[slice.level] & page_size) == 0);
    return supported && slice.whole() && (pa_of(slice.first) & (span_of(slice.level) - 1)) == 0;
  }
  Word pa_of(Word iova) const { return pa_ + (iova - first_); }

  // `owned`: no other path leads here, once the tables above have been cloned.
  bool plan_table(Word table, unsigned level, Word base, bool owned) {
    const Word* words = boot_.host.table(table);
    bool leaves = false;
    const bool free = each_slice(base, level, first_, last_, [&](const Slice& slice) {
      const Word entry = words[slice.index];
      if (!PagingEntry::present(entry)) {
        if (fits_leaf(slice)) return leaves = true;
        return plan_new_table(slice);
      }
      if (!boot_.link.is_link(entry, level) || (entry & access_) != access_) return fails(VTD_EXISTS);
      const Word child = entry & boot_.link.address;
      const bool owned_child = owned && !is_shared(boot_, child);
      if (!owned_child && !wants_clone(child, level - 1)) return fails(VTD_NO_MEMORY);
      return plan_table(child, level - 1, slice.entry_first, owned_child);
    });
    made_ += leaves;
    return free;
  }

  // A table under an absent entry, and what it takes below.
  bool plan_new_table(const Slice& parent) {
    if (!boot_.host.reserve(1)) return fails(VTD_NO_MEMORY);
    ++made_;
    if (parent.level == 2) return true;
    return each_slice(parent.entry_first, parent.level - 1, parent.first, parent.last,
                      [&](const Slice& slice) { return fits_leaf(slice) || plan_new_table(slice); });
  }

  void apply_table(Word table, unsigned level, Word base, bool live) {
    Word* words = boot_.host.table(table);
    MadeEntries* made = nullptr;
    unsigned from = kWordsPerPage, to = 0;
    each_slice(base, level, first_, last_, [&](const Slice& slice) {
      Word* entry = words + slice.index;
      if (PagingEntry::present(*entry)) {
        apply_table(own_child(entry, level), level - 1, slice.entry_first, live);
        return true;
      }
      from = from < slice.index ? from : slice.index;
      to = slice.index;
      if (!fits_leaf(slice)) {
        store_live(entry, new_table(slice) | PagingEntry::permissions);
        return true;
      }
      if (made == nullptr) made = &note_made_entries(boot_, table);
      made->add(slice.index);
      store_live(entry, pa_of(slice.first) | access_ | (level > 1 ? PagingEntry::PageSize::mask : 0));
      return true;
    });
    if (live && from <= to) boot_.host.write_back(words + from, (to - from + 1) * sizeof(Word));
  }

  // Complete and written back before anything leads to it.
  Word new_table(const Slice& parent) {
    void* page = boot_.host.take_reserved(/*zeroed:*/ true);
    const Word table = boot_.host.physical(page);
    apply_table(table, parent.level - 1, parent.entry_first, /*live:*/ false);
    boot_.host.write_back(page, kPageBytes);
    return table;
  }

  // The table that an entry leads to, after the domain has one of its own.
  Word own_child(Word* entry, unsigned level) {
    const Word child = *entry & boot_.link.address;
    if (!is_shared(boot_, child)) return child;
    const Word copy = clone_table(boot_, child, level - 1);
    store_live(entry, (*entry & ~boot_.link.address) | copy);
    boot_.host.write_back(entry, sizeof(Word));
    replaced_.add(child, level - 1);
    return copy;
  }

  Boot& boot_;
  std::uint32_t handle_;
  const Rules& rules_;
  Word first_, last_, pa_, access_;
  std::uint64_t facts_ = 0, made_ = 0;
  int status_ = VTD_NO_MEMORY;
  Unlinked replaced_;  // shared tables of which the domain now has a copy of its own
};

}  // namespace

int own_top_table(Boot& boot, std::uint32_t handle) {
  const Domain& domain = boot.domains[handle];
  if (!is_shared(boot, domain.table)) return VTD_OK;
  const Word shared = domain.table;
  const unsigned level = levels_of(domain.width);
  const int status = swap_table(boot, handle, clone_table(boot, shared, level));
  let_go(boot, shared, level, status);
  return status;
}

int map_range(Boot& boot, std::uint32_t handle, Word iova, Word pa, Word bytes, Word access) {
  Transaction transaction(boot);
  Mapper mapper(boot, handle, iova, pa, bytes, access);
  if (const int status = mapper.plan(); status != VTD_OK) return status;
  transaction.keep();
  if (const int status = own_top_table(boot, handle); status != VTD_OK) return status;
  mapper.apply();
  const int status = mapper.settle();
  if (status != VTD_OK) erase_range(boot, handle, iova, iova + (bytes - 1));
  return status;
}

}  // namespace vtd::engine
