// SPDX-License-Identifier: Apache-2.0 OR MIT
// The structure-aware moves on scenarios that every driver shares: libFuzzer, AFL++ and RapidCheck.
//
// A move acts on steps, never on bytes, and knows what the tables of the scenario are (sketch.h). What it makes is a
// machine; malformed values come from moves that say so, so that their share can be measured.
#pragma once

#include <bitset>
#include <span>

#include "harness/generate/draft.h"

namespace vtd::harness {

enum class Move : uint8_t {
  // steps
  drop,
  duplicate,
  reorder,
  insert,
  splice,
  // one operand
  edge,
  collide,
  flip,
  retarget,
  // hierarchies
  grow,
  share,
  cycle,
  second_role,
  leaf,
  legal,
  malform,
  // the machine, and what comes after the takeover
  strategy,
  memory,
  capability,
  platform,
  host,
  life,
  kCount
};
inline constexpr std::size_t kMoves = static_cast<std::size_t>(Move::kCount);
using MoveSet = std::bitset<kMoves>;

struct MoveInfo {
  Move move;
  const char* name;
  const char* what;  // one sentence
  bool malforms;     // may make values that the specification calls reserved, or that the unit does not have
  // Acts on the draft. `other` is another scenario of the run, or a fresh one. False: there was nothing to act on.
  bool (*act)(Draft&, const model::Scenario& other);
};
std::span<const MoveInfo> moves();

// --- the moves, by file ----------------------------------------------------------------------------------------------
namespace move {
using Other = const model::Scenario&;
// moves_steps.cpp
bool drop(Draft&, Other);
bool duplicate(Draft&, Other);
bool reorder(Draft&, Other);
bool insert(Draft&, Other);
bool splice(Draft&, Other);
// moves_operands.cpp
bool edge(Draft&, Other);
bool collide(Draft&, Other);
bool flip(Draft&, Other);
bool retarget(Draft&, Other);
// moves_tables.cpp
bool grow(Draft&, Other);
bool share(Draft&, Other);
bool cycle(Draft&, Other);
bool second_role(Draft&, Other);
bool leaf(Draft&, Other);
bool legal(Draft&, Other);
bool malform(Draft&, Other);
// moves_machine.cpp
bool strategy(Draft&, Other);
bool memory(Draft&, Other);
bool capability(Draft&, Other);
bool platform(Draft&, Other);
bool host(Draft&, Other);
bool life(Draft&, Other);
}  // namespace move

}  // namespace vtd::harness
