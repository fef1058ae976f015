// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the host calls. There is no global state, so reset has nothing to do.
#include "harness/engines/example/example.h"

// Reads a unit's state; names what keeps it from being taken over.
static int survey(struct vtd_boot* b, uint32_t n) {
  struct unit* u = &b->unit[n];
  u->cap = example_read(b, n, CAP, 8);
  u->ecap = example_read(b, n, ECAP, 8);
  u->old_root = example_read(b, n, RTADDR, 8);
  const uint32_t status = (uint32_t)example_read(b, n, GSTS, 4);
  uint32_t reason = 0;
  if ((status & (TE | RTP)) != (TE | RTP)) return VTD_NOT_ENABLED;
  if ((u->cap & 7) == 7 || (u->cap >> 8 & 0xe) == 0) return VTD_BAD_CAPABILITY;
  if ((u->ecap >> 8 & 0x3ff) * 16 < 0xc0) return VTD_BAD_CAPABILITY;        // IOTLB registers on top of others
  if ((example_read(b, n, VER, 4) >> 4 & 15) >= 6) return VTD_UNSUPPORTED;  // takes a queue to invalidate (S§6.5.1)
  if ((u->old_root >> 10 & 3) != 0) return VTD_BAD_MODE;
  if ((status & WBF) != 0 || (example_read(b, n, CCMD, 8) & START) != 0) return VTD_BUSY;
  if ((status & QIE) != 0 && (example_read(b, n, FSTS, 4) & 0x50 /* IQE, ITE */) != 0) return VTD_QUEUE_ERROR;
  u->id_count = 1u << example_id_bits(u);
  if ((u->old_root & ADDRESS & example_beyond(b)) != 0 || example_table_is_unsafe(b, u->old_root & ADDRESS, &reason))
    return VTD_BAD_ROOT;
  return VTD_OK;
}

static int understood(const struct vtd_host* host, const struct vtd_platform* platform) {
  return host->abi == VTD_ABI && host->size >= sizeof *host && platform->abi == VTD_ABI &&
         platform->size >= sizeof *platform && platform->host_address_width > 12 &&
         platform->host_address_width <= 52 && platform->strategy <= VTD_AUTO && platform->unit_count != 0 &&
         platform->unit_count <= UNITS_MOST;
}

static int boot(const struct vtd_host* host, const struct vtd_platform* platform, struct vtd_boot** out) {
  if (host == NULL || platform == NULL || out == NULL || !understood(host, platform)) return VTD_BAD_ARGUMENT;
  struct vtd_boot* b = host->alloc(host->ctx, VTD_ZEROED);
  if (b == NULL) return VTD_NO_MEMORY;
  b->host = host;
  b->platform = platform;
  for (uint32_t n = 0; n < platform->unit_count; n++) {
    const int status = survey(b, n);
    if (status == VTD_OK) continue;
    host->free(host->ctx, b);
    return status;
  }
  *out = b;
  return VTD_OK;
}

static void shutdown(struct vtd_boot* b) {
  example_give_all_back(b);
  b->host->free(b->host->ctx, b);
}

static void reset(void) {}

static int audit(struct vtd_boot* b) {
  // Hazards of context entries were found while copying; page tables are not looked at.
  return b->copied ? VTD_OK : VTD_WRONG_STATE;
}

static int report(struct vtd_boot* b, struct vtd_report* r) {
  r->strategy = VTD_SHALLOW;
  r->findings = b->finding_count;
  r->root_tables = b->copied ? b->platform->unit_count : 0;
  r->context_tables = b->context_tables;
  r->pages_used = b->pages + 1;
  r->old_pages_read = b->old_pages;
  return VTD_OK;
}

static int finding(struct vtd_boot* b, uint32_t index, struct vtd_finding* out) {
  const struct findings* f = b->first;
  for (; f != NULL && index >= f->count; f = f->next) index -= (uint32_t)f->count;
  if (f == NULL) return VTD_BAD_ARGUMENT;
  *out = f->finding[index];
  return VTD_OK;
}

static uint64_t root(struct vtd_boot* b, uint32_t n) {
  return n >= b->platform->unit_count || b->unit[n].root == NULL ? 0 : example_physical(b, b->unit[n].root);
}

static uint32_t domain_ids(struct vtd_boot* b, uint32_t n, uint64_t* words, uint32_t count) {
  if (n >= b->platform->unit_count) return 0;
  if (!b->copied) return b->unit[n].id_count;
  for (uint32_t i = 0; i < count && i < 1024; i++) words[i] = b->unit[n].ids[i / 512][i % 512];
  return b->unit[n].id_count;
}

const struct vtd_engine* vtd_engine_get(void) {
  // What adoption needs is NULL: the feature is not claimed.
  static const struct vtd_engine engine = {
      .abi = VTD_ABI,
      .size = sizeof(struct vtd_engine),
      .name = "example",
      .features = VTD_FEATURE_SHALLOW | VTD_FEATURE_MANY_UNITS,
      .boot = boot,
      .copy = example_copy,
      .commit = example_commit,
      .audit = audit,
      .report = report,
      .finding = finding,
      .root = root,
      .domain_ids = domain_ids,
      .shutdown = shutdown,
      .reset = reset,
  };
  return &engine;
}
