// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copying page tables. The cost is that of the block copies: tables of level 1 are not looked at, tables above only at
// their links, and of each batch of links the index slots and old pages are on their way before they are needed.
#include "engine/copy.h"
#include "engine/keys.h"
#include "engine/scan.h"
#include "engine/tables.h"

namespace vtd::engine {

using Result = TableCopier::Result;

// Some links of a level-2 table, and the old tables behind them that are mapped and have a place to go.
struct TableCopier::Batch {
  unsigned index[kBatch];
  unsigned links;
  const void* from[kBatch];
  Word* to[kBatch];
  unsigned tables;
};

Result TableCopier::table(Word old_page, unsigned level, Word& copy) {
  copy = copies_.find(old_page, level, 0);
  if (copy != CopyIndex::kAbsent) {
    if (!boot_.facts.room(boot_.host, 1)) return Result::no_memory;
    add_parent(boot_, copy);
    return Result::ok;
  }
  const void* from = boot_.host.map_old_page(old_page);
  if (from == nullptr) return Result::refused;
  Word* words = static_cast<Word*>(boot_.host.take_page(/*zeroed:*/ false));
  if (words != nullptr) memcpy(words, from, kPageBytes);
  boot_.host.unmap_old_page(from);
  if (words == nullptr) return Result::no_memory;
  const Result linked = links(words, old_page, level);
  copy = boot_.host.physical(words);
  if (linked != Result::ok || !copies_.add(boot_.host, old_page, level, 0, copy)) {
    release_table(boot_, copy, level);
    return Result::no_memory;
  }
  ++boot_.paging_tables[level];
  boot_.host.write_back(words, kPageBytes);
  return Result::ok;
}

// Gives every link of a copied table its copy. On failure what still leads to old memory is cleared.
Result TableCopier::links(Word* words, Word old_page, unsigned level) {
  if (level == 2) return links_to_leaf_tables(words, old_page);
  WordMap links = WordMap::of(words, PagingEntry::permissions, boot_.link.stop);
  for (unsigned i = 0; links.next(i);) {
    const Word child = words[i] & boot_.link.address;
    Word copy = 0;
    Result result = boot_.map.is_old_ram(child) ? table(child, level - 1, copy) : Result::refused;
    if (result == Result::ok) {
      words[i] = (words[i] & ~boot_.link.address) | copy;
      continue;
    }
    if (result == Result::refused) {
      const vtd_reason reason = boot_.map.is_old_ram(child) ? VTD_UNREADABLE : boot_.map.why_not(child);
      if (quarantine(words, old_page, i, level, reason)) continue;
    }
    memset(words + i, 0, (kWordsPerPage - i) * sizeof(Word));
    return Result::no_memory;
  }
  return Result::ok;
}

// While the pages of one batch are copied, the index slots of the next are on their way.
Result TableCopier::links_to_leaf_tables(Word* words, Word old_page) {
  WordMap links = WordMap::of(words, PagingEntry::permissions, boot_.link.stop);
  const auto gather = [&](Batch& batch) {
    batch.links = batch.tables = 0;
    for (unsigned index = 0; batch.links < kBatch && links.next(index); ++batch.links) {
      batch.index[batch.links] = index;
      copies_.prefetch(words[index] & boot_.link.address);
    }
  };
  Batch batches[2];
  gather(batches[0]);
  for (unsigned turn = 0; batches[turn].links != 0; turn ^= 1) {
    Batch& batch = batches[turn];
    unsigned opened = 0;
    while (opened < batch.links && open_leaf_table(words, old_page, batch.index[opened], batch)) ++opened;
    gather(batches[turn ^ 1]);
    close_leaf_tables(batch);
    if (opened == batch.links) continue;
    memset(words + batch.index[opened], 0, (kWordsPerPage - batch.index[opened]) * sizeof(Word));
    return Result::no_memory;
  }
  return Result::ok;
}

// Links to the copy of a level-1 table; a new one joins the batch. False: no memory.
bool TableCopier::open_leaf_table(Word* words, Word old_page, unsigned index, Batch& batch) {
  const Word child = words[index] & boot_.link.address;
  const auto link_to = [&](Word copy) { words[index] = (words[index] & ~boot_.link.address) | copy; };
  if (!boot_.map.is_old_ram(child)) return quarantine(words, old_page, index, 2, boot_.map.why_not(child));
  if (const Word copy = copies_.find(child, 1, 0); copy != CopyIndex::kAbsent) {
    if (!boot_.facts.room(boot_.host, 1)) return false;
    add_parent(boot_, copy);
    link_to(copy);
    return true;
  }
  const void* from = boot_.host.map_old_page(child);
  if (from == nullptr) return quarantine(words, old_page, index, 2, VTD_UNREADABLE);
  Word* to = static_cast<Word*>(boot_.host.take_page(/*zeroed:*/ false));
  if (to == nullptr || !copies_.add(boot_.host, child, 1, 0, boot_.host.physical(to))) {
    boot_.host.give_back(to);
    boot_.host.unmap_old_page(from);
    return false;
  }
  batch.from[batch.tables] = from;
  batch.to[batch.tables] = to;
  ++batch.tables;
  ++boot_.paging_tables[1];
  link_to(boot_.host.physical(to));
  return true;
}

void TableCopier::close_leaf_tables(Batch& batch) {
  constexpr unsigned kLinesAhead = 4;  // the rest of the next page follows by itself
  for (unsigned i = 0; i < batch.tables; ++i) {
    const char* next = static_cast<const char*>(batch.from[i + 1 < batch.tables ? i + 1 : i]);
    for (unsigned line = 0; line < kLinesAhead; ++line) __builtin_prefetch(next + line * 64);
    memcpy(batch.to[i], batch.from[i], kPageBytes);
    boot_.host.unmap_old_page(batch.from[i]);
    boot_.host.write_back(batch.to[i], kPageBytes);
  }
}

// The link is as if it had never been there, and somebody is told.
bool TableCopier::quarantine(Word* words, Word old_page, unsigned index, unsigned level, vtd_reason reason) {
  vtd_finding finding{};
  finding.kind = VTD_QUARANTINED;
  finding.reason = static_cast<std::uint32_t>(reason);
  finding.unit = unit_;
  finding.level = level;
  finding.source_id = static_cast<std::uint32_t>(source_);
  finding.entry = old_page + index * sizeof(Word);
  finding.value = words[index];
  if (!add_finding(boot_, finding)) return false;
  words[index] = 0;
  return true;
}

}  // namespace vtd::engine
