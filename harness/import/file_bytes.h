// SPDX-License-Identifier: Apache-2.0 OR MIT
// A file by its descriptor: bytes at a place.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace vtd::harness {

class FileBytes {
 public:
  // Opens for reading. Throws InputError: missing, not a regular file.
  explicit FileBytes(const std::string& path);
  // A file without a name that goes away with its descriptor, in the folder for temporary files. Throws InputError.
  static FileBytes temporary();
  ~FileBytes();
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&& other) noexcept;

  int descriptor() const { return descriptor_; }
  std::uint64_t size() const;
  // False: the file ends before.
  bool read(std::uint64_t at, std::span<std::uint8_t> out) const;
  // False: there is no room for it.
  bool write(std::uint64_t at, std::span<const std::uint8_t> bytes) const;

 private:
  explicit FileBytes(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace vtd::harness
