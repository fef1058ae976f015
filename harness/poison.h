// SPDX-License-Identifier: Apache-2.0 OR MIT
// AddressSanitizer's manual poisoning, when its runtime is linked. The harness itself need not be compiled with it.
#pragma once

#include <cstddef>

#ifdef VTD_WITHOUT_ASAN  // OSS-Fuzz refuses a build with another sanitizer that as much as names ASan's functions

namespace vtd::harness {

inline bool can_poison() { return false; }
inline void poison(const void*, std::size_t) {}
inline void unpoison(const void*, std::size_t) {}

}  // namespace vtd::harness

#else

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier)
[[gnu::weak]] void __asan_poison_memory_region(const volatile void* start, std::size_t bytes);
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void* start, std::size_t bytes);
// NOLINTEND(bugprone-reserved-identifier)
}

namespace vtd::harness {

inline bool can_poison() { return &__asan_poison_memory_region != nullptr; }
inline void poison(const void* start, std::size_t bytes) {
  if (can_poison()) __asan_poison_memory_region(start, bytes);
}
inline void unpoison(const void* start, std::size_t bytes) {
  if (can_poison()) __asan_unpoison_memory_region(start, bytes);
}

}  // namespace vtd::harness

#endif
