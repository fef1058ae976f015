// SPDX-License-Identifier: Apache-2.0 OR MIT
// Frames that are sent to a card, each with the place where its receive ring and the tables say that it has to land.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "harness/qemu/card.h"

namespace vtd::harness::qemu {

class Landings {
 public:
  Landings(GuestMemory& memory, Wire& wire) : memory_(memory), wire_(wire) {}

  // From here on: this ring, through these tables. The frames so far stay known.
  void predict_by(const ReceiveRing& ring, Translate translate);
  ReceiveRing& ring() { return *ring_; }

  // Where the next frame has to land. Empty: the ring has no buffer, or the unit blocks it.
  using Place = std::vector<std::pair<model::Address, std::size_t>>;  // stretches: address, bytes
  Place predicted() const;
  // Sends a frame. True when it lands there, byte for byte, within thirty seconds.
  bool land(const Place& place);
  unsigned land(unsigned count);  // one after the other, how many landed

  // Are all the frames still where they landed?
  bool intact() const;
  void forget() { landed_.clear(); }
  // Has the card written this byte: a frame, its header, or the ring?
  bool card_wrote(model::Address at) const;

 private:
  struct Landed {
    Wire::Frame frame;
    Place place;
  };
  bool is_there(const Wire::Frame& frame, const Place& place) const;

  GuestMemory& memory_;
  Wire& wire_;
  std::unique_ptr<ReceiveRing> ring_;  // after predict_by()
  Translate translate_;
  std::vector<Landed> landed_;
};

}  // namespace vtd::harness::qemu
