// SPDX-License-Identifier: Apache-2.0 OR MIT
// libFuzzer's hooks: the project's moves mutate and cross inputs; a share of mutations stays libFuzzer's own.
//
// Engines that do not know the hooks never call them. Those that know them and lack LLVMFuzzerMutate get moves only.
// VTDFUZZ_MUTATOR=bytes of the environment turns the moves off, to measure what they are worth.
#include <cstdlib>
#include <string_view>

#include "harness/mutate/mutate.h"

extern "C" {
[[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);
std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b,
                                      std::size_t b_size, std::uint8_t* out, std::size_t most, unsigned seed);
}

namespace {

vtd::harness::InputMutator& mutator() {
  static vtd::harness::InputMutator one(LLVMFuzzerMutate);
  return one;
}

bool bytes_only() {
  static const bool answer = [] {
    const char* const wanted = std::getenv("VTDFUZZ_MUTATOR");
    return wanted != nullptr && std::string_view(wanted) == "bytes" && LLVMFuzzerMutate != nullptr;
  }();
  return answer;
}

}  // namespace

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  return bytes_only() ? LLVMFuzzerMutate(data, size, most) : mutator().mutate(data, size, most, seed);
}

std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b,
                                      std::size_t b_size, std::uint8_t* out, std::size_t most, unsigned seed) {
  if (bytes_only()) return 0;  // libFuzzer then leaves the input as it is
  return mutator().cross(a, a_size, b, b_size, out, most, seed);
}
