// SPDX-License-Identifier: Apache-2.0 OR MIT
// The table of moves.
#include "harness/mutate/moves.h"

#include <iterator>

namespace vtd::harness {
namespace {

constexpr MoveInfo kTable[] = {
    {Move::drop, "drop", "A run of steps goes.", false, move::drop},
    {Move::duplicate, "duplicate", "A step again, with one operand changed to what another step has.", false,
     move::duplicate},
    {Move::reorder, "reorder", "Two steps change places: later ones win.", false, move::reorder},
    {Move::insert, "insert", "A new step on places that the scenario knows.", false, move::insert},
    {Move::splice, "splice", "A run of steps of another scenario.", false, move::splice},
    {Move::edge, "edge", "One operand at an edge of what it may be.", true, move::edge},
    {Move::collide, "collide", "One operand with the value that another step has.", false, move::collide},
    {Move::flip, "flip", "One bit of an entry or a register.", true, move::flip},
    {Move::retarget, "retarget", "A link to another table, of the role it wants if there is one.", false,
     move::retarget},
    {Move::grow, "grow", "A new table, reachable.", false, move::grow},
    {Move::share, "share", "A second way to a table: the tree becomes a DAG.", false, move::share},
    {Move::cycle, "cycle", "A link back to a table above it.", false, move::cycle},
    {Move::second_role, "second_role", "A page in one more role.", false, move::second_role},
    {Move::leaf, "leaf", "A leaf of any size, on memory that matters.", false, move::leaf},
    {Move::legal, "legal", "A nasty but legal construction of the catalogue.", false, move::legal},
    {Move::malform, "malform", "A malformed construction from one of the named places.", true, move::malform},
    {Move::strategy, "strategy", "Another strategy, or one more crash.", false, move::strategy},
    {Move::memory, "memory", "Memory of another kind, below a table or elsewhere.", false, move::memory},
    {Move::capability, "capability", "The unit becomes another real unit.", false, move::capability},
    {Move::platform, "platform", "One more unit, another host width, another reservation.", false, move::platform},
    {Move::host, "host", "The host refuses memory, hides a page, or ignores commands.", false, move::host},
    {Move::life, "life", "Drivers come, map, unmap and go.", false, move::life},
};

consteval bool every_move_stands_at_its_number() {
  for (std::size_t i = 0; i < kMoves; ++i) {
    if (static_cast<std::size_t>(kTable[i].move) != i) return false;
  }
  return std::size(kTable) == kMoves;
}
static_assert(every_move_stands_at_its_number());

}  // namespace

std::span<const MoveInfo> moves() { return kTable; }

}  // namespace vtd::harness
