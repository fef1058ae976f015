// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pages of crash memory, counted; a reserve makes calls that change live tables all or nothing.
#include "engine/host.h"

namespace vtd::engine {

void* Host::take_reserved(bool zeroed) {
  void* page = spare_;
  spare_ = spare_->next;
  if (zeroed) memset(page, 0, kPageBytes);
  return page;
}

void Host::give_back(void* page) {
  if (page == nullptr) return;
  --pages_used_;
  api_.free(api_.ctx, page);
}

bool Host::reserve(std::uint64_t pages) {
  for (; pages != 0; --pages) {
    void* page = take_page(/*zeroed:*/ false);
    if (page == nullptr) {
      give_back_reserve();
      return false;
    }
    spare_ = new (InPage{page}) Spare{spare_};
  }
  return true;
}

void Host::give_back_reserve() {
  while (spare_ != nullptr) {
    Spare* page = spare_;
    spare_ = page->next;
    give_back(page);
  }
}

}  // namespace vtd::engine
