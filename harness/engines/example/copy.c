// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copying root and context tables, trusting nothing. The copy is all that is looked at: old memory may change at any
// time.
#include "harness/engines/example/example.h"

// A table may lie in RAM of the old map only. Answers 1 and the reason when it must not be followed.
int example_table_is_unsafe(const struct vtd_boot* b, uint64_t page, uint32_t* reason) {
  const struct vtd_platform* p = b->platform;
  const uint64_t last = page + VTD_PAGE_BYTES - 1;
  if (page >= 0xfee00000u && page <= 0xfeefffffu) return *reason = VTD_IN_INTERRUPT_RANGE, 1;  // S§3.14
  for (uint32_t i = 0; i < p->crash_count; i++) {
    if (page <= p->crash[i].last && last >= p->crash[i].first) return *reason = VTD_IN_CRASH_MEMORY, 1;
  }
  uint64_t known = 0;
  int ram = 1, begins = 0;
  for (uint32_t i = 0; i < p->memory_count; i++) {
    const struct vtd_range* r = &p->memory[i];
    if (page > r->last || last < r->first) continue;
    known += (last < r->last ? last : r->last) - (page > r->first ? page : r->first) + 1;
    ram &= r->kind == VTD_RAM;
    begins |= page >= r->first;
  }
  *reason = begins ? VTD_NOT_OLD_RAM : VTD_HOLE;
  return known < VTD_PAGE_BYTES || !ram;
}

uint64_t example_beyond(const struct vtd_boot* b) { return ~0ull << b->platform->host_address_width; }
uint32_t example_id_bits(const struct unit* u) { return 4 + 2 * (uint32_t)(u->cap & 7); }

static int root_is_reserved(const struct vtd_boot* b, const struct entry* e) {
  return ((e->low & (0xffe | example_beyond(b))) | e->high) != 0;
}

static int context_is_reserved(const struct vtd_boot* b, const struct unit* u, const struct entry* e) {
  const uint64_t ids = ((1ull << example_id_bits(u)) - 1) << 8, allowed = ids | 0x7f;  // DID, AVAIL, AW
  return ((e->low & (0xff0 | example_beyond(b))) | (e->high & ~allowed)) != 0;
}

// AW in SAGAW and TT in ECAP, or hardware faults before it follows the pointer (S§9.3).
static int context_is_valid(const struct unit* u, const struct entry* e) {
  const uint64_t aw = e->high & 7, tt = e->low >> 2 & 3;
  const int width = aw >= 1 && aw <= 3 && (u->cap >> (8 + aw) & 1) != 0;
  return width && (tt == 0 || (tt == 1 && (u->ecap >> 2 & 1) != 0) || (tt == 2 && (u->ecap >> 6 & 1) != 0));
}

static int quarantine(struct vtd_boot* b, struct entry* e, uint64_t keep, struct vtd_finding finding) {
  finding.kind = VTD_QUARANTINED;
  finding.value = e->low;
  e->low &= keep;
  e->high = 0;
  return example_add(b, finding);
}

static int check_context(struct vtd_boot* b, uint32_t n, uint64_t old_table, uint32_t source, struct entry* e) {
  const struct vtd_host* h = b->host;
  struct unit* u = &b->unit[n];
  if ((e->low & 1) == 0 || context_is_reserved(b, u, e)) return VTD_OK;
  const uint32_t id = (uint32_t)(e->high >> 8 & 0xffff), tt = (uint32_t)(e->low >> 2 & 3);
  u->ids[id >> 15][(id & 0x7fff) / 64] |= 1ull << id % 64;
  struct vtd_finding f = {
      .unit = n, .level = 6, .source_id = source, .domain_id = id, .entry = old_table + 16 * (source & 255)};
  if (id == 0 && (u->cap >> 7 & 1) != 0) {  // CAP.CM: hardware uses id 0 for itself
    struct vtd_finding conflict = f;
    conflict.kind = VTD_CONFLICT;
    conflict.reason = VTD_ID_RESERVED;
    conflict.value = e->low;
    if (example_add(b, conflict) != VTD_OK) return VTD_NO_MEMORY;
  }
  if (!context_is_valid(u, e)) return VTD_OK;
  struct vtd_finding hazard = f;
  hazard.kind = VTD_HAZARD;
  hazard.value = e->low;
  hazard.reason = tt == 2 ? VTD_REACHES_EVERYTHING : VTD_BYPASSES_TABLES;
  if (tt == 2) return example_add(b, hazard);
  if (!example_table_is_unsafe(b, e->low & ADDRESS, &f.reason)) {
    const void* probe = h->map_old(h->ctx, e->low & ADDRESS, 8);
    if (probe != NULL) {
      h->unmap_old(h->ctx, probe, 8);
      return tt == 0 ? VTD_OK : example_add(b, hazard);
    }
    f.reason = VTD_UNREADABLE;
  }
  return quarantine(b, e, 2 /* FPD */, f);
}

static int copy_context_table(struct vtd_boot* b, uint32_t n, uint32_t bus, struct entry* root_entry) {
  struct tables* t = b->unit[n].tables;
  struct vtd_finding f = {
      .unit = n, .level = 7, .source_id = bus << 8, .entry = (b->unit[n].old_root & ADDRESS) + 16 * bus};
  const uint64_t old = root_entry->low & ADDRESS;
  for (uint32_t i = 0; i < bus; i++) {
    if (t->copy[i] == 0 || t->old[i] != old) continue;
    t->old[bus] = old;  // shared by two buses: one copy
    t->copy[bus] = t->copy[i];
    root_entry->low = t->copy[i] | 1;
    return VTD_OK;
  }
  if (example_table_is_unsafe(b, old, &f.reason)) return quarantine(b, root_entry, 0, f);
  struct entry* copy = example_take(b);
  if (copy == NULL) return VTD_NO_MEMORY;
  if (!example_fetch(b, copy, old)) {
    f.reason = VTD_UNREADABLE;
    return quarantine(b, root_entry, 0, f);
  }
  t->old[bus] = old;
  t->copy[bus] = example_physical(b, copy);
  b->context_tables++;
  for (uint32_t i = 0; i < ENTRIES; i++) {
    if (check_context(b, n, old, bus << 8 | i, &copy[i]) != VTD_OK) return VTD_NO_MEMORY;
  }
  b->host->flush(b->host->ctx, copy, VTD_PAGE_BYTES);
  root_entry->low = t->copy[bus] | 1;
  return VTD_OK;
}

static int copy_unit(struct vtd_boot* b, uint32_t n) {
  struct unit* u = &b->unit[n];
  u->tables = example_take(b);
  u->root = example_take(b);
  u->ids[0] = example_take(b);
  u->ids[1] = example_take(b);
  if (u->tables == NULL || u->root == NULL || u->ids[0] == NULL || u->ids[1] == NULL) return VTD_NO_MEMORY;
  if (!example_fetch(b, u->root, u->old_root & ADDRESS)) return VTD_BAD_ROOT;
  if ((u->cap >> 7 & 1) != 0) u->ids[0][0] |= 1;  // CAP.CM: id 0 tags cached faults (S§6.1)
  for (uint32_t bus = 0; bus < ENTRIES; bus++) {
    struct entry* e = &u->root[bus];
    if ((e->low & 1) == 0 || root_is_reserved(b, e)) continue;
    if (copy_context_table(b, n, bus, e) != VTD_OK) return VTD_NO_MEMORY;
  }
  b->host->flush(b->host->ctx, u->root, VTD_PAGE_BYTES);
  return VTD_OK;
}

int example_copy(struct vtd_boot* b) {
  if (b->copied) return VTD_WRONG_STATE;
  for (uint32_t n = 0; n < b->platform->unit_count; n++) {
    const int status = copy_unit(b, n);
    if (status == VTD_OK) continue;
    example_give_all_back(b);
    return status;
  }
  b->copied = 1;
  return VTD_OK;
}
