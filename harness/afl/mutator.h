// SPDX-License-Identifier: Apache-2.0 OR MIT
/*
 * The C interface by which AFL++ calls a custom mutator library (AFL_CUSTOM_MUTATOR_LIBRARY), as far as it is used
 * here: own declarations, so that nothing of AFL++ is needed to build it.
 */
#ifndef VTD_HARNESS_AFL_MUTATOR_H
#define VTD_HARNESS_AFL_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `afl` is AFL++'s own state and not looked at. Answers what the other functions get as `data`. */
void* afl_custom_init(void* afl, unsigned seed);
void afl_custom_deinit(void* data);

/* One mutation of `in`, or a cross-over with `other`; `*out` is valid until the next call. Answers its size. */
size_t afl_custom_fuzz(void* data, uint8_t* in, size_t size, uint8_t** out, uint8_t* other, size_t other_size,
                       size_t most);

/* Trimming: steps go before operands, bytes never. Answers after how many steps to stop; `success` says that the last
   trial did what the whole input does. */
int32_t afl_custom_init_trim(void* data, uint8_t* in, size_t size);
size_t afl_custom_trim(void* data, uint8_t** out);
int32_t afl_custom_post_trim(void* data, unsigned char success);

#ifdef __cplusplus
}
#endif

#endif
