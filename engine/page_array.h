// SPDX-License-Identifier: Apache-2.0 OR MIT
// Arrays that grow page by page: a directory of single pages, because the host gives no more than one at a time.
// A zeroed object is an empty array, and elements never move.
#pragma once

#include <type_traits>

#include "engine/host.h"

namespace vtd::engine {

// The pages themselves: a tree of directories that is as deep as the number of pages asks for.
class PageTree {
 public:
  std::uint32_t pages() const { return pages_; }
  char* page(std::uint32_t number) const {
    if (depth_ == 0) return static_cast<char*>(root_);
    void* const* directory = static_cast<void* const*>(root_);
    if (depth_ == 2) directory = static_cast<void* const*>(directory[number / kFan]);
    return static_cast<char*>(directory[number % kFan]);
  }
  bool append(Host& host, bool zeroed);
  // Gives back all pages but the first `pages`, and directories that are no longer needed.
  void truncate(Host& host, std::uint32_t pages);
  void clear(Host& host) { truncate(host, 0); }

 private:
  static constexpr std::uint32_t kFan = kPageBytes / sizeof(void*);
  bool deepen(Host& host);

  void* root_;
  std::uint32_t pages_, depth_;
};

template <class T>
class PageArray {
 public:
  static_assert(std::is_trivially_copyable_v<T>);
  static constexpr std::uint32_t kPerPage = kPageBytes / sizeof(T);

  std::uint32_t size() const { return size_; }
  T& operator[](std::uint32_t i) const { return reinterpret_cast<T*>(tree_.page(i / kPerPage))[i % kPerPage]; }
  // A new last element, zeroed; nullptr when the host refuses.
  T* append(Host& host) {
    if (!room(host, 1)) return nullptr;
    return new (InPage{&(*this)[size_++]}) T();
  }
  // Makes room, so that so many append() cannot fail; false when the host refuses.
  bool room(Host& host, std::uint64_t more) {
    while (size_ + more > std::uint64_t{tree_.pages()} * kPerPage) {
      if (!tree_.append(host, /*zeroed:*/ false)) return false;
    }
    return true;
  }
  // Gives back the room that is not used.
  void trim(Host& host) { tree_.truncate(host, (size_ + kPerPage - 1) / kPerPage); }
  void shrink(std::uint32_t size) { size_ = size; }
  void clear(Host& host) {
    tree_.clear(host);
    size_ = 0;
  }

 private:
  PageTree tree_;
  std::uint32_t size_;
};

}  // namespace vtd::engine
