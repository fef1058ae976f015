// SPDX-License-Identifier: Apache-2.0 OR MIT
// What entries mean on one unit: reserved bits, supported widths and types, all from CAP, ECAP and the address width.
#pragma once

#include "engine/layout.h"

namespace vtd::engine {

// The part that is the same for all units of a platform: which paging entries lead to another table.
struct LinkRule {
  Word address;  // bits that name a page
  Word stop;     // a bit that makes a present entry of level 2 to 5 a leaf or reserved (S§9.8)

  static LinkRule of(unsigned host_address_width);
  bool is_link(Word entry, unsigned level) const {
    return level > 1 && PagingEntry::present(entry) && (entry & stop) == 0;
  }
};

enum class Context { absent, reserved, invalid, pass_through, paged };
enum class Paging { absent, reserved, link, leaf };

struct Rules {
  LinkRule link;
  Word root_low_reserved, context_low_reserved, context_high_reserved;
  Word leaf_reserved[kLevelsMost + 1];
  unsigned widths;      // bit n: AW code n is supported
  unsigned guest_bits;  // MGAW
  unsigned domain_ids;
  bool pass_through, device_tlb;

  static Rules of(Word capability, Word extended, unsigned host_address_width);

  bool follows_root(Word low, Word high) const {
    return RootEntry::Present::in(low) && (low & root_low_reserved) == 0 && high == 0;
  }
  Context context(Word low, Word high) const;
  Paging paging(Word entry, unsigned level) const;

  bool supports_width(Word code) const { return (widths >> code & 1) != 0; }
  unsigned widest() const;
  // Input addresses of a table lie below this (S§3.6: MGAW and AGAW both limit).
  Word input_end(unsigned width) const;
};

constexpr unsigned levels_of(unsigned width) { return width + 2; }

}  // namespace vtd::engine
