// SPDX-License-Identifier: Apache-2.0 OR MIT
// Defaults of AddressSanitizer for long runs; ASAN_OPTIONS of the environment goes before them.
//
// An engine takes its memory from the host, where a freed page is poisoned until it is given again, so the quarantine
// of malloc only holds what the oracle and the fuzzing engine have freed. Its usual 256 MiB would be all new pages.

extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "quarantine_size_mb=16";
}
