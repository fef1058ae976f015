// SPDX-License-Identifier: Apache-2.0 OR MIT
// Picks moves, and turns inputs into scenarios and back.
#include "harness/mutate/mutate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "harness/fuzz_input.h"
#include "harness/generate/generate.h"
#include "harness/mutate/load.h"
#include "harness/mutate/mend.h"
#include "harness/mutate/sketch.h"

namespace vtd::harness {
namespace {

using model::Scenario;
using model::Step;

// A scenario as short as this is no machine that a takeover could go wrong on: another one is drawn.
constexpr std::size_t kTooShort = 4;
constexpr unsigned kFreshEvery = 64;
// Most moves add steps. Above this many every second mutation takes some away first, so that inputs stay quick.
constexpr std::size_t kUsualSteps = 40;
constexpr unsigned kTriesMost = 4;  // for a move that has something to act on

const MoveInfo* pick(RandomSource& random, const MoveSet& allowed) {
  const bool malforms = random.one_in(kMalformEvery);
  const MoveInfo* picked = nullptr;
  uint64_t seen = 0;
  for (const MoveInfo& move : moves()) {
    const bool fits = allowed[static_cast<std::size_t>(move.move)] && move.malforms == malforms;
    if (fits && random.below(++seen) == 0) picked = &move;
  }
  return picked;
}

}  // namespace

MoveSet all_moves() { return MoveSet().set(); }

MoveSet draw_moves(RandomSource& random) {
  MoveSet set;
  while (set.none()) {
    for (std::size_t i = 0; i < kMoves; ++i) set[i] = !random.one_in(3);
  }
  return set;
}

Mutation mutate(Scenario& scenario, RandomSource& random, const MoveSet& allowed) {
  Draft draft(random);
  return mutate(scenario, draft, allowed);
}

Mutation mutate(Scenario& scenario, Draft& draft, const MoveSet& allowed) {
  RandomSource& random = draft.random;
  if (random.one_in(scenario.steps.size() < kTooShort ? 2 : kFreshEvery)) {
    scenario = generate(random);
    return {0, 0, true};
  }
  sketch(scenario, draft);
  Scenario other;
  Mutation done;
  if (draft.scenario.steps.size() > kUsualSteps && random.one_in(2)) move::drop(draft, other);
  unsigned wanted = 1;
  while (wanted < kMovesMost && random.one_in(2)) ++wanted;
  for (unsigned tries = kTriesMost + wanted; done.moves < wanted && tries > 0; --tries) {
    const MoveInfo* const move = pick(random, allowed);
    if (move == nullptr) continue;
    if (move->move == Move::splice) other = generate(random);
    draft.unit = static_cast<unsigned>(random.below(draft.units.size()));
    if (!move->act(draft, other)) continue;
    ++done.moves;
    done.malforming += move->malforms ? 1 : 0;
  }
  scenario.steps.swap(draft.scenario.steps);
  mend(scenario);
  return done;
}

// Act by act: of the machine's platform, its tables, and its life one or the other, or the tables of both.
void cross(const Scenario& a, const Scenario& b, RandomSource& random, Scenario& out) {
  enum Part : std::size_t { platform, tables, life, kParts };
  const auto part_of = [](const Step& step) {
    const unsigned act = model::operation(step.op).act;
    return act != 1 ? life : step.op <= model::Op::reserved ? platform : tables;
  };
  std::array<bool, kParts> from_b{};
  do {
    for (bool& other : from_b) other = random.one_in(2);
  } while (from_b[0] == from_b[1] && from_b[1] == from_b[2] && !random.one_in(2));
  const bool both_tables = random.one_in(3);
  out.steps.clear();
  for (const bool second : {false, true}) {
    for (const Step& step : (second ? b : a).steps) {
      const Part part = part_of(step);
      if (from_b[part] == second || (part == tables && both_tables)) out.steps.push_back(step);
    }
  }
  mend(out);
}

std::size_t InputMutator::write(uint8_t* out, std::size_t most) {
  model::encode(result_, encoded_);
  // An input that is too long loses its last steps: what came next, not the machine.
  while (encoded_.size() > most && !result_.steps.empty()) {
    const std::size_t spare = encoded_.size() - most;
    result_.steps.resize(result_.steps.size() - std::min(result_.steps.size(), spare / 16 + 1));
    model::encode(result_, encoded_);
  }
  if (!encoded_.empty()) std::memcpy(out, encoded_.data(), encoded_.size());
  return encoded_.size();
}

std::size_t InputMutator::mutate(uint8_t* data, std::size_t size, std::size_t most, uint64_t seed) {
  RandomSource& random = random_ = RandomSource(seed);
  if (mutations_++ % kSwarmEvery == 0) moves_ = draw_moves(random);
  if (bytes_ != nullptr && random.one_in(kBytesEvery)) {
    size = bytes_(data, size, most);
    scenario_of({data, size}, result_);
    mend(result_);
  } else {
    scenario_of({data, size}, result_);
    harness::mutate(result_, draft_, moves_);
  }
  lighten(result_, random);
  return write(data, most);
}

std::size_t InputMutator::cross(const uint8_t* a, std::size_t a_size, const uint8_t* b, std::size_t b_size,
                                uint8_t* out, std::size_t most, uint64_t seed) {
  RandomSource random(seed);
  scenario_of({a, a_size}, first_);
  scenario_of({b, b_size}, second_);
  harness::cross(first_, second_, random, result_);
  lighten(result_, random);
  return write(out, most);
}

}  // namespace vtd::harness
