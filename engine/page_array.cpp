// SPDX-License-Identifier: Apache-2.0 OR MIT
// The directories of a PageTree.
#include "engine/page_array.h"

namespace vtd::engine {

bool PageTree::deepen(Host& host) {
  void** directory = static_cast<void**>(host.take_page(/*zeroed:*/ true));
  if (directory == nullptr) return false;
  directory[0] = root_;
  root_ = directory;
  ++depth_;
  return true;
}

bool PageTree::append(Host& host, bool zeroed) {
  if (pages_ == kFan * kFan) return false;
  if ((pages_ == 1 && depth_ == 0) || (pages_ == kFan && depth_ == 1)) {
    if (!deepen(host)) return false;
  }
  void** slot = depth_ == 0 ? &root_ : static_cast<void**>(root_);
  if (depth_ == 2) {
    void*& directory = slot[pages_ / kFan];
    if (directory == nullptr) directory = host.take_page(/*zeroed:*/ true);
    if (directory == nullptr) return false;
    slot = static_cast<void**>(directory);
  }
  if (depth_ != 0) slot += pages_ % kFan;
  void* page = host.take_page(zeroed);
  if (page == nullptr) return false;
  *slot = page;
  ++pages_;
  return true;
}

void PageTree::truncate(Host& host, std::uint32_t pages) {
  while (pages_ > pages) {
    --pages_;
    host.give_back(page(pages_));
    void** top = static_cast<void**>(root_);
    if (depth_ == 0) root_ = nullptr;
    if (depth_ != 2 || pages_ % kFan != 0) continue;
    host.give_back(top[pages_ / kFan]);
    top[pages_ / kFan] = nullptr;
  }
  // A directory that holds one page or one directory is not needed; an append that failed may have left one.
  for (; depth_ != 0 && pages_ <= (depth_ == 1 ? 1 : kFan); --depth_) {
    void** top = static_cast<void**>(root_);
    if (depth_ == 2) host.give_back(top[1]);
    root_ = pages_ == 0 ? nullptr : top[0];
    host.give_back(top);
  }
}

}  // namespace vtd::engine
