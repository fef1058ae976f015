// SPDX-License-Identifier: Apache-2.0 OR MIT
// The moves: each makes a difference, what it makes is a machine that survives both forms, and a seed means one
// mutation.
#include "harness/mutate/mutate.h"

#include <gtest/gtest.h>

#include "harness/fuzz_input.h"
#include "harness/generate/constructs.h"
#include "harness/generate/generate.h"
#include "harness/mutate/load.h"
#include "harness/mutate/mend.h"
#include "harness/mutate/sketch.h"
#include "harness/tests/corpus.h"
#include "harness/tests/scenarios.h"
#include "model/scenario/build.h"

namespace vtd::harness {
namespace {

using model::Scenario;
using test::CorpusFile;

const std::vector<CorpusFile>& seeds() {
  static const std::vector<CorpusFile> files = test::corpus("seeds");
  return files;
}

model::Machine& machine() {
  static model::Machine one;
  return one;
}

void expect_a_machine(const Scenario& scenario, const std::string& about) {
  Scenario again;
  std::vector<uint8_t> bytes;
  model::encode(scenario, bytes);
  model::decode(bytes, again);
  ASSERT_EQ(again, scenario) << about;
  ASSERT_FALSE(model::parse_text(model::print_text(scenario), again)) << about;
  ASSERT_EQ(again, scenario) << about;
  const model::BuildError error = model::build(scenario, machine());
  ASSERT_FALSE(error) << about << ": " << error.why;
  ASSERT_TRUE(machine().memory.has_crash(0)) << about;
}

TEST(Moves, every_move_on_every_seed_makes_a_machine) {
  RandomSource random(1);
  for (const MoveInfo& move : moves()) {
    for (const CorpusFile& file : seeds()) {
      Draft draft(random);
      sketch(file.scenario, draft);
      move.act(draft, seeds()[random.below(seeds().size())].scenario);
      mend(draft.scenario);
      expect_a_machine(draft.scenario, std::string(move.name) + " on " + file.name);
    }
  }
}

TEST(Moves, every_move_makes_a_difference_to_most_seeds) {
  RandomSource random(2);
  for (const MoveInfo& move : moves()) {
    std::size_t different = 0;
    for (const CorpusFile& file : seeds()) {
      Draft draft(random);
      sketch(file.scenario, draft);
      const bool acted = move.act(draft, seeds()[random.below(seeds().size())].scenario);
      mend(draft.scenario);
      EXPECT_TRUE(acted || draft.scenario == file.scenario) << move.name << " changed what it says it did not";
      different += draft.scenario == file.scenario ? 0 : 1;
    }
    // A field drawn at random may be one that the move has nothing for, or have the value already.
    EXPECT_GT(4 * different, seeds().size()) << move.name;
  }
}

TEST(Moves, every_named_place_draws_something) {
  RandomSource random(3);
  for (const auto& places : {legal_constructs(), malformed_constructs(), wild_constructs()}) {
    for (const Construct& place : places) {
      for (int i = 0; i < 50; ++i) {
        Draft draft(random);
        sketch(generate(random), draft);
        const std::size_t before = draft.scenario.steps.size();
        place.draw(draft);
        EXPECT_GT(draft.scenario.steps.size(), before) << place.row;
        mend(draft.scenario);
        expect_a_machine(draft.scenario, place.row);
      }
    }
  }
}

TEST(Mutate, a_seed_means_one_mutation) {
  const Scenario start = seeds().front().scenario;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Scenario a = start, b = start;
    RandomSource one(seed), other(seed);
    mutate(a, one, all_moves());
    mutate(b, other, all_moves());
    EXPECT_EQ(a, b);
  }
}

TEST(Mutate, keeps_to_the_moves_that_are_allowed) {
  MoveSet only;
  only[static_cast<std::size_t>(Move::strategy)] = true;
  RandomSource random(4);
  for (int i = 0; i < 200; ++i) {
    Scenario s = test::scenario_of(test::small("takeover\n"));
    const Mutation done = mutate(s, random, only);
    if (done.fresh) continue;
    std::erase_if(s.steps, [](const model::Step& step) {
      return step.op == model::Op::takeover || step.op == model::Op::crash_again;
    });
    EXPECT_EQ(s, test::scenario_of(test::small()));
  }
}

TEST(Mutate, a_quarter_of_the_moves_malform) {
  RandomSource random(5);
  uint64_t done = 0, malforming = 0;
  for (int i = 0; i < 4000; ++i) {
    Scenario s = seeds()[random.below(seeds().size())].scenario;
    const Mutation m = mutate(s, random, all_moves());
    done += m.moves;
    malforming += m.malforming;
  }
  const double share = static_cast<double>(malforming) / static_cast<double>(done);
  EXPECT_NEAR(share, 1.0 / kMalformEvery, 0.05);
}

TEST(Mutate, a_swarm_has_moves_on_and_moves_off) {
  RandomSource random(6);
  MoveSet ever_on, ever_off;
  for (int i = 0; i < 100; ++i) {
    const MoveSet set = draw_moves(random);
    EXPECT_TRUE(set.any());
    ever_on |= set;
    ever_off |= ~set;
  }
  EXPECT_TRUE(ever_on.all());
  EXPECT_TRUE(ever_off.all());
}

TEST(Mend, a_machine_keeps_its_meaning) {
  for (const char* folder : {"seeds", "real", "regressions"}) {
    for (const CorpusFile& file : test::corpus(folder)) {
      Scenario s = file.scenario;
      mend(s);
      std::vector<model::Step> before = file.scenario.steps, after = s.steps;
      const auto tables = [](const model::Step& step) { return model::operation(step.op).act == 1; };
      const auto life = [&](const model::Step& step) { return !tables(step); };
      const auto part = [](std::vector<model::Step> steps, auto keep) {
        std::erase_if(steps, [&](const model::Step& step) { return !keep(step); });
        return steps;
      };
      EXPECT_EQ(part(before, tables), part(after, tables)) << file.name;
      EXPECT_EQ(part(before, life), part(after, life)) << file.name;
    }
  }
}

// Every `memory` step may split a range in two, and so may reservations and registers.
TEST(Mend, a_map_of_many_ranges_stays_and_one_of_too_many_becomes_a_machine) {
  const auto of_ranges = [](unsigned count) {
    std::string text = "vtd 1\n";
    for (unsigned i = 0; i < count; ++i) {
      text += "memory kind=reserved first=" + std::to_string((2 * i + 1) * 0x1000) +
              " last=" + std::to_string((2 * i + 2) * 0x1000 - 1) + "\n";
    }
    for (unsigned unit = 0; unit < model::kMaxUnits; ++unit) text += "unit index=" + std::to_string(unit) + "\n";
    return test::scenario_of(text);
  };
  Scenario many = of_ranges(120);
  expect_a_machine(many, "120 ranges");
  mend(many);
  const auto is_memory = [](const model::Step& step) { return step.op == model::Op::memory; };
  EXPECT_EQ(std::count_if(many.steps.begin(), many.steps.end(), is_memory), 120);
  Scenario too_many = of_ranges(130);
  EXPECT_TRUE(model::build(too_many, machine()));
  mend(too_many);
  expect_a_machine(too_many, "130 ranges");
}

TEST(Mend, what_would_be_refused_becomes_a_machine) {
  for (const char* text :
       {"memory first=0x2000 last=0x1000", "crash first=0x2001 last=0x1000", "crash first=0x0 last=0xffffffffffffffff",
        "crash generation=1 first=0x30000000 last=0x30000fff",
        "crash first=0x1000000 last=0x1000fff\ncrash first=0x1000000 last=0x1000fff",
        "crash generation=1 first=0x5000 last=0x8fff\ncrash first=0x4000 last=0x7fff",
        "crash first=0xfffffffffffff000 last=0xffffffffffffffff", "unit registers=0x30000000",
        "unit registers=0x34000000", "crash first=0xfed90000 last=0xfed9ffff",
        "unit index=2\ncrash first=0xfed92000 last=0xfed92fff"}) {
    Scenario s = test::scenario_of(std::string("vtd 1\n") + text + "\n");
    const bool refused = model::build(s, machine()) || !machine().memory.has_crash(0);
    EXPECT_TRUE(refused) << text;
    mend(s);
    expect_a_machine(s, text);
  }
}

TEST(Cross, takes_every_step_from_one_of_the_two) {
  RandomSource random(7);
  const Scenario a = seeds()[3].scenario, b = seeds()[40].scenario;
  std::size_t mixed = 0;
  for (int i = 0; i < 100; ++i) {
    Scenario out;
    cross(a, b, random, out);
    const auto in = [](const Scenario& s, const model::Step& step) {
      return std::find(s.steps.begin(), s.steps.end(), step) != s.steps.end();
    };
    for (const model::Step& step : out.steps) EXPECT_TRUE(in(a, step) || in(b, step));
    const auto from = [&](const Scenario& s) {
      return std::any_of(out.steps.begin(), out.steps.end(), [&](const model::Step& step) { return in(s, step); });
    };
    mixed += from(a) && from(b) ? 1 : 0;
    expect_a_machine(out, "cross");
  }
  EXPECT_GT(mixed, 50u);
}

// --- inputs of fuzz targets ------------------------------------------------------------------------------------------

// The prior: what is n times as heavy as usual is left so once in n times.
TEST(Load, a_heavy_scenario_is_kept_as_often_as_its_load_allows) {
  RandomSource random(7);
  Scenario heavy;
  for (unsigned i = 0; i < 8; ++i) {
    heavy.steps.push_back(model::make_step(
        model::Op::context, {{model::operand::co_at, 0x1001000 + i * 0x1000}, {model::operand::co_count, 256}}));
  }
  ASSERT_EQ(load_of(heavy), 32 * kUsualLoad);
  unsigned kept = 0;
  for (unsigned i = 0; i < 8192; ++i) {
    Scenario lighter = heavy;
    lighten(lighter, random);
    kept += lighter == heavy ? 1 : 0;
    ASSERT_TRUE(lighter == heavy || load_of(lighter) <= kUsualLoad);
  }
  EXPECT_GT(kept, 8192u / 32 * 3 / 4);
  EXPECT_LT(kept, 8192u / 32 * 5 / 4);
}

TEST(Load, a_usual_scenario_is_left_alone) {
  RandomSource random(8);
  unsigned usual = 0;
  for (const CorpusFile& file : seeds()) {
    if (load_of(file.scenario) > kUsualLoad) continue;
    ++usual;
    Scenario same = file.scenario;
    lighten(same, random);
    EXPECT_EQ(same, file.scenario) << file.name;
  }
  EXPECT_GT(usual, seeds().size() / 2);
}

TEST(InputMutator, stays_within_the_size_it_is_given) {
  InputMutator mutator(nullptr);
  std::vector<uint8_t> buffer(4096);
  for (const std::size_t most : {1u, 7u, 40u, 300u, 4096u}) {
    std::size_t size = 1;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      size = mutator.mutate(buffer.data(), size, most, seed);
      ASSERT_LE(size, most);
      Scenario s;
      scenario_of({buffer.data(), size}, s);
      std::vector<uint8_t> again;
      model::encode(s, again);
      ASSERT_EQ(again, std::vector<uint8_t>(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)));
    }
  }
}

TEST(InputMutator, asks_for_plain_bytes_now_and_then) {
  static unsigned asked;
  asked = 0;
  InputMutator mutator([](uint8_t*, std::size_t size, std::size_t) { return ++asked, size; });
  std::vector<uint8_t> buffer(4096);
  std::size_t size = 1;
  for (uint64_t seed = 0; seed < 800; ++seed) size = mutator.mutate(buffer.data(), size, buffer.size(), seed);
  EXPECT_NEAR(asked, 800.0 / InputMutator::kBytesEvery, 40);
}

}  // namespace
}  // namespace vtd::harness
