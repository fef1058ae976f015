// SPDX-License-Identifier: Apache-2.0 OR MIT
// The switch: root pointer, then invalidations in the order of S§6.6, translation on all the time.
#include "harness/engines/example/example.h"

enum { POLLS_MOST = 10000 };
#define ONE_SHOT_MASK 0x96ffffffu  // GSTS less the one-shot commands: what every GCMD write has to repeat

uint64_t example_read(const struct vtd_boot* b, uint32_t n, uint32_t at, uint32_t bytes) {
  return b->host->mmio_read(b->host->ctx, n, at, bytes);
}

static int wait(const struct vtd_boot* b, uint32_t n, uint32_t at, uint32_t bytes, uint64_t mask, uint64_t value) {
  for (int polls = 0; polls < POLLS_MOST; polls++) {
    if ((example_read(b, n, at, bytes) & mask) == value) return VTD_OK;
    b->host->pause(b->host->ctx);
  }
  return VTD_TIMEOUT;
}

// One command a write, built from GSTS (S§11.4.4).
static int command(const struct vtd_boot* b, uint32_t n, uint32_t set, uint32_t clear, uint32_t mask, uint32_t value) {
  const uint32_t now = (uint32_t)example_read(b, n, GSTS, 4) & ONE_SHOT_MASK;
  b->host->mmio_write(b->host->ctx, n, GCMD, (now | set) & ~clear, 4);
  return wait(b, n, GSTS, 4, mask, value);
}

static int invalidate(const struct vtd_boot* b, uint32_t n, uint32_t at, uint64_t what) {
  b->host->mmio_write(b->host->ctx, n, at, START | what, 8);
  return wait(b, n, at, 8, START, 0);
}

static int commit_unit(struct vtd_boot* b, uint32_t n) {
  const struct unit* u = &b->unit[n];
  const struct vtd_host* h = b->host;
  const uint32_t iotlb = (uint32_t)(u->ecap >> 8 & 0x3ff) * 16 + 8;
  int status = VTD_OK;
  h->barrier(h->ctx);
  // The old owner's queue is in old memory and register-based invalidation needs it off (S§6.5.2).
  if ((example_read(b, n, GSTS, 4) & QIE) != 0) {
    status = wait(b, n, IQH, 8, 0x7fff0, example_read(b, n, IQT, 8) & 0x7fff0);
    if (status != VTD_OK) return VTD_QUEUE_ERROR;
    status = command(b, n, 0, QIE, QIE, 0);
  }
  if (status == VTD_OK && (u->cap >> 4 & 1) != 0) status = command(b, n, WBF, 0, WBF, 0);
  if (status != VTD_OK) return status;
  // The register only takes effect with SRTP: one that is locked is found before anything has changed (S§11.4.5).
  const uint64_t root = example_physical(b, u->root) | (u->old_root & SSIRWE);
  h->mmio_write(h->ctx, n, RTADDR, root, 8);
  if (example_read(b, n, RTADDR, 8) != root) return VTD_TIMEOUT;
  status = command(b, n, RTP, 0, RTP, RTP);
  // Context cache first: an entry there supplies the id that tags what the IOTLB caches next (S§6.2.2.1).
  if (status == VTD_OK) status = invalidate(b, n, CCMD, 1ull << 61);
  if (status == VTD_OK) status = invalidate(b, n, iotlb, 1ull << 60 | 3ull << 48);  // global, draining both
  return status;
}

int example_commit(struct vtd_boot* b) {
  if (!b->copied || b->switched) return VTD_WRONG_STATE;
  b->switched = 1;
  for (uint32_t n = 0; n < b->platform->unit_count; n++) {
    const int status = commit_unit(b, n);
    if (status != VTD_OK) return status;
  }
  return VTD_OK;
}
