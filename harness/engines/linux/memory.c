/* SPDX-License-Identifier: GPL-2.0-only */
// The kernel's allocators over the host's pages, and its view of physical memory.
//
// Every object has a page of its own, and what it does not fill is poisoned. Objects of several pages are contiguous in
// the kernel's eyes only: their pages come from the host, which may refuse them and counts them, while their contents
// lie in a window. (The driver keeps bitmaps there, whose physical addresses nobody wants.)
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "harness/engines/linux/adapter.h"

enum { PAGES_MOST = 1 << 19, WINDOW_PAGES = 1 << 12, CACHES = 8 };

// Kept over a reboot, which empties them by hand: they are large and mostly untouched.
static VTD_KEPT struct page* pages;          /* of the reservation */
static VTD_KEPT u8* is_held;                 /* by page of the reservation */
static VTD_KEPT char* window;                /* where large objects lie */
static VTD_KEPT void** window_page;          /* by page of the window: the host's page behind it */
static VTD_KEPT unsigned long pages_touched; /* no page from here on was ever held */

static u64 first, reserved_pages; /* of the reservation */
static u64 held, old_pages, last_refused;
static const u64* old_root;  // the outermost window into old memory
static u32 windows_open;
static unsigned long window_used;

unsigned long page_offset_base, vmemmap_base, vmalloc_base;

// --- physical memory -------------------------------------------------------------------------------------------------

void vtd_memory_boot(void) {
  const struct vtd_range* crash = vtd_boot_state.platform->crash;

  if (!pages) {
    pages = vtd_room(PAGES_MOST * sizeof(struct page));
    is_held = vtd_room(PAGES_MOST);
    window = vtd_room(WINDOW_PAGES * PAGE_SIZE);
    window_page = vtd_room(WINDOW_PAGES * sizeof(void*));
  }
  first = crash->first;
  reserved_pages = (crash->last - crash->first + 1) / PAGE_SIZE;
  page_offset_base = vtd_host->linear_base;
  vmemmap_base = (unsigned long)pages - first / PAGE_SIZE * sizeof(struct page);
}

void vtd_memory_reset(void) {
  memset(is_held, 0, pages_touched);
  pages_touched = 0;
  vtd_unpoison(window, window_used * PAGE_SIZE);
}

static bool is_linear(unsigned long address) { return address - page_offset_base - first < reserved_pages * PAGE_SIZE; }

unsigned long __phys_addr(unsigned long address) {
  if (!is_linear(address))
    vtd_host->fatal(vtd_host->ctx, "the physical address of something outside of the linear map", __FILE__, __LINE__);
  return address - page_offset_base;
}

// --- pages -----------------------------------------------------------------------------------------------------------

static void* take_page(gfp_t flags) {
  void* page = vtd_host->alloc(vtd_host->ctx, flags & __GFP_ZERO ? VTD_ZEROED : 0);
  struct page* described;
  u64 number;

  if (!page) return NULL;
  described = virt_to_page(page);
  memset(described, 0, sizeof(*described));
  set_page_count(described, 1);
  number = ((u64)page - page_offset_base - first) / PAGE_SIZE;
  is_held[number] = 1;
  if (pages_touched <= number) pages_touched = number + 1;
  held++;
  return page;
}

static void give_back(void* page) {
  const u64 number = ((u64)page - page_offset_base - first) / PAGE_SIZE;

  if (is_linear((unsigned long)page) && is_held[number]) {
    is_held[number] = 0;
    held--;
  }
  /* What was not held the host complains of. */
  vtd_host->free(vtd_host->ctx, page);
}

u64 vtd_pages_held(void) { return held; }

void vtd_free_everything(void) {
  u64 number;

  for (number = 0; number < pages_touched; number++) {
    if (is_held[number]) give_back((void*)(page_offset_base + first + number * PAGE_SIZE));
  }
}

// --- objects ---------------------------------------------------------------------------------------------------------

static void* take_large(size_t bytes, gfp_t flags) {
  const unsigned long start = window_used, count = (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
  unsigned long i;

  if (start + count + 1 > WINDOW_PAGES) vtd_host->fatal(vtd_host->ctx, "too many large objects", __FILE__, __LINE__);
  for (i = start; i < start + count; i++) {
    window_page[i] = take_page(flags & ~__GFP_ZERO);
    if (window_page[i]) continue;
    while (i-- > start) give_back(window_page[i]);
    return NULL;
  }
  window_page[i] = NULL; /* the end of the object, and a page that nobody may touch */
  window_used = i + 1;
  if (flags & __GFP_ZERO) memset(window + start * PAGE_SIZE, 0, count * PAGE_SIZE);
  vtd_poison(window + start * PAGE_SIZE + bytes, (count + 1) * PAGE_SIZE - bytes);
  return window + start * PAGE_SIZE;
}

static void free_large(const char* object) {
  unsigned long i = (object - window) / PAGE_SIZE;

  for (; window_page[i]; i++) {
    give_back(window_page[i]);
    window_page[i] = NULL;
    vtd_poison(window + i * PAGE_SIZE, PAGE_SIZE);
  }
}

static __always_inline void* take(size_t bytes, gfp_t flags) {
  void* object;

  VTD_ON_BEHALF_OF_CALLER();
  if (bytes == 0) return ZERO_SIZE_PTR;
  if (bytes > PAGE_SIZE) return take_large(bytes, flags);
  object = take_page(flags);
  if (object) vtd_poison(object + bytes, PAGE_SIZE - bytes);
  return object;
}

void kfree(const void* object) {
  if (ZERO_OR_NULL_PTR(object)) return;
  VTD_ON_BEHALF_OF_CALLER();
  if ((char*)object >= window && (char*)object < window + WINDOW_PAGES * PAGE_SIZE)
    free_large(object);
  else
    give_back((void*)object);
}

void* __kmalloc_node_noprof(size_t bytes, gfp_t flags, int node) { return take(bytes, flags); }

// Constructors run whenever an object is given out.
struct kmem_cache {
  unsigned int bytes;
  void (*construct)(void*);
};
static struct kmem_cache caches[CACHES];

static struct kmem_cache* new_cache(unsigned int bytes, void (*construct)(void*)) {
  int i;

  for (i = 0; i < CACHES; i++) {
    if (caches[i].bytes) continue;
    caches[i] = (struct kmem_cache){bytes, construct};
    return &caches[i];
  }
  return NULL;
}

static __always_inline void* take_from(struct kmem_cache* cache, gfp_t flags) {
  void* object = take(cache->bytes, flags);

  if (object && cache->construct) cache->construct(object);
  return object;
}

void kmem_cache_free(struct kmem_cache* cache, void* object) { kfree(object); }

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
void* __kmalloc(size_t bytes, gfp_t flags) { return take(bytes, flags); }
void* __kmalloc_node(size_t bytes, gfp_t flags, int node) { return take(bytes, flags); }
void* kmalloc_large(size_t bytes, gfp_t flags) { return take(bytes, flags); }
void* kmalloc_trace(struct kmem_cache* cache, gfp_t flags, size_t bytes) { return take(bytes, flags); }
void* kmem_cache_alloc(struct kmem_cache* cache, gfp_t flags) { return take_from(cache, flags); }
void* kmem_cache_alloc_lru(struct kmem_cache* cache, struct list_lru* lru, gfp_t flags) {
  return take_from(cache, flags);
}
struct kmem_cache* kmem_cache_create(const char* name, unsigned int bytes, unsigned int align, slab_flags_t flags,
                                     void (*construct)(void*)) {
  return new_cache(bytes, construct);
}
struct kmem_cache* kmalloc_caches[NR_KMALLOC_TYPES][KMALLOC_SHIFT_HIGH + 1];
#else
void* __kmalloc_noprof(size_t bytes, gfp_t flags) { return take(bytes, flags); }
void* __kmalloc_large_noprof(size_t bytes, gfp_t flags) { return take(bytes, flags); }
void* __kmalloc_cache_noprof(struct kmem_cache* cache, gfp_t flags, size_t bytes) { return take(bytes, flags); }
void* kmem_cache_alloc_noprof(struct kmem_cache* cache, gfp_t flags) { return take_from(cache, flags); }
void* kmem_cache_alloc_lru_noprof(struct kmem_cache* cache, struct list_lru* lru, gfp_t flags) {
  return take_from(cache, flags);
}
struct kmem_cache* __kmem_cache_create_args(const char* name, unsigned int bytes, struct kmem_cache_args* args,
                                            slab_flags_t flags) {
  return new_cache(bytes, args->ctor);
}
kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];
#endif

// --- the page allocator ----------------------------------------------------------------------------------------------

// The host has no pages in a row: what needs them (a queue of 256-bit descriptors) goes without.
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
struct page* __alloc_pages(gfp_t flags, unsigned int order, int node, nodemask_t* mask)
#else
struct page* __alloc_pages_noprof(gfp_t flags, unsigned int order, int node, nodemask_t* mask)
#endif
{
  void* page;

  VTD_ON_BEHALF_OF_CALLER();
  page = order == 0 ? take_page(flags) : NULL;
  return page ? virt_to_page(page) : NULL;
}

void free_pages(unsigned long address, unsigned int order) {
  if (!address) return;
  VTD_ON_BEHALF_OF_CALLER();
  give_back((void*)address);
}

void __free_pages(struct page* page, unsigned int order) {
  VTD_ON_BEHALF_OF_CALLER();
  give_back(page_address(page));
}

void __folio_put(struct folio* folio) {
  VTD_ON_BEHALF_OF_CALLER();
  give_back(page_address(&folio->page));
}

void put_pages_list(struct list_head* list) {
  struct page *page, *next;

  VTD_ON_BEHALF_OF_CALLER();
  list_for_each_entry_safe(page, next, list, lru) {
    list_del(&page->lru);
    give_back(page_address(page));
  }
}

// --- memory of the dead kernel ---------------------------------------------------------------------------------------

u64 vtd_old_pages_read(void) { return old_pages; }
u64 vtd_last_refused(void) { return last_refused; }

// For the report, after the driver has read the entry: this is not the driver's load.
__attribute__((no_sanitize("coverage", "address"))) struct vtd_old_entry vtd_old_root_entry(u32 bus) {
  return (struct vtd_old_entry){old_root[2 * bus], old_root[2 * bus + 1]};
}

// What no processor can address is refused here (the host address width stands for the processor's); the rest is asked
// of the host, whatever lies there: the driver looks at nothing first.
void* memremap(resource_size_t pa, size_t bytes, unsigned long flags) {
  const void* mapped = NULL;

  VTD_ON_BEHALF_OF_CALLER();
  if (pa >> vtd_boot_state.platform->host_address_width == 0) mapped = vtd_host->map_old(vtd_host->ctx, pa, bytes);
  last_refused = mapped ? ~0ull : pa;
  if (mapped && windows_open++ == 0) old_root = mapped;
  old_pages += mapped != NULL;
  return (void*)mapped;
}

void memunmap(void* mapped) {
  windows_open--;
  VTD_ON_BEHALF_OF_CALLER();
  vtd_host->unmap_old(vtd_host->ctx, mapped, PAGE_SIZE);
}

void clflush_cache_range(void* start, unsigned int bytes) {
  VTD_ON_BEHALF_OF_CALLER();
  vtd_host->flush(vtd_host->ctx, start, bytes);
}
