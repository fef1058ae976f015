// SPDX-License-Identifier: Apache-2.0 OR MIT
// Parents of tables, copy on write, and the bitmaps of made entries.
#include "engine/tables.h"

#include "engine/keys.h"
#include "engine/scan.h"

namespace vtd::engine {
namespace {

constexpr Word kRemembered = Word{1} << 32;  // the upper half of a key::parents value counts these

Word parents_in(Word count) { return count & (kRemembered - 1); }
// Hardware may still use what nothing of ours leads to any more.
bool only_remembered(Word count) { return parents_in(count) == count >> 32; }

// What silent hardware remembers of a table that others may lead to must stay true, though they answered: the chain of
// these goes through their facts, which nobody asks for any more.
void keep_untouched(Boot& boot, Word table, unsigned level, Word& fact) {
  fact = boot.remembered;
  boot.remembered = table | level;
}

// One parent less. True when the table may go: nothing leads to it, and hardware remembers nothing of it.
bool drop_parent(Boot& boot, Word table, unsigned level) {
  Word* count = boot.facts.find(key::parents(table));
  if (count == nullptr) return true;
  --*count;
  if (only_remembered(*count))
    keep_untouched(boot, table, level, *count);
  else if (*count == 1)
    boot.facts.erase(key::parents(table));
  return false;
}

void forget_made(Boot& boot, Word table) {
  const Word* number = boot.facts.find(key::made(table));
  if (number == nullptr) return;
  boot.made[static_cast<std::uint32_t>(*number - 1)].words[0] = boot.free_made;
  boot.free_made = static_cast<std::uint32_t>(*number);
  boot.facts.erase(key::made(table));
}

void give_back_chained(Boot& boot) {
  const Word table = page_of(boot.limbo);
  const auto level = static_cast<unsigned>(PagingEntry::IgnoredLow::get(boot.limbo));
  Word* words = boot.host.table(table);
  boot.limbo = words[0];
  words[0] = 0;
  release_table(boot, table, level);
}

void give_back_remembered(Boot& boot) {
  const Word table = page_of(boot.remembered);
  const auto level = static_cast<unsigned>(boot.remembered - table);
  boot.remembered = *boot.facts.find(key::parents(table));
  boot.facts.erase(key::parents(table));
  release_table(boot, table, level);
}

}  // namespace

std::uint64_t parents_of(const Boot& boot, Word table) {
  const Word* count = boot.facts.find(key::parents(table));
  return count != nullptr ? parents_in(*count) : 1;
}

void add_parent(Boot& boot, Word table) {
  Word& count = boot.facts.at(key::parents(table));
  count = count == 0 ? 2 : count + 1;
}

void release_table(Boot& boot, Word table, unsigned level) {
  if (!drop_parent(boot, table, level)) return;
  Word* words = boot.host.table(table);
  if (level > 1) {
    WordMap links = WordMap::of(words, PagingEntry::permissions, boot.link.stop);
    for (unsigned i = 0; links.next(i);) release_table(boot, words[i] & boot.link.address, level - 1);
  }
  forget_made(boot, table);
  boot.host.give_back(words);
}

std::uint64_t facts_of_clone(const Boot& boot, Word table, unsigned level) {
  if (level == 1) return 0;
  std::uint64_t count = 0;
  WordMap links = WordMap::of(boot.host.table(table), PagingEntry::permissions, boot.link.stop);
  for (unsigned i = 0; links.next(i);) ++count;
  return count;
}

Word clone_table(Boot& boot, Word table, unsigned level) {
  Word* copy = static_cast<Word*>(boot.host.take_reserved(/*zeroed:*/ false));
  memcpy(copy, boot.host.table(table), kPageBytes);
  boot.host.write_back(copy, kPageBytes);
  if (level > 1) {
    WordMap links = WordMap::of(copy, PagingEntry::permissions, boot.link.stop);
    for (unsigned i = 0; links.next(i);) add_parent(boot, copy[i] & boot.link.address);
  }
  return boot.host.physical(copy);
}

void let_go(Boot& boot, Word table, unsigned level, int forgotten) {
  forgotten == VTD_OK ? release_table(boot, table, level) : keep_in_limbo(boot, table, level);
}

// The tables are chained through their first entries. A page address there has R=W=0: not present for hardware.
void keep_in_limbo(Boot& boot, Word table, unsigned level) {
  if (Word* count = boot.facts.find(key::parents(table)); count != nullptr) {
    *count += kRemembered;
    if (only_remembered(*count)) keep_untouched(boot, table, level, *count);
    return;
  }
  Word* words = boot.host.table(table);
  const Word first = words[0];
  store_live(words, boot.limbo);
  boot.host.write_back(words, sizeof(Word));
  boot.limbo = table | PagingEntry::IgnoredLow::make(level);
  if (boot.link.is_link(first, level)) keep_in_limbo(boot, first & boot.link.address, level - 1);
}

// What a table of one chain leads to may join the other.
void give_back_limbo(Boot& boot) {
  while (boot.limbo != 0 || boot.remembered != 0)
    boot.limbo != 0 ? give_back_chained(boot) : give_back_remembered(boot);
}

MadeEntries* made_entries(const Boot& boot, Word table) {
  const Word* number = boot.facts.find(key::made(table));
  return number != nullptr ? &boot.made[static_cast<std::uint32_t>(*number - 1)] : nullptr;
}

MadeEntries& note_made_entries(Boot& boot, Word table) {
  Word& number = boot.facts.at(key::made(table));
  if (number == 0 && boot.free_made != 0) {
    number = boot.free_made;
    MadeEntries& reused = boot.made[boot.free_made - 1];
    boot.free_made = static_cast<std::uint32_t>(reused.words[0]);
    reused = {};
  } else if (number == 0) {
    boot.made.append(boot.host);
    number = boot.made.size();
  }
  return boot.made[static_cast<std::uint32_t>(number - 1)];
}

}  // namespace vtd::engine
