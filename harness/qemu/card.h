// SPDX-License-Identifier: Apache-2.0 OR MIT
// A virtio network card of the guest, and the wire that leads to it. Its receive ring says where the next frame has to
// land, before it is sent (virtio 1.2, sections 2.7 and 4.1.4.3).
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "harness/qemu/guest_memory.h"
#include "harness/qemu/qtest.h"

namespace vtd::harness::qemu {

// A connection over which frames reach a card: -netdev socket,fd=...
class Wire {
 public:
  static constexpr std::size_t kFrameBytes = 600;  // too long for a driver to copy it out of its buffer
  using Frame = std::array<std::byte, kFrameBytes>;

  Wire();
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  int far_end() const { return far_; }  // for QEMU to inherit
  void close_far_end();
  // To everybody, of an experimental type, with contents that no other frame has.
  Frame send_next();

 private:
  int near_ = -1, far_ = -1;
  uint32_t sent_ = 0;
};

// What an IOVA of the card leads to for a write or a read; nothing: the unit blocks it.
using Translate = std::function<std::optional<model::Address>(model::Iova)>;

// The card's receive ring, as the driver has set it up. Meant for a driver that is dead or stopped.
class ReceiveRing {
 public:
  static constexpr unsigned kHeaderBytes = 12;  // in front of each frame

  // `function`: the card's page in configuration space. Asks the card for its ring. Throws std::runtime_error when it
  // has none.
  ReceiveRing(GuestMemory& memory, Qtest& qtest, model::Address function, const Translate& translate);

  // Where the driver wants the next frame: the IOVA of the buffer. Nothing when the driver has given no buffer.
  std::optional<model::Iova> next_buffer() const;
  // Gives the card another buffer in place of the next one, as its driver would. The qword changed.
  uint64_t& replace_next_buffer(model::Iova buffer);
  // What the card itself writes: used elements and their index, and the bytes around them.
  bool is_cards(model::Address at) const { return at >= used_ && at < used_ + 6 + 8 * size_; }

 private:
  static constexpr unsigned kDescriptorBytes = 16;
  uint64_t read(model::Address at, unsigned bytes) const;
  std::optional<model::Address> next_descriptor() const;

  GuestMemory& memory_;
  unsigned size_ = 0;
  model::Address descriptors_ = 0, available_ = 0, used_ = 0;
};

}  // namespace vtd::harness::qemu
