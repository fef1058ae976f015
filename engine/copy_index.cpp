// SPDX-License-Identifier: Apache-2.0 OR MIT
// Growth of CopyIndex, and pages with two roles.
#include "engine/copy_index.h"

namespace vtd::engine {

// False when there is no such block; else it is in the cache.
bool CopyIndex::look_up(Word key) const {
  const Word* number = blocks_.find(key);
  if (number != nullptr) recent_[key % kRecent] = {key, storage_[static_cast<std::uint32_t>(*number)].entries};
  return number != nullptr;
}

Word CopyIndex::find_apart(Word old_page, unsigned role, unsigned unit) const {
  const Word* copy = apart_.find(key::copy(old_page, role, unit));
  return copy != nullptr ? *copy : kAbsent;
}

bool CopyIndex::add(Host& host, Word old_page, unsigned role, unsigned unit, Word copy) {
  Word* entry = entry_of(old_page);
  if (entry == nullptr) {
    const std::uint32_t number = storage_.size();
    if (!blocks_.room(host, 1) || storage_.append(host) == nullptr) return false;
    blocks_.at(key::block(old_page / kPageBytes / kPagesPerBlock)) = number;
    entry = entry_of(old_page);
  }
  if (*entry == 0) {
    *entry = copy | tag(role, unit);
    return true;
  }
  if (!apart_.room(host, 1)) return false;
  apart_.at(key::copy(old_page, role, unit)) = copy;
  return true;
}

void CopyIndex::clear(Host& host) {
  blocks_.clear(host);
  storage_.clear(host);
  apart_.clear(host);
  memset(recent_, 0, sizeof recent_);
}

}  // namespace vtd::engine
