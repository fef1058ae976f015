// SPDX-License-Identifier: Apache-2.0 OR MIT
// A header of one page; then offset and size, big-endian, and the bytes; an offset of -1 ends it.
#include "harness/import/flattened.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "harness/input_error.h"

namespace vtd::harness {
namespace {

constexpr std::string_view kSignature = "makedumpfile";
constexpr uint64_t kHeaderBytes = 4096;
constexpr uint64_t kEnd = ~uint64_t{0};
constexpr uint64_t kAtOnce = 16384;

uint64_t big_endian(const uint8_t* bytes) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

// A file that claims to be far larger than it is was not written by any tool.
uint64_t size_limit(const FileBytes& flattened) { return 16 * flattened.size() + (uint64_t{1} << 30); }

}  // namespace

bool is_flattened(const FileBytes& file) {
  std::array<uint8_t, kSignature.size()> begins{};
  return file.read(0, begins) && std::equal(begins.begin(), begins.end(), kSignature.begin());
}

FileBytes rearranged(const std::string& path, const FileBytes& flattened) {
  const auto refuse = [&](uint64_t at, const char* why) {
    return InputError{path + ": flattened dump, at byte " + std::to_string(at) + ": " + why};
  };
  FileBytes out = FileBytes::temporary();
  std::vector<uint8_t> piece;
  for (uint64_t at = kHeaderBytes;;) {
    std::array<uint8_t, 16> header{};
    if (!flattened.read(at, header)) throw refuse(at, "the file ends without its last mark, expected another piece");
    const uint64_t to = big_endian(header.data());
    uint64_t left = big_endian(header.data() + 8);
    if (to == kEnd) return out;
    if (to > size_limit(flattened) || left > flattened.size()) throw refuse(at, "a piece lies where no dump reaches");
    at += header.size();
    for (uint64_t done = 0; left > 0; done += piece.size(), left -= piece.size(), at += piece.size()) {
      piece.resize(std::min<uint64_t>(left, kAtOnce));
      if (!flattened.read(at, piece)) throw refuse(at, "the file ends in the middle of a piece");
      if (!out.write(to + done, piece)) throw refuse(at, "no room for the rearranged dump among the temporary files");
    }
  }
}

}  // namespace vtd::harness
