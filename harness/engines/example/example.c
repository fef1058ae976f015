// SPDX-License-Identifier: Apache-2.0 OR MIT
// The smallest honest takeover engine: copies root and context tables, checks every pointer, switches the hardware, keeps the
// old domain-ids. Page tables stay where the dead kernel left them; adoption is not offered.
//
// Read it from the end: the table of functions, then boot, copy, commit. It has no global state, so reset has nothing to do.
// What its design does not promise is listed as data in harness/engines.cpp.
#include "engine/takeover.h"

#include <string.h>

enum { UNITS_MOST = 16, ENTRIES = 256, POLLS_MOST = 10000 };

// Register offsets (S§11.4) and the bits used of them.
enum { VER = 0x00, CAP = 0x08, ECAP = 0x10, GCMD = 0x18, GSTS = 0x1c, RTADDR = 0x20, CCMD = 0x28, FSTS = 0x34, IQH = 0x80, IQT = 0x88 };
#define TE (1u << 31)
#define RTP (1u << 30)
#define WBF (1u << 27)
#define QIE (1u << 26)
#define ONE_SHOT_MASK 0x96ffffffu  // GSTS less the one-shot commands: what every GCMD write has to repeat
#define QUEUE_ERRORS 0x50u         // FSTS.IQE, FSTS.ITE
#define START (1ull << 63)         // CCMD.ICC, IOTLB.IVT
#define ADDRESS 0x000ffffffffff000ull

struct entry {
  uint64_t low, high;  // root and context entries, S§9.1 and S§9.3
};

// Private memory is pages of the host, too.
struct ledger {
  struct ledger *next;
  uint64_t count;
  void *page[510];
};
struct findings {
  struct findings *next;
  uint64_t count;
  struct vtd_finding finding[85];
};
// Per bus: where the old context table was, where its copy is.
struct tables {
  uint64_t old[ENTRIES], copy[ENTRIES];
};
struct unit {
  uint64_t cap, ecap, old_root;
  struct entry *root;
  struct tables *tables;
  uint64_t *ids[2];  // bitmap: 32,768 ids a page
  uint32_t id_count;
};
struct vtd_boot {
  const struct vtd_host *host;
  const struct vtd_platform *platform;
  struct ledger *ledger;
  struct findings *first, *last;
  uint64_t pages, old_pages, context_tables;
  uint32_t finding_count;
  struct unit unit[UNITS_MOST];
};

// --- memory ----------------------------------------------------------------------------------------------------------

static void *take(struct vtd_boot *b) {
  const struct vtd_host *h = b->host;
  if (b->ledger == NULL || b->ledger->count == 510) {
    struct ledger *l = h->alloc(h->ctx, VTD_ZEROED);
    if (l == NULL) return NULL;
    l->next = b->ledger;
    b->ledger = l;
    b->pages++;
  }
  void *page = h->alloc(h->ctx, VTD_ZEROED);
  if (page == NULL) return NULL;
  b->ledger->page[b->ledger->count++] = page;
  b->pages++;
  return page;
}

static void give_all_back(struct vtd_boot *b) {
  const struct vtd_host *h = b->host;
  while (b->ledger != NULL) {
    struct ledger *l = b->ledger;
    b->ledger = l->next;
    while (l->count > 0) h->free(h->ctx, l->page[--l->count]);
    h->free(h->ctx, l);
  }
  b->first = b->last = NULL;
  b->finding_count = 0;
  b->pages = b->old_pages = b->context_tables = 0;
  for (uint32_t u = 0; u < b->platform->unit_count; u++) b->unit[u].root = NULL;
}

static uint64_t physical(const struct vtd_boot *b, const void *page) { return (uint64_t)(uintptr_t)page - b->host->linear_base; }

// Fills a page of ours with a page of old memory. The copy is all that is looked at later: old memory may change at any time.
static int fetch(struct vtd_boot *b, void *copy, uint64_t pa) {
  const struct vtd_host *h = b->host;
  const void *old = h->map_old(h->ctx, pa, VTD_PAGE_BYTES);
  if (old == NULL) return 0;
  memcpy(copy, old, VTD_PAGE_BYTES);
  h->unmap_old(h->ctx, old, VTD_PAGE_BYTES);
  b->old_pages++;
  return 1;
}

static int add_finding(struct vtd_boot *b, struct vtd_finding finding) {
  if (b->last == NULL || b->last->count == 85) {
    struct findings *f = take(b);
    if (f == NULL) return VTD_NO_MEMORY;
    if (b->last != NULL) b->last->next = f;
    if (b->first == NULL) b->first = f;
    b->last = f;
  }
  finding.abi = VTD_ABI;
  finding.size = sizeof finding;
  b->last->finding[b->last->count++] = finding;
  b->finding_count++;
  return VTD_OK;
}

// --- what may be trusted ---------------------------------------------------------------------------------------------

// A table may lie in RAM of the old map only. Answers VTD_UNREADABLE + 1 when the page is fine, the reason otherwise.
enum { FINE = VTD_UNREADABLE + 1 };
static uint32_t why_not(const struct vtd_boot *b, uint64_t page) {
  const struct vtd_platform *p = b->platform;
  const uint64_t last = page + VTD_PAGE_BYTES - 1;
  if (page >= 0xfee00000u && page <= 0xfeefffffu) return VTD_IN_INTERRUPT_RANGE;  // S§3.14
  for (uint32_t i = 0; i < p->crash_count; i++) {
    if (page <= p->crash[i].last && last >= p->crash[i].first) return VTD_IN_CRASH_MEMORY;
  }
  uint64_t known = 0;
  int ram = 1;
  for (uint32_t i = 0; i < p->memory_count; i++) {
    const struct vtd_range *r = &p->memory[i];
    if (page > r->last || last < r->first) continue;
    known += (last < r->last ? last : r->last) - (page > r->first ? page : r->first) + 1;
    ram &= r->kind == VTD_RAM;
  }
  if (known < VTD_PAGE_BYTES) return VTD_HOLE;
  return ram ? FINE : VTD_NOT_OLD_RAM;
}

static uint64_t beyond(const struct vtd_boot *b) { return ~0ull << b->platform->host_address_width; }
static uint32_t id_bits(const struct unit *u) { return 4 + 2 * (uint32_t)(u->cap & 7); }

static int root_is_reserved(const struct vtd_boot *b, const struct entry *e) { return ((e->low & (0xffe | beyond(b))) | e->high) != 0; }

static int context_is_reserved(const struct vtd_boot *b, const struct unit *u, const struct entry *e) {
  const uint64_t ids = ((1ull << id_bits(u)) - 1) << 8, allowed = ids | 0x7f;  // DID, AVAIL, AW
  return ((e->low & (0xff0 | beyond(b))) | (e->high & ~allowed)) != 0;
}

// AW in SAGAW and TT in ECAP, or hardware faults before it follows the pointer (S§9.3).
static int context_is_valid(const struct unit *u, const struct entry *e) {
  const uint64_t aw = e->high & 7, tt = e->low >> 2 & 3;
  const int width = aw >= 1 && aw <= 3 && (u->cap >> (8 + aw) & 1) != 0;
  return width && (tt == 0 || (tt == 1 && (u->ecap >> 2 & 1) != 0) || (tt == 2 && (u->ecap >> 6 & 1) != 0));
}

// --- copy ------------------------------------------------------------------------------------------------------------

static int quarantine(struct vtd_boot *b, struct entry *e, uint64_t keep, struct vtd_finding finding) {
  finding.kind = VTD_QUARANTINED;
  finding.value = e->low;
  e->low &= keep;
  e->high = 0;
  return add_finding(b, finding);
}

static int check_context(struct vtd_boot *b, uint32_t n, uint64_t old_table, uint32_t source, struct entry *e) {
  const struct vtd_host *h = b->host;
  struct unit *u = &b->unit[n];
  if ((e->low & 1) == 0 || context_is_reserved(b, u, e)) return VTD_OK;
  const uint32_t id = (uint32_t)(e->high >> 8 & 0xffff), tt = (uint32_t)(e->low >> 2 & 3);
  u->ids[id >> 15][(id & 0x7fff) / 64] |= 1ull << id % 64;
  if (!context_is_valid(u, e)) return VTD_OK;
  struct vtd_finding f = {.unit = n, .level = 6, .source_id = source, .domain_id = id, .entry = old_table + 16 * (source & 255)};
  if (tt != 0) {
    struct vtd_finding hazard = f;
    hazard.kind = VTD_HAZARD;
    hazard.reason = tt == 2 ? VTD_REACHES_EVERYTHING : VTD_BYPASSES_TABLES;
    hazard.value = e->low;
    if (add_finding(b, hazard) != VTD_OK) return VTD_NO_MEMORY;
    if (tt == 2) return VTD_OK;
  }
  f.reason = why_not(b, e->low & ADDRESS);
  if (f.reason == FINE) {
    const void *probe = h->map_old(h->ctx, e->low & ADDRESS, 8);
    if (probe != NULL) {
      h->unmap_old(h->ctx, probe, 8);
      return VTD_OK;
    }
    f.reason = VTD_UNREADABLE;
  }
  return quarantine(b, e, 2 /* FPD */, f);
}

static int copy_context_table(struct vtd_boot *b, uint32_t n, uint32_t bus, struct entry *root_entry) {
  struct tables *t = b->unit[n].tables;
  struct vtd_finding f = {.unit = n, .level = 7, .source_id = bus << 8, .entry = (b->unit[n].old_root & ADDRESS) + 16 * bus};
  const uint64_t old = root_entry->low & ADDRESS;
  for (uint32_t i = 0; i < bus; i++) {
    if (t->copy[i] == 0 || t->old[i] != old) continue;
    t->old[bus] = old;  // shared by two buses: one copy
    t->copy[bus] = t->copy[i];
    root_entry->low = t->copy[i] | 1;
    return VTD_OK;
  }
  f.reason = why_not(b, old);
  if (f.reason != FINE) return quarantine(b, root_entry, 0, f);
  struct entry *copy = take(b);
  if (copy == NULL) return VTD_NO_MEMORY;
  if (!fetch(b, copy, old)) {
    f.reason = VTD_UNREADABLE;
    return quarantine(b, root_entry, 0, f);
  }
  t->old[bus] = old;
  t->copy[bus] = physical(b, copy);
  b->context_tables++;
  for (uint32_t i = 0; i < ENTRIES; i++) {
    if (check_context(b, n, old, bus << 8 | i, &copy[i]) != VTD_OK) return VTD_NO_MEMORY;
  }
  b->host->flush(b->host->ctx, copy, VTD_PAGE_BYTES);
  root_entry->low = t->copy[bus] | 1;
  return VTD_OK;
}

static int copy_unit(struct vtd_boot *b, uint32_t n) {
  struct unit *u = &b->unit[n];
  u->tables = take(b);
  u->root = take(b);
  u->ids[0] = take(b);
  u->ids[1] = take(b);
  if (u->tables == NULL || u->root == NULL || u->ids[0] == NULL || u->ids[1] == NULL) return VTD_NO_MEMORY;
  if (!fetch(b, u->root, u->old_root & ADDRESS)) return VTD_BAD_ROOT;
  if ((u->cap >> 7 & 1) != 0) u->ids[0][0] |= 1;  // CAP.CM: id 0 tags cached faults (S§6.1)
  for (uint32_t bus = 0; bus < ENTRIES; bus++) {
    struct entry *e = &u->root[bus];
    if ((e->low & 1) == 0 || root_is_reserved(b, e)) continue;
    if (copy_context_table(b, n, bus, e) != VTD_OK) return VTD_NO_MEMORY;
  }
  b->host->flush(b->host->ctx, u->root, VTD_PAGE_BYTES);
  return VTD_OK;
}

static int copy(struct vtd_boot *b) {
  for (uint32_t n = 0; n < b->platform->unit_count; n++) {
    const int status = copy_unit(b, n);
    if (status == VTD_OK) continue;
    give_all_back(b);
    return status;
  }
  return VTD_OK;
}

// --- the switch ------------------------------------------------------------------------------------------------------

static uint64_t read_register(const struct vtd_boot *b, uint32_t n, uint32_t at, uint32_t bytes) {
  return b->host->mmio_read(b->host->ctx, n, at, bytes);
}

static int wait(const struct vtd_boot *b, uint32_t n, uint32_t at, uint32_t bytes, uint64_t mask, uint64_t value) {
  for (int polls = 0; polls < POLLS_MOST; polls++) {
    if ((read_register(b, n, at, bytes) & mask) == value) return VTD_OK;
    b->host->pause(b->host->ctx);
  }
  return VTD_TIMEOUT;
}

// One command a write, built from GSTS (S§11.4.4).
static int command(const struct vtd_boot *b, uint32_t n, uint32_t set, uint32_t clear, uint32_t mask, uint32_t value) {
  const uint32_t now = (uint32_t)read_register(b, n, GSTS, 4) & ONE_SHOT_MASK;
  b->host->mmio_write(b->host->ctx, n, GCMD, (now | set) & ~clear, 4);
  return wait(b, n, GSTS, 4, mask, value);
}

static int invalidate(const struct vtd_boot *b, uint32_t n, uint32_t at, uint64_t what) {
  b->host->mmio_write(b->host->ctx, n, at, START | what, 8);
  return wait(b, n, at, 8, START, 0);
}

static int commit_unit(struct vtd_boot *b, uint32_t n) {
  const struct unit *u = &b->unit[n];
  const struct vtd_host *h = b->host;
  const uint32_t iotlb = (uint32_t)(u->ecap >> 8 & 0x3ff) * 16 + 8;
  int status = VTD_OK;
  h->barrier(h->ctx);
  // The old owner's queue is in old memory and register-based invalidation needs it off (S§6.5.2).
  if ((read_register(b, n, GSTS, 4) & QIE) != 0) {
    status = wait(b, n, IQH, 8, 0x7fff0, read_register(b, n, IQT, 8) & 0x7fff0);
    if (status != VTD_OK) return VTD_QUEUE_ERROR;
    status = command(b, n, 0, QIE, QIE, 0);
  }
  if (status == VTD_OK && (u->cap >> 4 & 1) != 0) status = command(b, n, WBF, 0, WBF, 0);
  if (status != VTD_OK) return status;
  h->mmio_write(h->ctx, n, RTADDR, physical(b, u->root), 8);
  status = command(b, n, RTP, 0, RTP, RTP);
  // Context cache first: an entry there supplies the id that tags what the IOTLB caches next (S§6.2.2.1).
  if (status == VTD_OK) status = invalidate(b, n, CCMD, 1ull << 61);
  if (status == VTD_OK) status = invalidate(b, n, iotlb, 1ull << 60 | 3ull << 48);  // global, draining both
  return status;
}

static int commit(struct vtd_boot *b) {
  if (b->platform->unit_count > 0 && b->unit[0].root == NULL) return VTD_WRONG_STATE;
  for (uint32_t n = 0; n < b->platform->unit_count; n++) {
    const int status = commit_unit(b, n);
    if (status != VTD_OK) return status;
  }
  return VTD_OK;
}

// --- boot ------------------------------------------------------------------------------------------------------------

// Reads a unit's state; names what keeps it from being taken over.
static int survey(struct vtd_boot *b, uint32_t n) {
  struct unit *u = &b->unit[n];
  u->cap = read_register(b, n, CAP, 8);
  u->ecap = read_register(b, n, ECAP, 8);
  u->old_root = read_register(b, n, RTADDR, 8);
  const uint32_t status = (uint32_t)read_register(b, n, GSTS, 4);
  if ((status & (TE | RTP)) != (TE | RTP)) return VTD_NOT_ENABLED;
  if ((u->cap & 7) == 7 || (u->cap >> 8 & 0xe) == 0) return VTD_BAD_CAPABILITY;
  if ((read_register(b, n, VER, 4) >> 4 & 15) >= 6) return VTD_BAD_CAPABILITY;  // no register-based invalidation (S§11.4.1)
  if ((u->old_root >> 10 & 3) != 0) return VTD_BAD_MODE;
  if ((status & WBF) != 0 || (read_register(b, n, CCMD, 8) & START) != 0) return VTD_BUSY;
  if ((status & QIE) != 0 && (read_register(b, n, FSTS, 4) & QUEUE_ERRORS) != 0) return VTD_QUEUE_ERROR;
  u->id_count = 1u << id_bits(u);
  if ((u->old_root & ADDRESS & beyond(b)) != 0 || why_not(b, u->old_root & ADDRESS) != FINE) return VTD_BAD_ROOT;
  return VTD_OK;
}

static int boot(const struct vtd_host *host, const struct vtd_platform *platform, struct vtd_boot **out) {
  if (host->abi != VTD_ABI || platform->abi != VTD_ABI || platform->unit_count > UNITS_MOST) return VTD_BAD_ARGUMENT;
  struct vtd_boot *b = host->alloc(host->ctx, VTD_ZEROED);
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

static void shutdown(struct vtd_boot *b) {
  give_all_back(b);
  b->host->free(b->host->ctx, b);
}

static void reset(void) {}

// --- what it says of itself ------------------------------------------------------------------------------------------

static int audit(struct vtd_boot *b) {
  (void)b;  // hazards of context entries were found while copying; page tables are not looked at
  return VTD_OK;
}

static int report(struct vtd_boot *b, struct vtd_report *r) {
  r->strategy = VTD_SHALLOW;
  r->findings = b->finding_count;
  r->root_tables = b->platform->unit_count;
  r->context_tables = b->context_tables;
  r->pages_used = b->pages + 1;
  r->old_pages_read = b->old_pages;
  return VTD_OK;
}

static int finding(struct vtd_boot *b, uint32_t index, struct vtd_finding *out) {
  const struct findings *f = b->first;
  for (; f != NULL && index >= f->count; f = f->next) index -= (uint32_t)f->count;
  if (f == NULL) return VTD_BAD_ARGUMENT;
  *out = f->finding[index];
  return VTD_OK;
}

static uint64_t root(struct vtd_boot *b, uint32_t n) { return b->unit[n].root == NULL ? 0 : physical(b, b->unit[n].root); }

static uint32_t domain_ids(struct vtd_boot *b, uint32_t n, uint64_t *words, uint32_t count) {
  for (uint32_t i = 0; i < count && i < 1024; i++) words[i] = b->unit[n].ids[i / 512][i % 512];
  return b->unit[n].id_count;
}

// --- not offered -----------------------------------------------------------------------------------------------------

static int no_attach(struct vtd_boot *b, uint32_t n, uint32_t source, struct vtd_domain *d) { return (void)b, (void)n, (void)source, (void)d, VTD_UNSUPPORTED; }
static int no_device(struct vtd_boot *b, uint32_t n, uint32_t source) { return (void)b, (void)n, (void)source, VTD_UNSUPPORTED; }
static int no_map(struct vtd_boot *b, uint32_t d, uint64_t iova, uint64_t pa, uint64_t bytes, uint32_t access) {
  return (void)b, (void)d, (void)iova, (void)pa, (void)bytes, (void)access, VTD_UNSUPPORTED;
}
static int no_unmap(struct vtd_boot *b, uint32_t d, uint64_t iova, uint64_t bytes) { return (void)b, (void)d, (void)iova, (void)bytes, VTD_UNSUPPORTED; }
static int no_iova(struct vtd_boot *b, uint32_t d, uint64_t bytes, uint64_t alignment, uint64_t limit, uint64_t *iova) {
  return (void)b, (void)d, (void)bytes, (void)alignment, (void)limit, (void)iova, VTD_UNSUPPORTED;
}
static int no_range(struct vtd_boot *b, uint32_t d, uint64_t iova, struct vtd_iova_range *r) { return (void)b, (void)d, (void)iova, (void)r, VTD_UNSUPPORTED; }

const struct vtd_engine *vtd_engine_get(void) {
  static const struct vtd_engine engine = {
      VTD_ABI, sizeof(struct vtd_engine), "example", VTD_FEATURE_SHALLOW | VTD_FEATURE_MANY_UNITS, 0,
      boot, copy, commit, audit, report, finding, root, domain_ids,
      no_attach, no_device, no_device, no_device, no_map, no_unmap, no_iova, no_range,
      shutdown, reset,
  };
  return &engine;
}
