// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copying page tables. The cost is that of the block copies: tables of level 1 are not looked at, tables above only at
// their links, and of each batch of links the index slots and old pages are on their way before they are needed.
#include "engine/copy.h"
#include "engine/keys.h"
#include "engine/scan.h"
#include "engine/tables.h"

namespace vtd::engine {

using Result = TableCopier::Result;

// Old level-1 tables that are mapped and have a place to go.
struct TableCopier::Batch {
  const void* from[kBatch];
  Word* to[kBatch];
  unsigned count;
};

Result TableCopier::table(Word old_page, unsigned level, Word& copy) {
  const Word key = key::copy(old_page, level, 0);
  if (const Word* found = copies_.find(key); found != nullptr) {
    if (!boot_.facts.room(boot_.host, 1)) return Result::no_memory;
    copy = *found;
    add_parent(boot_, copy);
    return Result::ok;
  }
  const void* from = boot_.host.map_old_page(old_page);
  if (from == nullptr) return Result::refused;
  Word* words = static_cast<Word*>(boot_.host.take_page(/*zeroed:*/ false));
  if (words != nullptr) memcpy(words, from, kPageBytes);
  boot_.host.unmap_old_page(from);
  if (words == nullptr) return Result::no_memory;
  const Result linked = level > 1 ? links(words, old_page, level) : Result::ok;
  copy = boot_.host.physical(words);
  if (linked != Result::ok || !copies_.room(boot_.host, 1)) {
    release_table(boot_, copy, level);
    return Result::no_memory;
  }
  ++boot_.paging_tables[level];
  boot_.host.write_back(words, kPageBytes);
  copies_.at(key) = copy;
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

Result TableCopier::links_to_leaf_tables(Word* words, Word old_page) {
  WordMap links = WordMap::of(words, PagingEntry::permissions, boot_.link.stop);
  unsigned index[kBatch];
  for (bool more = links.any(); more;) {
    unsigned count = 0;
    while (count < kBatch && (more = links.next(index[count]))) {
      copies_.prefetch(key::copy(words[index[count]] & boot_.link.address, 1, 0));
      ++count;
    }
    Batch batch{};
    unsigned opened = 0;
    if (count == 0 || copies_.room(boot_.host, count)) {
      while (opened < count && open_leaf_table(words, old_page, index[opened], batch)) ++opened;
    }
    close_leaf_tables(batch);
    if (opened == count) continue;
    memset(words + index[opened], 0, (kWordsPerPage - index[opened]) * sizeof(Word));
    return Result::no_memory;
  }
  return Result::ok;
}

// Links to the copy of a level-1 table; a new one joins the batch. False: no memory.
bool TableCopier::open_leaf_table(Word* words, Word old_page, unsigned index, Batch& batch) {
  const Word child = words[index] & boot_.link.address;
  const auto link_to = [&](Word copy) { words[index] = (words[index] & ~boot_.link.address) | copy; };
  if (const Word* found = copies_.find(key::copy(child, 1, 0)); found != nullptr) {
    if (!boot_.facts.room(boot_.host, 1)) return false;
    add_parent(boot_, *found);
    link_to(*found);
    return true;
  }
  if (!boot_.map.is_old_ram(child)) return quarantine(words, old_page, index, 2, boot_.map.why_not(child));
  const void* from = boot_.host.map_old_page(child);
  if (from == nullptr) return quarantine(words, old_page, index, 2, VTD_UNREADABLE);
  Word* to = static_cast<Word*>(boot_.host.take_page(/*zeroed:*/ false));
  if (to == nullptr) {
    boot_.host.unmap_old_page(from);
    return false;
  }
  constexpr unsigned kLinesAhead = 4;  // the rest of the page follows by itself
  for (unsigned line = 0; line < kLinesAhead; ++line) __builtin_prefetch(static_cast<const char*>(from) + line * 64);
  batch.from[batch.count] = from;
  batch.to[batch.count] = to;
  ++batch.count;
  ++boot_.paging_tables[1];
  copies_.at(key::copy(child, 1, 0)) = boot_.host.physical(to);
  link_to(boot_.host.physical(to));
  return true;
}

void TableCopier::close_leaf_tables(Batch& batch) {
  for (unsigned i = 0; i < batch.count; ++i) {
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
