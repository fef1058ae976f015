// SPDX-License-Identifier: Apache-2.0 OR MIT
// Prediction from ring and tables, then a look at that very place.
#include "harness/qemu/landings.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

namespace vtd::harness::qemu {
namespace {

using model::Address;

constexpr auto kPatience = std::chrono::seconds(30);  // on a busy machine an emulated guest takes its time
constexpr auto kLookEvery = std::chrono::milliseconds(1);
constexpr std::size_t kBytes = ReceiveRing::kHeaderBytes + Wire::kFrameBytes;

}  // namespace

void Landings::predict_by(const ReceiveRing& ring, Translate translate) {
  ring_ = std::make_unique<ReceiveRing>(ring);
  translate_ = std::move(translate);
}

Landings::Place Landings::predicted() const {
  const auto buffer = ring_->next_buffer();
  if (!buffer) return {};
  Place place;
  for (std::size_t done = 0; done < kBytes;) {
    const model::Iova iova = *buffer + done;
    const auto at = translate_(iova);
    if (!at || memory_.at(*at) == nullptr) return {};
    const std::size_t bytes = std::min(kBytes - done, model::kPageBytes - iova % model::kPageBytes);
    place.emplace_back(*at, bytes);
    done += bytes;
  }
  return place;
}

bool Landings::is_there(const Wire::Frame& frame, const Place& place) const {
  std::array<std::byte, kBytes> seen{};
  std::size_t done = 0;
  for (const auto& [at, bytes] : place) {
    std::memcpy(seen.data() + done, memory_.at(at), bytes);
    done += bytes;
  }
  return done == kBytes && std::equal(frame.begin(), frame.end(), seen.begin() + ReceiveRing::kHeaderBytes);
}

bool Landings::land(const Place& place) {
  using Clock = std::chrono::steady_clock;
  const Wire::Frame frame = wire_.send_next();
  const auto end = Clock::now() + kPatience;
  while (!is_there(frame, place)) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(kLookEvery);
  }
  landed_.push_back({frame, place});
  return true;
}

unsigned Landings::land(unsigned count) {
  unsigned landed = 0;
  for (; count > 0; --count) landed += land(predicted()) ? 1 : 0;
  return landed;
}

bool Landings::intact() const {
  return std::all_of(landed_.begin(), landed_.end(),
                     [this](const Landed& one) { return is_there(one.frame, one.place); });
}

bool Landings::card_wrote(Address at) const {
  const auto holds = [at](const auto& stretch) { return at >= stretch.first && at - stretch.first < stretch.second; };
  return ring_->is_cards(at) || std::any_of(landed_.begin(), landed_.end(), [&](const Landed& one) {
           return std::any_of(one.place.begin(), one.place.end(), holds);
         });
}

}  // namespace vtd::harness::qemu
