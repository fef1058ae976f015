// SPDX-License-Identifier: Apache-2.0 OR MIT
// The ELF header and its program headers (System V ABI, chapters 4 and 5).
#include "harness/import/elf_segments.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "harness/input_error.h"

namespace vtd::harness {
namespace {

template <class Header>
bool read_header(const FileBytes& file, uint64_t at, Header& header) {
  return file.read(at, {reinterpret_cast<uint8_t*>(&header), sizeof header});
}

// With 65,535 segments or more their number is elsewhere: in the first section header.
uint64_t segments_of(const FileBytes& file, const Elf64_Ehdr& elf) {
  if (elf.e_phnum != PN_XNUM) return elf.e_phnum;
  Elf64_Shdr first{};
  return read_header(file, elf.e_shoff, first) ? first.sh_info : 0;
}

// What lies in several ranges counts once.
uint64_t distinct_bytes(std::vector<model::MemoryRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const model::MemoryRange& a, const model::MemoryRange& b) { return a.first < b.first; });
  uint64_t bytes = 0;
  model::Address next = 0;
  for (const model::MemoryRange& range : ranges) {
    if (range.last < next) continue;
    bytes += range.last - std::max(range.first, next) + 1;
    next = range.last + 1;
    if (next == 0) break;  // the end of all addresses
  }
  return bytes;
}

}  // namespace

std::optional<ElfMemory> elf_memory(const std::string& path, const FileBytes& file) {
  Elf64_Ehdr elf{};
  if (!read_header(file, 0, elf) || std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_ident[EI_DATA] != ELFDATA2LSB || elf.e_machine != EM_X86_64 ||
      elf.e_type != ET_CORE || elf.e_phentsize != sizeof(Elf64_Phdr))
    throw InputError{path + ": is an ELF file, but no core of a 64-bit x86 machine"};
  ElfMemory memory;
  const uint64_t size = file.size();
  for (uint64_t i = 0, n = segments_of(file, elf); i < n; ++i) {
    Elf64_Phdr segment{};
    if (!read_header(file, elf.e_phoff + i * sizeof segment, segment))
      throw InputError{path + ": ends before segment " + std::to_string(i) + " of " + std::to_string(n) +
                       " is described"};
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    if (segment.p_paddr + segment.p_memsz < segment.p_paddr || segment.p_filesz > segment.p_memsz)
      throw InputError{path + ": segment " + std::to_string(i) + " is larger than memory can be"};
    memory.ram.push_back({segment.p_paddr, segment.p_paddr + segment.p_memsz - 1, model::MemoryKind::ram});
    const uint64_t in_file = segment.p_offset >= size ? 0 : std::min(segment.p_filesz, size - segment.p_offset);
    memory.whole = memory.whole && in_file == segment.p_filesz;
    // Of a segment that is cut off, whole pages count.
    const uint64_t end = segment.p_paddr + in_file;
    const uint64_t last = in_file == segment.p_filesz ? end : model::page_of(end);
    if (last > segment.p_paddr) memory.held.push_back({segment.p_paddr, last - 1, model::MemoryKind::ram});
  }
  // Segments that share their bytes would let a small file claim any amount of memory. One place may well be told many
  // times: a dump by virtual addresses (QEMU's `dump-guest-memory -p`) has a segment for each mapping of it.
  if (distinct_bytes(memory.held) > size) throw InputError{path + ": its segments hold more bytes than the file has"};
  return memory;
}

}  // namespace vtd::harness
