// SPDX-License-Identifier: Apache-2.0 OR MIT
// The input that a fuzz target is running, in a file that outlives it: whatever kills the process, the input is not
// lost.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace vtd::harness {

struct InFlightPage {
  static constexpr std::uint64_t kMagic = 0x3154464e49445456;  // "VTDINFT1"
  static constexpr std::size_t kMost = 1u << 20;               // more than any input
  std::uint64_t magic = kMagic;
  std::uint64_t bytes = 0;  // 0: none
  std::array<std::uint8_t, kMost> input{};
};

class InFlight {
 public:
  // The file named by VTDFUZZ_IN_FLIGHT, with all its blocks, so that a full disk cannot take it away; nothing when
  // that is not set. Ends the process when there is no room for it: what it found might be lost.
  InFlight();
  ~InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  // While it lives an input is being run. A process that ends before leaves the input in the file.
  class Run {
   public:
    explicit Run(InFlightPage* page) : page_(page) {}
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    InFlightPage* page_;
  };
  [[nodiscard]] Run hold(std::span<const std::uint8_t> input);

 private:
  InFlightPage* page_ = nullptr;
};

// The input in such a file; empty when there is none.
std::string read_in_flight(const std::string& path);

}  // namespace vtd::harness
