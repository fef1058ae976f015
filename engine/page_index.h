// SPDX-License-Identifier: Apache-2.0 OR MIT
// A hash table in host pages: open addressing, linear probing, growing by doubling. Keys are not zero.
//
// Keys that differ in their two lowest bits only share a cache line: tables that lay side by side are looked up
// together. A zeroed object is an empty table, and takes no page before its first insertion.
#pragma once

#include "engine/page_array.h"

namespace vtd::engine {

class PageIndex {
 public:
  struct Slot {
    Word key, value;
  };

  // nullptr when absent.
  Word* find(Word key) const {
    if (size_ == 0) return nullptr;
    Slot& found = slot(probe(key));
    return found.key == key ? &found.value : nullptr;
  }
  // The value of a key, zero when it is new. Only after room(); a reference lives until the next one.
  Word& at(Word key) {
    Slot& found = slot(probe(key));
    size_ += found.key == 0;
    found.key = key;
    return found.value;
  }
  void erase(Word key);  // which is there
  // Makes room for so many more keys; false when the host refuses, and then nothing has changed.
  bool room(Host& host, std::uint64_t more);
  // Between begin() and end() the pages of before are kept, so that rollback() can give back what room() took. The keys
  // must then be those of before again.
  void begin() { keeping_ = true; }
  void end(Host& host);
  void rollback(Host& host);
  void clear(Host& host);

  template <class Visit>
  void each(Visit visit) const {
    for (std::uint64_t i = 0; mask_ != 0 && i <= mask_; ++i) {
      if (slot(i).key != 0) visit(slot(i).key, slot(i).value);
    }
  }

 private:
  static constexpr std::uint64_t kPerPage = kPageBytes / sizeof(Slot);

  Slot& slot(std::uint64_t i) const {
    return reinterpret_cast<Slot*>(tree_.page(static_cast<std::uint32_t>(i / kPerPage)))[i % kPerPage];
  }
  std::uint64_t home(Word key) const {
    // The product's high half mixes all bits of the key (Fibonacci hashing).
    const Word mixed = (key >> 2) * 0x9e3779b97f4a7c15u;
    return ((mixed >> 32 ^ mixed >> 47) << 2 | (key & 3)) & mask_;
  }
  // The slot that holds the key, or the free one where it belongs.
  std::uint64_t probe(Word key) const {
    std::uint64_t i = home(key);
    for (const Slot* at = &slot(i); at->key != key && at->key != 0;) {
      i = (i + 1) & mask_;
      at = i % kPerPage == 0 ? &slot(i) : at + 1;
    }
    return i;
  }
  void set_down(Word key, Word value) { slot(probe(key)) = {key, value}; }
  std::uint64_t pages_for(std::uint64_t keys) const;

  PageTree tree_, kept_;
  std::uint64_t mask_, kept_mask_;  // slots less one; 0 before the first page
  std::uint64_t size_;
  bool keeping_, grown_;
};

}  // namespace vtd::engine
