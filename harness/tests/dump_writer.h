// SPDX-License-Identifier: Apache-2.0 OR MIT
// Writes the memory of a machine as dump files, the plainest that the formats allow: an ELF core, makedumpfile's
// compressed form (disk_dump_header version 6), and the flattened form of any of them.
#pragma once

#include <elf.h>
#include <zlib.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "harness/dump/dump.h"

namespace vtd::harness {

using Pages = std::map<model::Address, PageWords>;

inline Pages pages_of(Dump& dump) {
  Pages pages;
  for (const model::MemoryRange& range : dump.held())
    for (model::Address page = range.first; page < range.last; page += model::kPageBytes)
      if (PageWords words; dump.read(page, words) == InDump::there) pages[page] = words;
  return pages;
}

template <class Value>
void append(std::string& out, const Value& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// One segment a page, and one for RAM without pages.
inline std::string elf_core(const Pages& pages, const std::vector<model::MemoryRange>& ram) {
  Elf64_Ehdr elf{};
  std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
  elf.e_ident[EI_CLASS] = ELFCLASS64;
  elf.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.e_ident[EI_VERSION] = EV_CURRENT;
  elf.e_type = ET_CORE;
  elf.e_machine = EM_X86_64;
  elf.e_version = EV_CURRENT;
  elf.e_phoff = elf.e_ehsize = sizeof elf;
  elf.e_phentsize = sizeof(Elf64_Phdr);
  elf.e_phnum = static_cast<Elf64_Half>(pages.size() + ram.size());
  std::string out;
  append(out, elf);
  uint64_t offset = model::kPageBytes * (1 + elf.e_phnum * sizeof(Elf64_Phdr) / model::kPageBytes + 1);
  const uint64_t first = offset;
  for (const auto& [page, words] : pages) {
    append(out, Elf64_Phdr{PT_LOAD, PF_R, offset, 0, page, model::kPageBytes, model::kPageBytes, 0});
    offset += model::kPageBytes;
  }
  for (const model::MemoryRange& range : ram)
    append(out, Elf64_Phdr{PT_LOAD, PF_R, offset, 0, range.first, 0, range.last - range.first + 1, 0});
  out.resize(first);
  for (const auto& [page, words] : pages) append(out, words);
  return out;
}

struct KdumpOptions {
  uint64_t frames = 0x20000;  // of memory: 512 MiB
  bool compressed = true;
};

inline std::string kdump(const Pages& pages, const KdumpOptions& options = {}) {
  constexpr uint64_t kBlock = model::kPageBytes;
  const uint64_t bitmap = (options.frames / 8 + kBlock - 1) / kBlock;
  std::string out = "KDUMP   ";
  const auto put = [&out](std::size_t at, uint64_t value, unsigned bytes) {
    out.resize(std::max(out.size(), at + bytes));
    std::memcpy(out.data() + at, &value, bytes);
  };
  put(8, 6, 4);  // header_version
  const char* const names[] = {"Linux", "dead", "6.1.0", "#1", "x86_64", "(none)"};
  out.resize(12 + 6 * 65);
  for (unsigned i = 0; i < 6; ++i) std::memcpy(out.data() + 12 + 65 * i, names[i], std::strlen(names[i]));
  // struct disk_dump_header: timestamp at 408, status at 424
  put(428, kBlock, 4);
  put(432, 1, 4);           // sub_hdr_size
  put(436, 2 * bitmap, 4);  // bitmap_blocks
  put(440, options.frames, 4);
  put(456, 1, 4);  // nr_cpus
  // struct kdump_sub_header
  put(kBlock + 96, options.frames, 8);  // max_mapnr_64
  out.resize((2 + 2 * bitmap) * kBlock);
  const std::size_t memory = 2 * kBlock, held = (2 + bitmap) * kBlock;
  for (uint64_t i = 0; i < options.frames / 8; ++i) out[memory + i] = static_cast<char>(0xff);
  for (const auto& [page, words] : pages)
    out[held + page / kBlock / 8] = static_cast<char>(out[held + page / kBlock / 8] | 1 << (page / kBlock % 8));
  uint64_t offset = out.size() + 24 * pages.size();
  std::string data;
  for (const auto& [page, words] : pages) {
    std::string bytes(reinterpret_cast<const char*>(words.data()), sizeof words);
    if (options.compressed) {
      uLongf size = compressBound(sizeof words);
      bytes.resize(size);
      compress(reinterpret_cast<Bytef*>(bytes.data()), &size, reinterpret_cast<const Bytef*>(words.data()),
               sizeof words);
      bytes.resize(size);
    }
    append(out, offset);
    append(out, static_cast<uint32_t>(bytes.size()));
    append(out, static_cast<uint32_t>(options.compressed ? 1 : 0));
    append(out, uint64_t{0});
    offset += bytes.size();
    data += bytes;
  }
  return out + data;
}

// In pieces, the later half of them first.
inline std::string flattened(const std::string& dump) {
  std::string out("makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 32);
  out.resize(4096);
  const auto number = [&out](uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  };
  const auto piece = [&](std::size_t from, std::size_t to) {
    for (std::size_t size = 0; from < to; from += size) {
      size = std::min<std::size_t>(to - from, 30'000);
      number(from);
      number(size);
      out.append(dump, from, size);
    }
  };
  piece(dump.size() / 2, dump.size());
  piece(0, dump.size() / 2);
  number(~uint64_t{0});
  number(~uint64_t{0});
  return out;
}

}  // namespace vtd::harness
