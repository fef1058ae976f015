/* SPDX-License-Identifier: GPL-2.0-only */
// The kernel's own hook before each access that the compiler does not instrument: atomics and bit operations, which are
// assembly. Here it tells AddressSanitizer and the harness what is about to be touched.
#ifndef VTD_SHADOW_LINUX_KASAN_CHECKS_H
#define VTD_SHADOW_LINUX_KASAN_CHECKS_H
#include <linux/types.h>

#ifdef VTD_SANITIZED
void* __asan_region_is_poisoned(void* start, unsigned long bytes);
void __asan_report_load_n(const volatile void* start, unsigned long bytes);
void __asan_report_store_n(const volatile void* start, unsigned long bytes);
void __sanitizer_cov_store4(void* address);
void __sanitizer_cov_store8(void* address);

static __always_inline bool __kasan_check_read(const volatile void* p, unsigned int size) {
  if (__asan_region_is_poisoned((void*)p, size)) __asan_report_load_n(p, size);
  return true;
}
static __always_inline bool __kasan_check_write(const volatile void* p, unsigned int size) {
  if (__asan_region_is_poisoned((void*)p, size)) __asan_report_store_n(p, size);
  if (size == 8)
    __sanitizer_cov_store8((void*)p);
  else if (size == 4)
    __sanitizer_cov_store4((void*)p);
  return true;
}
#else
static __always_inline bool __kasan_check_read(const volatile void* p, unsigned int size) { return true; }
static __always_inline bool __kasan_check_write(const volatile void* p, unsigned int size) { return true; }
#endif
#define kasan_check_read __kasan_check_read
#define kasan_check_write __kasan_check_write
#endif
