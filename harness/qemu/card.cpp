// SPDX-License-Identifier: Apache-2.0 OR MIT
// The wire, and a split virtqueue read and written in the guest's memory.
#include "harness/qemu/card.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace vtd::harness::qemu {
namespace {

// The common configuration lies at the beginning of the card's fifth base address, QEMU's layout.
constexpr unsigned kBaseAddress = 0x20, kSelect = 0x16, kSize = 0x18, kDescriptors = 0x20, kDriver = 0x28,
                   kDevice = 0x30;
constexpr unsigned kReceive = 0;  // number of the queue

}  // namespace

Wire::Wire() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  near_ = ends[0];
  far_ = ends[1];
}

Wire::~Wire() {
  close_far_end();
  close(near_);
}

void Wire::close_far_end() {
  if (far_ >= 0) close(far_);
  far_ = -1;
}

Wire::Frame Wire::send_next() {
  const uint32_t number = ++sent_;
  Frame frame{};
  std::fill_n(frame.begin(), 6, std::byte{0xff});
  frame[12] = std::byte{0x88};
  frame[13] = std::byte{0xb5};
  for (std::size_t i = 14; i < frame.size(); ++i)
    frame[i] = static_cast<std::byte>((number * 2654435761u + static_cast<uint32_t>(i) * 40503u) >> 11);
  std::array<std::byte, 4 + kFrameBytes> packet{};
  packet[2] = static_cast<std::byte>(kFrameBytes >> 8);  // the length, most significant byte first
  packet[3] = static_cast<std::byte>(kFrameBytes & 0xff);
  std::copy(frame.begin(), frame.end(), packet.begin() + 4);
  if (send(near_, packet.data(), packet.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("the wire is cut");
  return frame;
}

ReceiveRing::ReceiveRing(GuestMemory& memory, Qtest& qtest, model::Address function, const Translate& translate)
    : memory_(memory) {
  constexpr uint64_t kFlags = 0xf;
  const model::Address common = qtest.read_now(function + kBaseAddress, 8) & ~kFlags;
  qtest.write_now(common + kSelect, kReceive, 2);
  size_ = static_cast<unsigned>(qtest.read_now(common + kSize, 2));
  const auto place = [&](unsigned offset) {
    const uint64_t low = qtest.read_now(common + offset, 4), high = qtest.read_now(common + offset + 4, 4);
    const auto at = translate(high << 32 | low);
    if (!at || memory_.at(*at) == nullptr) throw std::runtime_error("the card's receive ring lies nowhere");
    return *at;
  };
  descriptors_ = place(kDescriptors);
  available_ = place(kDriver);
  used_ = place(kDevice);
  if (size_ == 0) throw std::runtime_error("the card has no receive ring");
}

uint64_t ReceiveRing::read(model::Address at, unsigned bytes) const {
  uint64_t value = 0;
  std::memcpy(&value, memory_.at(at), bytes);
  return value;
}

// The card takes buffers in the order in which the driver gave them.
std::optional<model::Address> ReceiveRing::next_descriptor() const {
  const uint64_t given = read(available_ + 2, 2), taken = read(used_ + 2, 2);
  if (given == taken) return std::nullopt;
  return descriptors_ + kDescriptorBytes * read(available_ + 4 + 2 * (taken % size_), 2);
}

std::optional<model::Iova> ReceiveRing::next_buffer() const {
  const auto descriptor = next_descriptor();
  return descriptor ? std::optional(read(*descriptor, 8)) : std::nullopt;
}

uint64_t& ReceiveRing::replace_next_buffer(model::Iova buffer) {
  const auto descriptor = next_descriptor();
  if (!descriptor) throw std::runtime_error("the dead kernel's driver has left the card no buffer");
  uint64_t& address = *reinterpret_cast<uint64_t*>(memory_.at(*descriptor));
  address = buffer;
  return address;
}

}  // namespace vtd::harness::qemu
