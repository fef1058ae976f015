/* SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 * The interface that every takeover engine implements: ours, the Linux kernel's, a stranger's.
 *
 * An engine is one exported getter, `vtd_engine_get`. It is linked in or loaded with dlopen.
 * C, fixed-size integers, `abi` and `size` first in every struct, so that an engine built against an older header is
 * recognised. Addresses are in bytes unless a name says otherwise. "Physical" is a host physical address.
 * Section numbers (S§) are those of the Intel VT-d architecture specification, revision 5.10.
 *
 * Rules for the engine
 *  - Memory belongs to the host. New memory comes from `alloc` (engine-private objects too) and every call may be
 * refused. Old memory is read only through `map_old`, which may refuse; registers only through
 * `mmio_read`/`mmio_write`.
 *  - An engine never answers with pointers to tables, only with physical addresses and copied words.
 *  - Errors are the codes below; `event` counts and goes on; `fatal` never returns. `reset` is a reboot, legal after
 * `fatal`.
 *  - A call made wrongly - out of order, of a unit, source-id, domain or finding that does not exist, `boot`
 *    without a host, platform or answer or with one of another version or size - is refused before the host is
 *    asked for anything. A `commit` that failed is not tried again. That there is room for every other answer,
 *    and one boot at a time, is the host's part.
 *  - VTD_OK may not hide a partial copy: what is missing is in the findings.
 *  - One thread. A boot lasts from `boot` to `shutdown` or `reset`.
 */
#ifndef VTD_ENGINE_TAKEOVER_H
#define VTD_ENGINE_TAKEOVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VTD_ABI 1u
#define VTD_PAGE_BYTES 4096u
#define VTD_NO_SOURCE 0xffffffffu

/* What a call answers. Zero is success, everything else leaves a reason. */
enum vtd_status {
  VTD_OK = 0,
  VTD_NO_MEMORY = -1,      /* the host refused a page; everything taken by this call was given back */
  VTD_BAD_ARGUMENT = -2,   /* misaligned, empty, beyond the domain's width, unknown handle */
  VTD_NOT_ENABLED = -3,    /* GSTS.TES or GSTS.RTPS is clear: there is nothing to take over */
  VTD_BAD_MODE = -4,       /* RTADDR.TTM names a mode this engine does not take over */
  VTD_BAD_ROOT = -5,       /* the root table is not in readable old RAM */
  VTD_BAD_CAPABILITY = -6, /* CAP or ECAP has a reserved or unusable value */
  VTD_BUSY = -7,           /* a command of the old owner is still pending */
  VTD_QUEUE_ERROR = -8,    /* the old invalidation queue does not drain or stop, or ours has stopped */
  VTD_TIMEOUT = -9,        /* a command was not acknowledged: stuck or locked registers */
  VTD_WRONG_STATE = -10,   /* calls in the wrong order */
  VTD_NO_DEVICE = -11,     /* the device is not attached */
  VTD_EXISTS = -12,        /* attached already, or the range overlaps a legacy or new mapping */
  VTD_NOT_MAPPED = -13,    /* unmap of something map did not make */
  VTD_PASS_THROUGH = -14,  /* the domain has no tables: input equals output */
  VTD_NO_DOMAIN_ID = -15,  /* every id of the unit is in use or reserved */
  VTD_UNSUPPORTED = -16    /* the engine does not implement this call */
};

enum vtd_strategy {
  VTD_DEEP = 0,    /* every table is copied */
  VTD_SHALLOW = 1, /* root and context tables are copied; a domain's page tables when its first device attaches */
  VTD_AUTO = 2     /* deep when it fits into crash memory, shallow otherwise */
};

enum vtd_memory_kind { VTD_RAM = 0, VTD_RESERVED = 1, VTD_MMIO = 2, VTD_ACPI = 3 };

/* Physical range, inclusive at both ends like /proc/iomem, so that the last byte of the address space can be named. */
struct vtd_range {
  uint64_t first, last;
  uint32_t kind; /* enum vtd_memory_kind */
  uint32_t zero;
};

/* A range that firmware wants identity-mapped for one device (RMRR, S§8.4). */
struct vtd_reserved_region {
  uint64_t first, last; /* inclusive */
  uint32_t unit, source_id;
};

/* What the crash kernel knows at boot: ACPI, the old kernel's memory map, its own reservation. */
struct vtd_platform {
  uint32_t abi, size;
  uint32_t host_address_width; /* bits: the DMAR table's field plus one; 13 to 52 */
  uint32_t strategy;           /* enum vtd_strategy */
  uint32_t unit_count;         /* units are numbered from 0 in mmio_read/mmio_write */
  uint32_t memory_count;       /* the *old* kernel's map, sorted, disjoint; what is in no range is a hole */
  const struct vtd_range* memory;
  const struct vtd_range* crash; /* the crash reservation, in whole pages: never old memory, whatever the map says */
  uint32_t crash_count;
  uint32_t reserved_count;
  const struct vtd_reserved_region* reserved;
};

enum vtd_alloc_flags { VTD_ZEROED = 1 }; /* without it the contents are arbitrary */

/* What the engine may ask of its surroundings. */
struct vtd_host {
  uint32_t abi, size;
  void* ctx;
  uint64_t linear_base; /* the virtual address of everything from alloc is its physical address plus this */
  /* One 4 KiB page of crash memory, aligned; NULL when refused. */
  void* (*alloc)(void* ctx, uint32_t flags);
  void (*free)(void* ctx, void* page);
  /* [pa, pa+bytes) of old memory, read-only, within one page; NULL when refused. Unmapped with the same pointer. */
  const void* (*map_old)(void* ctx, uint64_t pa, uint64_t bytes);
  void (*unmap_old)(void* ctx, const void* mapped, uint64_t bytes);
  uint64_t (*mmio_read)(void* ctx, uint32_t unit, uint32_t offset, uint32_t width_bytes);
  void (*mmio_write)(void* ctx, uint32_t unit, uint32_t offset, uint64_t value, uint32_t width_bytes);
  void (*flush)(void* ctx, const void* start, uint64_t bytes); /* CLFLUSH of every line touched: needed when ECAP.C=0 */
  void (*barrier)(void* ctx);                                  /* earlier stores are visible before later ones */
  void (*pause)(void* ctx); /* once per turn of every polling loop; hardware gets time */
  void (*event)(void* ctx, uint32_t kind, uint64_t detail, const char* file, int line); /* counted; goes on */
  void (*fatal)(void* ctx, const char* what, const char* file, int line);               /* never returns */
  /* The next of these calls is made for that code address: shims around foreign code name who asked them. Optional. */
  void (*on_behalf_of)(void* ctx, const void* code);
};

enum vtd_finding_kind {
  VTD_QUARANTINED = 0,      /* an old entry that could not be kept safely; not-present in the copy */
  VTD_HAZARD = 1,           /* a legal translation that endangers the crash kernel; kept */
  VTD_CONFLICT = 2,         /* domain-ids used against S§6.2 table rules; kept */
  VTD_RESERVED_UNMAPPED = 3 /* a reserved region that the old tables do not identity-map read-write */
};
enum vtd_reason {
  VTD_HOLE = 0,                /* quarantined: the pointer leads to no memory */
  VTD_NOT_OLD_RAM = 1,         /* quarantined: MMIO or another kind of range a table cannot live in */
  VTD_IN_CRASH_MEMORY = 2,     /* quarantined: the table lies in the crash reservation */
  VTD_IN_INTERRUPT_RANGE = 3,  /* quarantined: the table lies in FEEx_xxxx */
  VTD_UNREADABLE = 4,          /* quarantined: map_old refused the page */
  VTD_COVERS_CRASH_MEMORY = 5, /* hazard: a writable leaf reaches the crash reservation */
  VTD_COVERS_REGISTERS = 6,    /* hazard: a writable leaf reaches MMIO, a remapping unit's own registers included */
  VTD_REACHES_EVERYTHING = 7,  /* hazard: pass-through (TT=10b) */
  VTD_BYPASSES_TABLES = 8,     /* hazard: translated requests are allowed (TT=01b) */
  VTD_ID_TWO_TABLES = 9,       /* conflict: one id, two second-stage tables */
  VTD_ID_TWO_WIDTHS = 10,      /* conflict: one id and table, two address widths */
  VTD_ID_RESERVED = 11,        /* conflict: id 0 with CAP.CM=1 */
  VTD_REGION_UNMAPPED = 12     /* a reserved region is not identity-mapped */
};

/* One thing a person should know. `level`: 7 root entry, 6 context entry, 5..1 paging entry of that level, 0 none. */
struct vtd_finding {
  uint32_t abi, size;
  uint32_t kind, reason; /* enum vtd_finding_kind, enum vtd_reason */
  uint32_t unit, level;
  uint32_t source_id; /* bus<<8 | devfn of one device concerned, or VTD_NO_SOURCE */
  uint32_t domain_id; /* conflicts and quarantined context entries: the id */
  uint64_t entry;     /* physical address of the old entry concerned; 0 if none */
  uint64_t value;     /* its low qword; for reserved regions the first address */
};

struct vtd_report {
  uint32_t abi, size;
  uint32_t strategy; /* what auto chose; what was asked for until a copy has succeeded */
  uint32_t findings;
  uint64_t root_tables, context_tables; /* copied, distinct per unit */
  uint64_t paging_tables[6];            /* copied, [1]..[5] by level */
  uint64_t pages_used;                  /* taken from alloc and not freed */
  uint64_t old_pages_read;
};

enum vtd_domain_kind { VTD_ADOPTED = 0, VTD_NEW = 1, VTD_IDENTITY = 2 /* a pass-through context, kept */ };

struct vtd_domain {
  uint32_t abi, size;
  uint32_t handle, kind; /* kind: enum vtd_domain_kind */
  uint32_t unit, domain_id;
  uint32_t width;   /* the AW code of the context entry, S§9.3 */
  uint32_t devices; /* attached now */
  uint64_t table;   /* physical address of the top table; 0 for VTD_IDENTITY */
};

enum vtd_access { VTD_READ = 1, VTD_WRITE = 2 };

/* One maximal run of IOVAs that is in use. */
struct vtd_iova_range {
  uint32_t abi, size;
  uint64_t first, last; /* inclusive */
  uint32_t legacy;      /* 1: came from the old kernel, 0: made by map */
  uint32_t zero;
};

struct vtd_boot; /* the engine's own; opaque to the host */

enum vtd_features { VTD_FEATURE_ADOPTS = 1, VTD_FEATURE_DEEP = 2, VTD_FEATURE_SHALLOW = 4, VTD_FEATURE_MANY_UNITS = 8 };

struct vtd_engine {
  uint32_t abi, size;
  const char* name;
  uint32_t features; /* enum vtd_features; a harness skips what an engine does not claim, and it may be NULL below */
  uint32_t zero;

  /* Reads the units' state and refuses what cannot be taken over. Writes no register. What `host` and `platform` point
     to stays in place until shutdown or reset. */
  int (*boot)(const struct vtd_host* host, const struct vtd_platform* platform, struct vtd_boot** boot);
  /* Copies and validates tables. Writes no register. On failure every page has been given back. */
  int (*copy)(struct vtd_boot*);
  /* Switches every unit to the copies and invalidates. Translation is never off. */
  int (*commit)(struct vtd_boot*);
  /* Looks for hazards and unmapped reserved regions in the tables now in use, and adds them to the findings. */
  int (*audit)(struct vtd_boot*);
  /* From boot on, with all zero that there is not yet. */
  int (*report)(struct vtd_boot*, struct vtd_report*);
  int (*finding)(struct vtd_boot*, uint32_t index, struct vtd_finding*);
  /* The root table the engine made for a unit; 0 before copy. */
  uint64_t (*root)(struct vtd_boot*, uint32_t unit);
  /* Copies the bitmap of ids that may not be given to a new domain, as far as there are words (0 and NULL will do);
     answers the number of ids the unit has, 0 for no unit. */
  uint32_t (*domain_ids)(struct vtd_boot*, uint32_t unit, uint64_t* words, uint32_t word_count);

  /* The crash kernel's life (VTD_FEATURE_ADOPTS). A device is a source-id under a unit. */
  int (*attach)(struct vtd_boot*, uint32_t unit, uint32_t source_id, struct vtd_domain*);
  int (*detach)(struct vtd_boot*, uint32_t unit, uint32_t source_id);
  /* The device is gone: like detach, but nothing is sent to its device-TLB. */
  int (*unplug)(struct vtd_boot*, uint32_t unit, uint32_t source_id);
  /* The driver has reset its device: the legacy mappings of its domain go when all the domain's devices have said so.
   */
  int (*hand_over)(struct vtd_boot*, uint32_t unit, uint32_t source_id);
  /* iova, pa and bytes are multiples of 4 KiB; the engine picks the largest pages that fit. All or nothing. Refused
     where it says of an IOVA what hardware does not do: FEE00000-FEEFFFFF are interrupts (S§3.14), for the device and
     behind the unit; and where pa lies beyond the host address width, or access has other bits than enum vtd_access. */
  int (*map)(struct vtd_boot*, uint32_t domain, uint64_t iova, uint64_t pa, uint64_t bytes, uint32_t access);
  int (*unmap)(struct vtd_boot*, uint32_t domain, uint64_t iova, uint64_t bytes);
  /* A free range of IOVAs, the highest below `limit`; never one that legacy mappings use. bytes are whole pages, the
     alignment is a power of two and a page at least. Old tables may have more gaps than an engine has time for: then
     VTD_EXISTS, though one may be free. */
  int (*find_iova)(struct vtd_boot*, uint32_t domain, uint64_t bytes, uint64_t alignment, uint64_t limit,
                   uint64_t* iova);
  /* The first range in use that ends at or after `iova`; VTD_NOT_MAPPED when there is none. */
  int (*next_range)(struct vtd_boot*, uint32_t domain, uint64_t iova, struct vtd_iova_range*);

  /* Frees everything. The tables must no longer be in use. */
  void (*shutdown)(struct vtd_boot*);
  /* Forgets everything without freeing: the machine rebooted, or the host is going to reclaim all memory. */
  void (*reset)(void);
};

const struct vtd_engine* vtd_engine_get(void);

#ifdef __cplusplus
}
#endif
#endif
