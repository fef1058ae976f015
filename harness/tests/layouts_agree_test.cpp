// SPDX-License-Identifier: Apache-2.0 OR MIT
// The engine's typed accessors and the model's rows describe the same bits, written twice: here they meet, field by
// field.
#include <gtest/gtest.h>

#include "engine/registers.h"
#include "engine/rules.h"
#include "harness/generate/random_source.h"
#include "model/layout.h"
#include "model/scenario/scenario.h"
#include "model/walk.h"

namespace vtd {
namespace {

using engine::Word;

struct Both {
  model::Rules rows;
  engine::Rules accessors;
};

Both both(Word capability, Word extended, unsigned host_address_width) {
  model::UnitState unit;
  unit.capability = capability;
  unit.extended_capability = extended;
  return {model::Rules::of(unit, host_address_width), engine::Rules::of(capability, extended, host_address_width)};
}

// Mostly sparse words: a set bit here and there decides more than noise does.
Word sparse(harness::RandomSource& random) {
  Word word = random.below(4) == 0 ? random.next() : 0;
  for (unsigned bits = static_cast<unsigned>(random.below(5)); bits > 0; --bits) word ^= Word{1} << random.below(64);
  return word;
}

template <class Check>
void on_many_units(Check check) {
  harness::RandomSource random(20120607);
  for (const model::Preset& preset : model::presets()) {
    for (const unsigned width : {39U, 42U, 46U, 48U, 52U})
      check(both(preset.capability, preset.extended, width), random);
  }
  for (int i = 0; i < 300; ++i) {
    const Word reserved_count = 7;  // CAP.ND=111b is refused before any rule is asked
    Word capability = random.next();
    if ((capability & 7) == reserved_count) capability ^= 1;
    check(both(capability, random.next(), 36 + static_cast<unsigned>(random.below(17))), random);
  }
}

TEST(LayoutsAgree, RootEntries) {
  on_many_units([](const Both& rules, harness::RandomSource& random) {
    for (int i = 0; i < 400; ++i) {
      const model::Entry128 entry{sparse(random) | (random.below(4) != 0), random.below(4) == 0 ? sparse(random) : 0};
      const model::RootStep step = model::read_root(rules.rows, entry);
      const bool follows = step.verdict == model::Verdict128::follow;
      ASSERT_EQ(rules.accessors.follows_root(entry.low, entry.high), follows)
          << std::hex << entry.low << ' ' << entry.high;
      if (follows) { ASSERT_EQ(engine::RootEntry::Table::get(entry.low), step.next); }
    }
  });
}

TEST(LayoutsAgree, ContextEntries) {
  on_many_units([](const Both& rules, harness::RandomSource& random) {
    for (int i = 0; i < 400; ++i) {
      const model::Entry128 entry{sparse(random) | (random.below(4) != 0), sparse(random) & 0xffffff};
      const model::ContextStep step = model::read_context(rules.rows, entry);
      const engine::Context verdict = rules.accessors.context(entry.low, entry.high);
      const std::pair<model::Verdict128, engine::Context> same[] = {
          {model::Verdict128::absent, engine::Context::absent},
          {model::Verdict128::reserved, engine::Context::reserved},
          {model::Verdict128::invalid, engine::Context::invalid},
          {model::Verdict128::pass_through, engine::Context::pass_through},
          {model::Verdict128::follow, engine::Context::paged}};
      for (const auto& [theirs, ours] : same) {
        ASSERT_EQ(step.verdict == theirs, verdict == ours) << std::hex << entry.low << ' ' << entry.high;
      }
      ASSERT_EQ(model::domain_id(entry), engine::ContextEntry::DomainId::get(entry.high));
      ASSERT_EQ(model::width_code(entry), engine::ContextEntry::Width::get(entry.high));
      if (verdict != engine::Context::paged) continue;
      ASSERT_EQ(step.next, engine::ContextEntry::Table::get(entry.low));
      ASSERT_EQ(step.levels, engine::levels_of(model::width_code(entry)));
      ASSERT_EQ(Word{1} << rules.rows.input_bits(step.levels), rules.accessors.input_end(model::width_code(entry)));
    }
  });
}

TEST(LayoutsAgree, PagingEntries) {
  on_many_units([](const Both& rules, harness::RandomSource& random) {
    for (unsigned level = 1; level <= 5; ++level) {
      for (int i = 0; i < 300; ++i) {
        const Word entry = sparse(random) | random.below(4);
        const model::PagingVerdict theirs = model::read_paging(rules.rows, entry, level);
        const engine::Paging ours = rules.accessors.paging(entry, level);
        ASSERT_EQ(static_cast<int>(theirs), static_cast<int>(ours)) << std::hex << entry << " level " << level;
        if (ours == engine::Paging::link) {
          ASSERT_EQ(entry & rules.accessors.link.address, entry & rules.rows.address_mask);
        }
      }
    }
  });
}

// The comparison of verdicts above goes by number.
static_assert(static_cast<int>(model::PagingVerdict::absent) == static_cast<int>(engine::Paging::absent));
static_assert(static_cast<int>(model::PagingVerdict::reserved) == static_cast<int>(engine::Paging::reserved));
static_assert(static_cast<int>(model::PagingVerdict::link) == static_cast<int>(engine::Paging::link));
static_assert(static_cast<int>(model::PagingVerdict::leaf) == static_cast<int>(engine::Paging::leaf));

TEST(LayoutsAgree, Capabilities) {
  on_many_units([](const Both& rules, harness::RandomSource&) {
    EXPECT_EQ(rules.rows.domain_id_count(), rules.accessors.domain_ids);
    EXPECT_EQ(rules.rows.guest_address_width, rules.accessors.guest_bits);
    EXPECT_EQ(rules.rows.pass_through, rules.accessors.pass_through);
    EXPECT_EQ(rules.rows.device_tlb, rules.accessors.device_tlb);
    for (unsigned code = 0; code < 8; ++code) {
      EXPECT_EQ(rules.rows.levels(code) != 0, rules.accessors.supports_width(code)) << code;
    }
  });
}

}  // namespace
}  // namespace vtd
