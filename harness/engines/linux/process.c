// SPDX-License-Identifier: GPL-2.0-only
// The part of the adapter that lives with the C library: address space, AddressSanitizer, and the reboot.
//
// The driver keeps its state in some dozens of variables (lists of units, ids in use, "warned once" marks). A reboot is
// this library's .data and .bss as they were when it was loaded, less what the sanitizers keep there.
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void* vtd_room(unsigned long bytes);
void vtd_remember_start(void);
void vtd_reboot(void);
void vtd_poison(const void* start, unsigned long bytes);
void vtd_unpoison(const void* start, unsigned long bytes);

__attribute__((weak)) void __asan_poison_memory_region(const volatile void* start, size_t bytes);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void* start, size_t bytes);

void vtd_poison(const void* start, unsigned long bytes) {
  if (__asan_poison_memory_region != NULL) __asan_poison_memory_region(start, bytes);
}
void vtd_unpoison(const void* start, unsigned long bytes) {
  if (__asan_unpoison_memory_region != NULL) __asan_unpoison_memory_region(start, bytes);
}

void* vtd_room(unsigned long bytes) {
  void* const room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED) return room;
  perror("engine linux: no address space");
  abort();
}

// --- reboot ----------------------------------------------------------------------------------------------------------

// Sections that have C names have symbols at both ends, given by the linker.
#define ENDS(section)                                                          \
  extern __attribute__((weak, visibility("hidden"))) char __start_##section[]; \
  extern __attribute__((weak, visibility("hidden"))) char __stop_##section[];
ENDS(__sancov_cntrs)
ENDS(__sancov_bools)
ENDS(__sancov_guards)
ENDS(vtd_kept)

enum { PIECES_MOST = 16, BLOCK = 256 };
struct piece {
  char *start, *end, *copy;
};
static struct piece pieces[PIECES_MOST] __attribute__((section("vtd_kept"))) = {{0}};
static size_t count __attribute__((section("vtd_kept"))) = 0;

static void add_piece(char* start, char* end) {
  if (start >= end) return;
  if (count == PIECES_MOST) abort();
  pieces[count++] = (struct piece){start, end, NULL};
}

// Takes [start, end) out of the pieces.
static void leave_out(char* start, char* end) {
  if (start == NULL || start == end) return;
  for (size_t i = 0, n = count; i < n; i++) {
    char* const last = pieces[i].end;
    if (end <= pieces[i].start || start >= last) continue;
    pieces[i].end = start < pieces[i].start ? pieces[i].start : start;
    add_piece(end, last);
  }
}

static int add_segments(struct dl_phdr_info* library, size_t size, void* unused) {
  (void)size, (void)unused;
  char* const base = (char*)library->dlpi_addr;
  const char* const mine = (const char*)pieces;
  int is_mine = 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)* const p = &library->dlpi_phdr[i];
    is_mine |= p->p_type == PT_LOAD && mine >= base + p->p_vaddr && mine < base + p->p_vaddr + p->p_memsz;
  }
  if (!is_mine) return 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)* const p = &library->dlpi_phdr[i];
    if (p->p_type == PT_LOAD && (p->p_flags & PF_W) != 0) add_piece(base + p->p_vaddr, base + p->p_vaddr + p->p_memsz);
  }
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)* const p = &library->dlpi_phdr[i];
    // Read-only since the dynamic linker was done, up to the end of its page.
    if (p->p_type == PT_GNU_RELRO)
      leave_out(base + p->p_vaddr, (char*)(((uintptr_t)base + p->p_vaddr + p->p_memsz + 4095) & ~(uintptr_t)4095));
  }
  return 1;
}

void vtd_remember_start(void) {
  if (count != 0) return;
  dl_iterate_phdr(add_segments, NULL);
  leave_out(__start___sancov_cntrs, __stop___sancov_cntrs);
  leave_out(__start___sancov_bools, __stop___sancov_bools);
  leave_out(__start___sancov_guards, __stop___sancov_guards);
  leave_out(__start_vtd_kept, __stop_vtd_kept);
  for (size_t i = 0; i < count; i++) {
    const size_t bytes = (size_t)(pieces[i].end - pieces[i].start);
    pieces[i].copy = vtd_room(bytes + 1);
    memcpy(pieces[i].copy, pieces[i].start, bytes);
  }
}

// Little has changed: looking is cheaper than storing.
void vtd_reboot(void) {
  for (size_t i = 0; i < count; i++) {
    const struct piece* const p = &pieces[i];
    const size_t bytes = (size_t)(p->end - p->start);
    for (size_t at = 0; at < bytes; at += BLOCK) {
      const size_t n = bytes - at < BLOCK ? bytes - at : BLOCK;
      if (memcmp(p->start + at, p->copy + at, n) != 0) memcpy(p->start + at, p->copy + at, n);
    }
  }
}
