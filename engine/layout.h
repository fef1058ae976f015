// SPDX-License-Identifier: Apache-2.0 OR MIT
// The legacy-mode structures in memory: root, context and second-stage entries (S§9.1, S§9.3, S§9.8).
#pragma once

#include "engine/field.h"

namespace vtd::engine {

inline constexpr unsigned kPageShift = 12;
inline constexpr unsigned kAddressBits = 52;  // of a host physical address in any entry
inline constexpr Word kPageBytes = Word{1} << kPageShift;
inline constexpr unsigned kWordsPerPage = 512;
inline constexpr unsigned kEntriesPerPage = 256;  // of 128 bits
inline constexpr unsigned kLevelsMost = 5;

// What a table is used as. The level decides how a page is read, so a page met in two roles is two tables.
enum Role : unsigned { kRootRole = 7, kContextRole = 6 };  // 5 to 1: paging levels

constexpr unsigned shift_of(unsigned level) { return 3 + 9 * level; }
constexpr Word span_of(unsigned level) { return Word{1} << shift_of(level); }
constexpr Word page_of(Word address) { return address & ~(kPageBytes - 1); }

// S§9.1. The high qword is reserved as a whole.
struct RootEntry {
  using Present = Flag<0>;
  using LowReserved = Reserved<11, 1>;
  using Table = PageField<63>;
  static_assert(covers_word_once<Present, LowReserved, Table>());
};

enum TranslationType : Word { kUntranslated = 0, kWithDeviceTlb = 1, kPassThrough = 2 };

// S§9.3.
struct ContextEntry {
  using Present = Flag<0>;
  using FaultProcessingDisable = Flag<1>;
  using Type = Field<3, 2>;
  using LowReserved = Reserved<11, 4>;
  using Table = PageField<63>;
  static_assert(covers_word_once<Present, FaultProcessingDisable, Type, LowReserved, Table>());

  using Width = Field<2, 0>;
  using Available = Ignored<6, 3>;
  using MiddleReserved = Reserved<7, 7>;
  using DomainId = Field<23, 8>;
  using HighReserved = Reserved<63, 24>;
  static_assert(covers_word_once<Width, Available, MiddleReserved, DomainId, HighReserved>());
};

// S§9.8. Present means readable or writable; a page size bit exists on levels 2 and 3, is reserved above, ignored
// below.
struct PagingEntry {
  using Read = Flag<0>;
  using Write = Flag<1>;
  using IgnoredLow = Ignored<6, 2>;
  using PageSize = Flag<7>;
  using IgnoredMiddle = Ignored<10, 8>;
  using Snoop = Flag<11>;  // of leaves; reserved in links
  using Address = Field<51, 12>;
  using IgnoredHigh = Ignored<61, 52>;
  using TransientMapping = Reserved<62, 62>;
  using IgnoredTop = Ignored<63, 63>;
  static_assert(covers_word_once<Read, Write, IgnoredLow, PageSize, IgnoredMiddle, Snoop, Address, IgnoredHigh,
                                 TransientMapping, IgnoredTop>());
  static constexpr Word permissions = Read::mask | Write::mask;
  static constexpr bool present(Word entry) { return (entry & permissions) != 0; }
};

}  // namespace vtd::engine
