// SPDX-License-Identifier: Apache-2.0 OR MIT
// The exact comparison against many single walks: random small hierarchies, copied and spoilt, must get one verdict.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "properties/equivalence.h"
#include "properties/tests/desk.h"

namespace vtd::properties::test {
namespace {

constexpr unsigned kFrames = 10, kSeeds = 300;
// Where entries are, whatever the role of the page: root and context entries fill 0 to 3, FEEx_xxxx ends between 3 and
// 256 below entry 503 of level 2. Entry 7 stays empty.
constexpr unsigned kIndex[] = {0, 1, 2, 3, 256, 503, 7};
constexpr unsigned kUsed = 6;
constexpr SourceId kSources[] = {0x0000, 0x0001, 0x0080, 0x00fb, 0x0100, 0x0101, 0x0180, 0x01fb, 0x0002,
                                 0x0200, 0x8000, 0x8001, 0x8080, 0x80fb, 0xfb00, 0xfb01, 0xfb80, 0xfbfb};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }
  bool once_in(unsigned n) { return below(n) == 0; }
  unsigned index() { return kIndex[below(kUsed)]; }
  std::uint64_t word() { return engine_(); }

  // Not the reservation: an old link that stays (shallow) leads to the same memory before and after, and yet the walk
  // of the old tables calls what it finds there undefined.
  Address target() {
    constexpr Address kOdd[] = {kHole, kMmio, kInterruptFirst, 0x40000000, kRamLast - 0xfff, Address{1} << 46};
    return once_in(12) ? kOdd[below(6)] : frame(once_in(8) ? below(kFrames) : 3 + below(kFrames - 3));
  }
  std::uint64_t paging() {
    constexpr std::uint64_t kBits[] = {3,
                                       3,
                                       3,
                                       3,
                                       3,
                                       3,
                                       3,
                                       7,
                                       1,
                                       2,
                                       0,
                                       0x83,
                                       0x83,
                                       0x803,
                                       0x883,
                                       std::uint64_t{1} << 62 | 3,
                                       std::uint64_t{1} << 63 | 3};
    const std::uint64_t bits = kBits[below(17)];
    constexpr Address kHuge[] = {0, 0x200000, 0x40000000, 0xfee00000, 0xc0000000};
    const Address to = (bits & 0x80) != 0 && !once_in(4) ? kHuge[below(5)] : target();
    return to | bits;
  }
  std::uint64_t root() { return target() | (once_in(8) ? below(4) : 1); }
  Entry128 context() {
    constexpr unsigned kWidths[] = {2, 2, 2, 2, 1, 1, 1, 3, 0, 5};
    constexpr std::uint64_t kTypes[] = {0, 0, 0, 4, 4, 8, 0xc};
    std::uint64_t low = target() | kTypes[below(7)] | (once_in(10) ? 0 : 1) | (once_in(4) ? 2 : 0);
    if (once_in(24)) low |= 0x10;
    std::uint64_t high = kWidths[below(10)] | below(4) << 8 | (once_in(6) ? 0x78 : 0);
    if (once_in(20)) high |= std::uint64_t{1} << 40;
    return {low, high};
  }

 private:
  std::mt19937_64 engine_;
};

void fill(Desk& desk, Random& random) {
  for (const unsigned bus : {0u, 1u}) {
    desk.put(frame(0) + bus * 16, random.once_in(8) ? random.root() : frame(1 + random.below(2)) | 1);
    if (random.once_in(20)) desk.put(frame(0) + bus * 16 + 8, 1);
  }
  for (const unsigned table : {1u, 2u}) {
    for (const unsigned devfn : {0u, 1u}) {
      const Entry128 entry = random.context();
      desk.put(frame(table) + devfn * 16, entry.low);
      desk.put(frame(table) + devfn * 16 + 8, entry.high);
    }
  }
  for (unsigned number = 3; number < kFrames; ++number) {
    for (unsigned n = 5 + random.below(8); n > 0; --n) {
      desk.put(frame(number) + random.index() * 8, random.paging());
    }
  }
}

// An entry that some request meets on its way, or any entry of the copies when that is hard to find.
Address some_entry(const Desk& desk, const Hierarchy& now, Random& random) {
  for (int tries = 0; tries < 12; ++tries) {
    Request request{kSources[random.below(8)], 0, Access::read, RequestType::untranslated};
    for (unsigned level = 1; level <= 4; ++level) request.iova |= Iova{random.index()} << shift_of(level);
    const Outcome outcome = walk(now, request);
    if (outcome.depth == 0 || (outcome.depth <= 2 && !random.once_in(8))) continue;
    const Outcome::Visited& met = outcome.path[random.once_in(3) ? random.below(outcome.depth) : outcome.depth - 1u];
    const bool high = met.role >= kContextRole && random.once_in(2);
    if (desk.machine.memory.in_crash(met.entry, 0)) return met.entry + (high ? 8 : 0);
  }
  return kCrash + random.below(desk.observed.pages_in_use) * kPageBytes + random.index() * 8;
}

// One change in the copies, mostly one that matters.
void spoil(Desk& desk, const Hierarchy& now, Random& random) {
  const Address at = some_entry(desk, now, random);
  const std::uint64_t old = desk.get(at);
  constexpr unsigned kUsual[] = {0, 0, 1, 1, 2, 3, 7, 11, 11, 12, 13, 21, 30, 62};
  switch (random.below(7)) {
    case 0:
      return desk.put(at, old ^ std::uint64_t{1} << random.below(64));
    case 1:
      return desk.put(at, random.paging());
    case 2:
      return desk.put(at, (kCrash + random.below(desk.observed.pages_in_use) * kPageBytes) | 3);
    case 3:
      return desk.put(at, 0);
    default:
      return desk.put(at, old ^ std::uint64_t{1} << kUsual[random.below(14)]);
  }
}

bool agree(const Outcome& a, const Outcome& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case OutcomeKind::undefined:
      return true;
    case OutcomeKind::translated:
      return a.permissions == b.permissions && (a.permissions == 0 || (a.address == b.address && a.snoop == b.snoop));
    case OutcomeKind::fault:
      break;
  }
  if (a.recorded != b.recorded) return false;
  if (a.fault == b.fault) return true;
  const auto codes = [](const Outcome& o) {
    return o.allowed_faults | (static_cast<unsigned>(o.fault) < 16 ? 1u << static_cast<unsigned>(o.fault) : 0);
  };
  return (codes(a) & codes(b)) != 0;
}

// Untranslated accesses compare what one access sees; permissions of the others are asked for by the others.
bool agree_on(const Hierarchy& a, const Hierarchy& b, Request request) {
  Outcome x = walk(a, request), y = walk(b, request);
  if (request.type == RequestType::untranslated) {
    for (Outcome* o : {&x, &y}) {
      if (o->kind == OutcomeKind::translated && o->permissions != 0) o->permissions = 1;
    }
  }
  return agree(x, y);
}

template <class F>
bool each_iova(const Rules& rules, F&& f) {
  const bool five_levels = (rules.supported_widths & 8) != 0;
  for (const unsigned i5 : kIndex) {
    if (i5 > 1 && !five_levels) break;  // one address beyond all widths is enough
    for (const unsigned i4 : kIndex) {
      for (const unsigned i3 : kIndex) {
        for (const unsigned i2 : kIndex) {
          for (const unsigned i1 : kIndex) {
            const Iova upper = Iova{i5} << 48 | Iova{i4} << 39 | Iova{i3} << 30;
            if (!f(upper | Iova{i2} << 21 | Iova{i1} << 12)) return false;
          }
        }
      }
    }
  }
  return f(Iova{1} << 60);
}

// Whether any table but root and context decides: otherwise one IOVA stands for all.
bool reaches_tables(const Hierarchy& tables, SourceId source) {
  return walk(tables, {source, 0, Access::read, RequestType::untranslated}).depth > 2;
}

bool all_walks_agree(const Hierarchy& a, const Hierarchy& b, Request& where) {
  for (const SourceId source : kSources) {
    const bool few = !reaches_tables(a, source) && !reaches_tables(b, source);
    const bool same = each_iova(*a.rules, [&](Iova iova) {
      if (few && (iova & 0xffffff000) != 0) return true;
      for (unsigned kind = 0; kind < 5; ++kind) {
        where = {source, iova,
                 kind == 1   ? Access::write
                 : kind == 2 ? Access::zero_length_read
                             : Access::read,
                 kind == 3   ? RequestType::translation_request
                 : kind == 4 ? RequestType::translated
                             : RequestType::untranslated};
        if (!agree_on(a, b, where)) return false;
      }
      return true;
    });
    if (!same) return false;
  }
  return true;
}

// A page that is a table in several roles cannot have an entry taken out in one of them.
bool each_claim_has_one_role(const Desk& desk) {
  for (const Claim& claim : desk.claims.findings) {
    unsigned roles = 0;
    for (unsigned role = 1; role <= kRootRole; ++role) roles += desk.copy_of(page_of(claim.entry), role) != 0;
    if (roles > 1) return false;
  }
  return true;
}

class Collect final : public Differences {
 public:
  bool found(const Difference& d) override {
    if (++times == 1) first = d;
    return false;
  }
  unsigned times = 0;
  Difference first{};
};

std::uint64_t capability_of(Random& random) {
  constexpr std::uint64_t kGuestWidths[] = {47, 47, 38, 56, 33, 25};
  constexpr std::uint64_t kWidths[] = {6, 6, 6, 0xe, 4, 2};
  std::uint64_t capability =
      kCapability & ~(std::uint64_t{0x3f} << 16) & ~(std::uint64_t{0x1f} << 8) & ~(std::uint64_t{0xf} << 34);
  capability |= kGuestWidths[random.below(6)] << 16 | kWidths[random.below(6)] << 8;
  if (!random.once_in(4)) capability |= std::uint64_t{3} << 34;
  if (random.once_in(2)) capability |= 1 << 22;  // zero-length reads
  return capability;
}

struct Trial {
  bool possible, exact, brute;
  Difference first;
  Request where;
};

Trial trial(std::uint64_t seed, bool claimed) {
  Random random(seed);
  Desk desk(capability_of(random), random.once_in(4) ? kExtended & ~std::uint64_t{0x84} : kExtended);
  fill(desk, random);
  desk.boot();
  desk.copy(random.once_in(4) ? Strategy::shallow : Strategy::deep);
  Hierarchy now = desk.before[0];
  now.root = desk.claims.units[0].root;
  now.old_for_generation = 255;
  for (unsigned n = random.below(3); n > 0; --n) spoil(desk, now, random);
  Places places;
  places.look_at(desk.machine, 0);
  Quarantines quarantines;
  if (!claimed) desk.claims.findings.clear();
  quarantines.read(desk.claims);
  Equivalence equivalence;
  equivalence.begin({&desk.before[0], &now, 0, false}, places, quarantines);
  Collect collect;
  Trial result{each_claim_has_one_role(desk), equivalence.hierarchies(collect), false, {}, {}};
  EXPECT_EQ(result.exact, collect.times == 0) << seed;
  result.first = collect.first;
  if (!result.possible) return result;
  // What is quarantined stands for an entry that is not present.
  for (const Claim& claim : desk.claims.findings) {
    desk.put(claim.entry, claim.role == kContextRole ? desk.get(claim.entry) & 2 : 0);
  }
  result.brute = all_walks_agree(desk.before[0], now, result.where);
  return result;
}

// VTD_TRIALS in the environment asks for more.
void compare(unsigned seeds, bool claimed) {
  if (const char* more = std::getenv("VTD_TRIALS"); more != nullptr) seeds = static_cast<unsigned>(std::atoi(more));
  unsigned equal = 0, different = 0;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const Trial result = trial(seed, claimed);
    if (!result.possible) continue;
    (result.brute ? equal : different) += 1;
    ASSERT_EQ(result.exact, result.brute)
        << "seed " << seed << " what " << int(result.first.what) << " role " << int(result.first.role) << std::hex
        << " source " << result.first.source << " iova " << result.first.first << " entries " << result.first.before
        << " " << result.first.after << "; walk source " << result.where.source << " iova " << result.where.iova
        << " access " << int(result.where.access) << " type " << int(result.where.type);
  }
  EXPECT_GT(equal, seeds / 20);
  EXPECT_GT(different, seeds / 20);
}

TEST(EquivalenceAndWalks, agree_when_nothing_is_excused) { compare(kSeeds, /*claimed:*/ false); }

TEST(EquivalenceAndWalks, agree_when_quarantined_entries_stand_for_absent_ones) { compare(kSeeds, /*claimed:*/ true); }

}  // namespace
}  // namespace vtd::properties::test
