// SPDX-License-Identifier: Apache-2.0 OR MIT
// DMA by QEMU's devices, many requests in one go, with evidence of where each landed.
//
// A write puts 8 bytes of 0x96 over other bytes. A read fetches a descriptor that the harness has put where the read
// should lead; its buffer lies at an address that no unit translates, which is a number of the harness: the fault of
// that second request says which memory the first one read, even where the device may not write. Then the device
// writes the descriptor back, with a status. Everything written is taken back once it was seen.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "harness/qemu/vm.h"
#include "model/walk.h"

namespace vtd::harness::qemu {

// What came of one request.
struct Sight {
  enum class Place : uint8_t { unwatched, untouched, written, spoiled };
  bool recorded = false;  // the unit recorded a fault, with:
  uint8_t reason = 0;
  bool reading = false;
  model::SourceId source = 0;
  model::Iova page = 0;
  Place place = Place::unwatched;  // where the data should be
  uint64_t tag = 0;                // of a read: the page of the second request
};

// A request and what is expected of it.
struct Plan {
  model::Request request;
  model::Outcome expected;
  model::Outcome write_back;  // of a read: what becomes of the descriptor that is written back to the same address
};

class Dma {
 public:
  static constexpr std::size_t kMost = 128;  // requests in one go
  static constexpr uint64_t kReadBytes = 32, kWriteBytes = 8;

  // `is_table`: evidence must not be laid over a page that the unit may be reading as a table.
  Dma(Vm& vm, std::function<bool(model::Address)> is_table) : vm_(vm), is_table_(std::move(is_table)) {}

  // Collects one request. False: it has to wait until the others are done. `fresh`: the unit forgets the device first.
  bool add(const Plan& plan, bool fresh);
  // Carries them out; what came of them, in order, valid until the next request is added.
  const std::vector<Sight>& run();

  // Can this be seen at all?
  const char* why_unseen(const model::Machine& machine, const Plan& plan) const;

 private:
  static constexpr uint64_t kMargin = 8;
  static constexpr uint64_t kWindowMost = kReadBytes + 2 * kMargin;
  struct Window {
    std::byte* start = nullptr;
    uint64_t bytes = 0, offset = 0;  // offset: where in it the data goes
    std::array<std::byte, kWindowMost> original{}, laid{};
  };
  struct Flight {
    bool reading = false, alone = false;
    uint64_t tag = 0;
    model::Address first = 0, last = 0;  // lines of memory it may touch; last < first: none
    Window window;
    std::size_t answer = 0;
  };

  bool lay_evidence(Flight& flight, const Plan& plan, model::Address target);
  void collect(Flight& flight, const model::Request& request, bool fresh);
  Sight look(const Flight& flight, const std::vector<uint64_t>& answers) const;
  static Sight::Place place_of(const Flight& flight);

  Vm& vm_;
  std::function<bool(model::Address)> is_table_;
  std::vector<Flight> flights_;
  std::vector<Sight> sights_;
  std::array<uint8_t, 256> tail_{};  // of each device's descriptor ring
  uint64_t tags_ = 0;
  model::SourceId last_ = 0;  // of the batch
};

// nullptr when what was seen is what was expected, otherwise what differs.
const char* mismatch(const model::Request& request, const model::Outcome& expected, const Sight& sight);
std::string told(const Sight& sight);

}  // namespace vtd::harness::qemu
