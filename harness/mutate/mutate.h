// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutation and cross-over of scenarios and of the inputs of fuzz targets. Deterministic: the same input, seed and moves
// give the same output on every machine.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/mutate/moves.h"

namespace vtd::harness {

// Applies one to kMovesMost moves of the set to the scenario. Malforming ones are drawn once in kMalformEvery times.
inline constexpr unsigned kMovesMost = 6, kMalformEvery = 4;
struct Mutation {
  unsigned moves = 0, malforming = 0;
  bool fresh = false;  // another scenario was drawn instead
};
Mutation mutate(model::Scenario& scenario, RandomSource& random, const MoveSet& allowed);
// The same with the random numbers of a draft, which may be used again and again: nothing else is kept in it.
Mutation mutate(model::Scenario& scenario, Draft& draft, const MoveSet& allowed);
// Acts of the one with acts of the other: the machine of `a` with some of the tables and the life of `b`.
void cross(const model::Scenario& a, const model::Scenario& b, RandomSource& random, model::Scenario& out);

// A swarm: each move is off in one of three sets, at least one is on.
MoveSet draw_moves(RandomSource& random);
MoveSet all_moves();

// Inputs of fuzz targets, in place: the interface of libFuzzer and AFL++.
class InputMutator {
 public:
  using Bytes = std::size_t (*)(uint8_t* data, std::size_t size, std::size_t most);  // plain mutation of bytes

  // `bytes` may be nullptr: then every mutation is one of steps. It is asked once in kBytesEvery times.
  explicit InputMutator(Bytes bytes) : bytes_(bytes) {}
  InputMutator(const InputMutator&) = delete;
  InputMutator& operator=(const InputMutator&) = delete;

  // Both answer the new size, at most `most`.
  std::size_t mutate(uint8_t* data, std::size_t size, std::size_t most, uint64_t seed);
  std::size_t cross(const uint8_t* a, std::size_t a_size, const uint8_t* b, std::size_t b_size, uint8_t* out,
                    std::size_t most, uint64_t seed);

  static constexpr unsigned kBytesEvery = 8;
  static constexpr unsigned kSwarmEvery = 512;  // mutations with one set of moves

 private:
  std::size_t write(uint8_t* out, std::size_t most);

  Bytes bytes_;
  MoveSet moves_;
  unsigned mutations_ = 0;
  RandomSource random_{0};
  Draft draft_{random_};
  model::Scenario first_, second_, result_;
  std::vector<uint8_t> encoded_;
};

}  // namespace vtd::harness
