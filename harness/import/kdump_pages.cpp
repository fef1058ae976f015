// SPDX-License-Identifier: Apache-2.0 OR MIT
// struct page_desc, one a page in the order of the bitmap, behind header, sub-header and bitmaps (makedumpfile's
// diskdump_mod.h).
#include "harness/import/kdump_pages.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vtd::harness {
namespace {

using model::Address;

struct Descriptor {
  uint64_t offset;
  uint32_t size, flags;
  uint64_t page_flags;
};
static_assert(sizeof(Descriptor) == 24);

constexpr uint64_t kBlockSizeAt = 428;  // of struct disk_dump_header: block_size, sub_hdr_size, bitmap_blocks

uint64_t descriptors_at(const FileBytes& file) {
  std::array<uint32_t, 3> header{};
  file.read(kBlockSizeAt, {reinterpret_cast<uint8_t*>(header.data()), sizeof header});
  return (1 + uint64_t{header[1]} + header[2]) * header[0];
}

// Descriptors in order; those beyond the file describe nothing.
class Descriptors {
 public:
  explicit Descriptors(const FileBytes& file) : file_(file), size_(file.size()), at_(descriptors_at(file)) {}

  bool next_is_in_file() {
    if (next_ == block_.size()) fill();
    const Descriptor& one = block_[next_++];
    return one.size != 0 && one.offset <= size_ && one.size <= size_ - one.offset;
  }

 private:
  void fill() {
    next_ = 0;
    block_.fill({});
    const uint64_t left = at_ < size_ ? (size_ - at_) / sizeof(Descriptor) : 0;
    const std::size_t count = std::min<uint64_t>(left, block_.size());
    if (count == 0 || !file_.read(at_, {reinterpret_cast<uint8_t*>(block_.data()), count * sizeof(Descriptor)}))
      block_.fill({});
    at_ += sizeof block_;
  }

  const FileBytes& file_;
  uint64_t size_, at_;
  std::array<Descriptor, 1024> block_{};
  std::size_t next_ = block_.size();
};

}  // namespace

std::vector<model::MemoryRange> kdump_pages(const FileBytes& file, const std::vector<model::MemoryRange>& listed) {
  std::vector<model::MemoryRange> there;
  Descriptors descriptors(file);
  for (const model::MemoryRange& range : listed) {
    for (Address page = range.first; page < range.last; page += model::kPageBytes) {
      if (!descriptors.next_is_in_file()) continue;
      if (!there.empty() && there.back().last + 1 == page)
        there.back().last += model::kPageBytes;
      else
        there.push_back({page, page + model::kPageBytes - 1, model::MemoryKind::ram});
    }
  }
  return there;
}

}  // namespace vtd::harness
