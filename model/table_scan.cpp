// SPDX-License-Identifier: Apache-2.0 OR MIT
// Page scans by vectors of 64 bytes, which both compilers turn into whatever the target has.
#include "model/table_scan.h"

namespace vtd::model {
namespace {

constexpr unsigned kBlocks = 64, kQwordsPerBlock = 8;
// Pages are aligned, and a block is only another way to read the qwords of a page.
using Block [[gnu::vector_size(64), gnu::may_alias]] = uint64_t;

const Block* blocks_of(const uint64_t* page) { return reinterpret_cast<const Block*>(page); }

uint64_t any_bit(const Block& b) { return b[0] | b[1] | b[2] | b[3] | b[4] | b[5] | b[6] | b[7]; }

}  // namespace

QwordBits qwords_with(const uint64_t* page, uint64_t mask, uint64_t which) {
  const Block* const block = blocks_of(page);
  QwordBits found;
  for (unsigned i = 0; i < kBlocks; ++i) {
    const Block wanted = block[i] & mask;
    if (any_bit(wanted) == 0) continue;
    uint64_t bits = 0;
    for (unsigned q = 0; q < kQwordsPerBlock; ++q) bits |= uint64_t{wanted[q] != 0} << q;
    found.word[i / 8] |= bits << (i % 8 * kQwordsPerBlock);
  }
  for (uint64_t& word : found.word) word &= which;
  return found;
}

uint64_t differing_blocks(const uint64_t* a, const uint64_t* b) {
  const Block *const left = blocks_of(a), *const right = blocks_of(b);
  uint64_t differing = 0;
  for (unsigned i = 0; i < kBlocks; ++i) {
    const Block difference = left[i] ^ right[i];
    differing |= uint64_t{any_bit(difference) != 0} << i;
  }
  return differing;
}

}  // namespace vtd::model
