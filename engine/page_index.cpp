// SPDX-License-Identifier: Apache-2.0 OR MIT
// Growth and erasure of PageIndex.
#include "engine/page_index.h"

namespace vtd::engine {

// The hole moves up to each later key of the run that may not stay behind it.
void PageIndex::erase(Word key) {
  std::uint64_t hole = probe(key);
  --size_;
  for (std::uint64_t i = (hole + 1) & mask_; slot(i).key != 0; i = (i + 1) & mask_) {
    if (((i - home(slot(i).key)) & mask_) < ((i - hole) & mask_)) continue;
    slot(hole) = slot(i);
    hole = i;
  }
  slot(hole) = {};
}

// At most three slots of four are used. Growth by four, since each step moves every key.
std::uint64_t PageIndex::pages_for(std::uint64_t keys) const {
  std::uint64_t pages = mask_ == 0 ? 1 : (mask_ + 1) / kPerPage;
  while (keys > pages * kPerPage / 4 * 3) pages *= 4;
  return pages;
}

bool PageIndex::room(Host& host, std::uint64_t more) {
  const std::uint64_t pages = pages_for(size_ + more);
  if (mask_ != 0 && pages == (mask_ + 1) / kPerPage) return true;
  PageIndex larger{};
  for (std::uint64_t i = 0; i < pages; ++i) {
    if (larger.tree_.append(host, /*zeroed:*/ true)) continue;
    larger.tree_.clear(host);
    return false;
  }
  larger.mask_ = pages * kPerPage - 1;
  each([&](Word key, Word value) { larger.set_down(key, value); });
  if (keeping_ && !grown_) {
    kept_ = tree_;
    kept_mask_ = mask_;
    grown_ = true;
  } else {
    tree_.clear(host);
  }
  tree_ = larger.tree_;
  mask_ = larger.mask_;
  return true;
}

void PageIndex::end(Host& host) {
  kept_.clear(host);
  keeping_ = grown_ = false;
}

void PageIndex::rollback(Host& host) {
  if (grown_) {
    PageIndex before{};
    before.tree_ = kept_;
    before.mask_ = kept_mask_;
    for (std::uint32_t i = 0; i < kept_.pages(); ++i) memset(kept_.page(i), 0, kPageBytes);
    each([&](Word key, Word value) { before.set_down(key, value); });
    tree_.clear(host);
    tree_ = before.tree_;
    mask_ = before.mask_;
    kept_ = {};
  }
  keeping_ = grown_ = false;
}

void PageIndex::clear(Host& host) {
  end(host);
  tree_.clear(host);
  mask_ = size_ = 0;
}

}  // namespace vtd::engine
