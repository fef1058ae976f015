// SPDX-License-Identifier: Apache-2.0 OR MIT
// libkdumpfile behind the interface of dumps.
#include "harness/import/dump_file.h"

#include <libkdumpfile/kdumpfile.h>

#include <optional>

#include "harness/import/elf_segments.h"
#include "harness/import/flattened.h"
#include "harness/import/forked_dump.h"
#include "harness/import/kdump_pages.h"
#include "harness/input_error.h"
#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;
using Ranges = std::vector<model::MemoryRange>;

struct FreeContext {
  void operator()(kdump_ctx_t* context) const { kdump_free(context); }
};
using Context = std::unique_ptr<kdump_ctx_t, FreeContext>;

// Runs of ones in one of the bitmaps of a compressed dump.
Ranges ranges_of(kdump_ctx_t* context, const char* bitmap) {
  Ranges ranges;
  kdump_attr_t attribute{};
  attribute.type = KDUMP_BITMAP;
  if (kdump_get_typed_attr(context, bitmap, &attribute) != KDUMP_OK) return ranges;
  constexpr kdump_addr_t kFramesMost = (model::kAddressBits >> 12) + 1;
  for (kdump_addr_t first = 0, end = 0; first < kFramesMost; first = end) {
    if (kdump_bmp_find_set(attribute.val.bitmap, &first) != KDUMP_OK || first >= kFramesMost) break;
    end = first;
    if (kdump_bmp_find_clear(attribute.val.bitmap, &end) != KDUMP_OK || end <= first || end > kFramesMost)
      end = kFramesMost;
    ranges.push_back({first * model::kPageBytes, end * model::kPageBytes - 1, model::MemoryKind::ram});
  }
  return ranges;
}

class KdumpFile : public Dump {
 public:
  KdumpFile(const std::string& path, FileBytes file, const std::optional<ElfMemory>& elf)
      : file_(std::move(file)), context_(kdump_new()) {
    if (context_ == nullptr) throw InputError{path + ": no memory for libkdumpfile"};
    const auto check = [&](kdump_status status, const char* what) {
      if (status != KDUMP_OK) throw InputError{path + ": " + what + ": " + one_line(kdump_get_err(context_.get()))};
    };
    // A file that ends too early must not be mapped: touching what is not there ends the process.
    const bool map = elf && elf->whole;
    check(kdump_set_number_attr(context_.get(), KDUMP_ATTR_FILE_MMAP_POLICY, map ? KDUMP_MMAP_TRY : KDUMP_MMAP_NEVER),
          "libkdumpfile");
    check(kdump_open_fd(context_.get(), file_.descriptor()),
          "expected a dump, ELF or of makedumpfile, or NAME.json: libkdumpfile cannot read it");
    kdump_num_t page_bytes = 0;
    if (kdump_get_number_attr(context_.get(), KDUMP_ATTR_PAGE_SIZE, &page_bytes) != KDUMP_OK ||
        page_bytes != model::kPageBytes)
      throw InputError{path + ": pages of " + std::to_string(page_bytes) + " bytes, expected 4096: no x86 machine"};
    Ranges held = elf ? elf->held : ram_of(ranges_of(context_.get(), KDUMP_ATTR_FILE_PAGEMAP));
    ram_ = elf ? elf->ram : ranges_of(context_.get(), KDUMP_ATTR_MEMORY_PAGEMAP);
    // What the dump has is RAM, whatever its other list says.
    ram_.insert(ram_.end(), held.begin(), held.end());
    ram_ = ram_of(std::move(ram_));
    if (!elf && bytes_of(held) / model::kPageBytes > file_.size() / kDescriptorBytes)
      throw InputError{path + ": its bitmap lists " + std::to_string(bytes_of(held) / model::kPageBytes) +
                       " pages, more than the file can describe"};
    held_ = elf ? ram_of(std::move(held)) : kdump_pages(file_, held);
  }

  const Ranges& ram() const override { return ram_; }
  const Ranges& held() const override { return held_; }

  InDump read(Address page, PageWords& words) override {
    if (!is_ram(held_, page)) return is_ram(ram_, page) ? InDump::left_out : InDump::no_ram;
    std::size_t bytes = model::kPageBytes;
    const kdump_status status = kdump_read(context_.get(), KDUMP_MACHPHYSADDR, page, words.data(), &bytes);
    return status == KDUMP_OK && bytes == model::kPageBytes ? InDump::there : InDump::left_out;
  }

 private:
  static constexpr uint64_t kDescriptorBytes = 24;  // struct page_desc

  static std::string one_line(const char* text) {
    std::string line = text != nullptr ? text : "";
    for (char& c : line)
      if (c < ' ' || c > '~') c = ' ';
    return line;
  }

  FileBytes file_;
  Context context_;
  Ranges ram_, held_;
};

}  // namespace
DumpFile open_dump(const std::string& path) {
  FileBytes file(path);
  const bool flattened = is_flattened(file);
  if (flattened) file = rearranged(path, file);
  const std::optional<ElfMemory> elf = elf_memory(path, file);
  std::string format = elf ? "ELF" : "kdump-compressed";
  if (flattened) format += ", flattened";
  return {forked_dump(path, [&] { return std::make_unique<KdumpFile>(path, std::move(file), elf); }), format};
}

}  // namespace vtd::harness
