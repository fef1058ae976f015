// SPDX-License-Identifier: Apache-2.0 OR MIT
// The renamed block operations, for programs that link an observed engine and do not watch it. The linker takes these
// only when harness/watch.cpp is not there.
#include <stddef.h>
#include <string.h>

void* vtdfuzz_memcpy(void* to, const void* from, size_t bytes);
void* vtdfuzz_memset(void* to, int value, size_t bytes);
void* vtdfuzz_memmove(void* to, const void* from, size_t bytes);

void* vtdfuzz_memcpy(void* to, const void* from, size_t bytes) { return memcpy(to, from, bytes); }
void* vtdfuzz_memset(void* to, int value, size_t bytes) { return memset(to, value, bytes); }
void* vtdfuzz_memmove(void* to, const void* from, size_t bytes) { return memmove(to, from, bytes); }
