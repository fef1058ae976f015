// SPDX-License-Identifier: Apache-2.0 OR MIT
// A core of the guest, as makedumpfile and crash read it.
#include <elf.h>

#include <array>
#include <cstring>
#include <fstream>

#include "harness/input_error.h"
#include "harness/qemu/guest.h"

namespace vtd::harness::qemu {
namespace {

constexpr std::size_t kHeadersMost = 64;

// QEMU 7.2 puts its section headers between the ELF header and the program headers, and gets e_ehsize wrong.
// makedumpfile 1.7 looks for program headers right behind the ELF header, so they are moved there. Nobody needs the
// sections.
void put_program_headers_first(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  Elf64_Ehdr header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!file || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phnum > kHeadersMost)
    throw InputError{path + ": QEMU's dump is no ELF core"};
  std::array<Elf64_Phdr, kHeadersMost> segments{};
  const auto bytes = static_cast<std::streamsize>(header.e_phnum * sizeof(Elf64_Phdr));
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  file.read(reinterpret_cast<char*>(segments.data()), bytes);
  header.e_ehsize = sizeof header;
  header.e_phoff = sizeof header;
  header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  file.write(reinterpret_cast<const char*>(segments.data()), bytes);
  if (!file) throw InputError{path + ": the dump cannot be written"};
}

}  // namespace

void Guest::dump_core(const std::string& path) {
  dump(path, "elf");
  put_program_headers_first(path);
}

}  // namespace vtd::harness::qemu
