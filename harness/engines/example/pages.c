// SPDX-License-Identifier: Apache-2.0 OR MIT
// Memory of the example engine: pages of the host, all of them in a ledger.
#include "harness/engines/example/example.h"

#include <string.h>

void* example_take(struct vtd_boot* b) {
  const struct vtd_host* h = b->host;
  if (b->ledger == NULL || b->ledger->count == PAGES_A_LEDGER) {
    struct ledger* l = h->alloc(h->ctx, VTD_ZEROED);
    if (l == NULL) return NULL;
    l->next = b->ledger;
    b->ledger = l;
    b->pages++;
  }
  void* page = h->alloc(h->ctx, VTD_ZEROED);
  if (page == NULL) return NULL;
  b->ledger->page[b->ledger->count++] = page;
  b->pages++;
  return page;
}

void example_give_all_back(struct vtd_boot* b) {
  const struct vtd_host* h = b->host;
  while (b->ledger != NULL) {
    struct ledger* l = b->ledger;
    b->ledger = l->next;
    while (l->count > 0) h->free(h->ctx, l->page[--l->count]);
    h->free(h->ctx, l);
  }
  b->first = b->last = NULL;
  b->finding_count = 0;
  b->pages = b->old_pages = b->context_tables = 0;
  for (uint32_t u = 0; u < b->platform->unit_count; u++) b->unit[u].root = NULL;
}

uint64_t example_physical(const struct vtd_boot* b, const void* page) {
  return (uint64_t)(uintptr_t)page - b->host->linear_base;
}

// Fills a page of ours with a page of old memory. The copy is all that is looked at later: old memory may change at any
// time.
int example_fetch(struct vtd_boot* b, void* copy, uint64_t pa) {
  const struct vtd_host* h = b->host;
  const void* old = h->map_old(h->ctx, pa, VTD_PAGE_BYTES);
  if (old == NULL) return 0;
  memcpy(copy, old, VTD_PAGE_BYTES);
  h->unmap_old(h->ctx, old, VTD_PAGE_BYTES);
  b->old_pages++;
  return 1;
}

int example_add(struct vtd_boot* b, struct vtd_finding finding) {
  if (b->last == NULL || b->last->count == FINDINGS_A_PAGE) {
    struct findings* f = example_take(b);
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
