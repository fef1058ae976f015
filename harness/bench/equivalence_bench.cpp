// SPDX-License-Identifier: Apache-2.0 OR MIT
// Exact equivalence of two hierarchies of 515 page tables each, against memcmp of the same pages.
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "harness/bench/ratio.h"
#include "harness/engines.h"
#include "harness/runner.h"
#include "model/scenario/scenario.h"
#include "properties/equivalence.h"

namespace vtd::bench {
namespace {

using model::Address;
namespace operand = model::operand;

constexpr Address kTop = 0x10000000;  // the level-4 table; the others follow it page by page
constexpr unsigned kLevel1Tables = 512;

// A step whose operands have their conventional values, but for those named.
model::Step step(model::Op op, std::initializer_list<std::pair<unsigned, uint64_t>> named) {
  model::Step made{.op = op};
  const auto operands = model::operation(op).operands;
  for (std::size_t i = 0; i < operands.size(); ++i) made.operand[i] = operands[i].fallback;
  for (const auto& [position, value] : named) made.operand[position] = value;
  return normalise(made);
}

model::Step paging(Address at, unsigned count, Address to) {
  return step(model::Op::paging, {{operand::pa_at, at},
                                  {operand::pa_count, count},
                                  {operand::pa_to, to},
                                  {operand::pa_step, model::kPageBytes},
                                  {operand::pa_bits, 3}});
}

// One device behind one table of the levels 4, 3 and 2 each, and 512 full tables of level 1.
model::Scenario full_tree() {
  constexpr Address kRoot = kTop - 2 * model::kPageBytes, kContext = kTop - model::kPageBytes;
  constexpr Address kLevel3 = kTop + model::kPageBytes, kLevel2 = kLevel3 + model::kPageBytes;
  constexpr Address kLevel1 = kLevel2 + model::kPageBytes;
  constexpr uint64_t kReach = model::kEntriesPerPage * model::kPageBytes;  // of one level-1 table

  model::Scenario scenario;
  auto& steps = scenario.steps;
  steps.push_back(step(model::Op::unit, {{operand::u_root, kRoot}}));
  steps.push_back(step(model::Op::crash, {{operand::c_first, 0x20000000}, {operand::c_last, 0x207fffff}}));
  steps.push_back(step(model::Op::root, {{operand::ro_at, kRoot}, {operand::ro_table, kContext}}));
  steps.push_back(step(model::Op::context, {{operand::co_at, kContext},
                                            {operand::co_table, kTop},
                                            {operand::co_width, 2},
                                            {operand::co_domain, 1}}));  // S§9.3: 4 levels
  steps.push_back(paging(kTop, 1, kLevel3));
  steps.push_back(paging(kLevel3, 1, kLevel2));
  steps.push_back(paging(kLevel2, kLevel1Tables, kLevel1));
  for (unsigned i = 0; i < kLevel1Tables; ++i) {
    steps.push_back(paging(kLevel1 + i * model::kPageBytes, model::kEntriesPerPage, i * kReach));
  }
  return scenario;
}

// The pages a walk meets, in its order: the root table, the context table, then level by level.
std::vector<const uint64_t*> pages_of(const model::Hierarchy& tables) {
  const auto at = [&](uint64_t entry) { return tables.machine->memory.page(entry & model::kAddressBits, tables.view); };
  const uint64_t* root = at(tables.root);
  const uint64_t* context = at(root[0]);
  const uint64_t* level4 = at(context[0]);
  const uint64_t* level3 = at(level4[0]);
  const uint64_t* level2 = at(level3[0]);
  std::vector<const uint64_t*> pages = {root, context, level4, level3, level2};
  for (unsigned i = 0; i < kLevel1Tables; ++i) pages.push_back(at(level2[i]));
  return pages;
}

struct Count final : properties::Differences {
  unsigned times = 0;
  bool found(const properties::Difference&) override {
    ++times;
    return true;
  }
};

void exact_equivalence(benchmark::State& state) {
  harness::Runner runner;
  std::string error;
  const harness::EngineEntry* ours = harness::find_engine("ours", error);
  const auto result = runner.run(full_tree(), *ours->get(), {.extent = harness::Extent::takeover_only});
  if (result.verdict != harness::Verdict::held) return state.SkipWithError("the takeover did not hold");

  const model::Hierarchy before = runner.before().front();
  const model::Hierarchy after = runner.hardware().hierarchy(0, model::View::cpu);
  const auto old_pages = pages_of(before), new_pages = pages_of(after);
  properties::Places places;
  places.look_at(runner.machine(), 0);
  properties::Quarantines quarantines;
  quarantines.read(runner.claims());
  properties::Equivalence equivalence;
  Count differences;

  const auto compare_pages = [&] {
    int sum = 0;
    for (std::size_t i = 0; i < old_pages.size(); ++i)
      sum += std::memcmp(old_pages[i], new_pages[i], model::kPageBytes) != 0;
    benchmark::DoNotOptimize(sum);
  };
  const auto compare_hierarchies = [&] {
    equivalence.begin({.before = &before, .after = &after, .unit = 0, .verbatim = true}, places, quarantines);
    benchmark::DoNotOptimize(equivalence.hierarchies(differences));
  };
  measure(state, compare_pages, compare_hierarchies, [] {});

  if (differences.times != 0) return state.SkipWithError("the hierarchies differ");
  // The leaf that a walk meets last is part of the answer: change it, and see that the comparison notices.
  const_cast<uint64_t*>(new_pages.back())[model::kEntriesPerPage - 1] ^= model::kPageBytes;
  compare_hierarchies();
  const_cast<uint64_t*>(new_pages.back())[model::kEntriesPerPage - 1] ^= model::kPageBytes;
  if (differences.times == 0) state.SkipWithError("a changed leaf went unnoticed");
}
BENCHMARK(exact_equivalence)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vtd::bench
