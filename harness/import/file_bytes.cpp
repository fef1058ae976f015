// SPDX-License-Identifier: Apache-2.0 OR MIT
// pread and pwrite until all is done.
#include "harness/import/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "harness/input_error.h"

namespace vtd::harness {

FileBytes::FileBytes(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw InputError{path + ": cannot be read: " + std::strerror(errno)};
  struct stat about{};
  if (fstat(descriptor_, &about) == 0 && S_ISREG(about.st_mode)) return;
  close(descriptor_);
  throw InputError{path + ": is not a regular file, expected a memory dump or the NAME.json of a capture"};
}

FileBytes FileBytes::temporary() {
  const std::string folder = std::filesystem::temp_directory_path();
  const int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) throw InputError{folder + ": no temporary file can be made: " + std::strerror(errno)};
  return FileBytes(descriptor);
}

FileBytes::~FileBytes() {
  if (descriptor_ >= 0) close(descriptor_);
}

FileBytes::FileBytes(FileBytes&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileBytes& FileBytes::operator=(FileBytes&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

uint64_t FileBytes::size() const {
  struct stat about{};
  return fstat(descriptor_, &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
}

bool FileBytes::read(uint64_t at, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t got = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(at));
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
    at += static_cast<uint64_t>(got);
  }
  return true;
}

bool FileBytes::write(uint64_t at, std::span<const uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    at += static_cast<uint64_t>(put);
  }
  return true;
}

}  // namespace vtd::harness
