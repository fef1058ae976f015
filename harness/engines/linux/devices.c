/* SPDX-License-Identifier: GPL-2.0-only */
// The crash kernel's drivers: what the IOMMU core and the DMA layer would ask of the driver's intel_iommu_ops.
//
// A device is probed and attached to a domain of its own, which is what the deferred attach comes to when its driver
// first maps something: the kernel does not adopt, it replaces. Which IOVAs are in use the DMA layer knows, and stands
// here as a sorted list.
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "drivers/iommu/intel/iommu.h"

#include "harness/engines/linux/adapter.h"

enum { RANGES_MOST = 60 };

struct mapping {
  u64 first, last;
};

struct emulated {
  struct list_head link;
  struct pci_bus bus;
  struct pci_sysdata sysdata;
  struct dev_iommu iommu;
  struct iommu_domain* domain;
  u32 unit, source_id, handle;
  u32 mappings;
  struct mapping mapping[RANGES_MOST]; /* sorted, disjoint */
  struct pci_dev device;
};

// Nobody is attached before the switch, so nobody is found.
static struct emulated* by_source(struct vtd_boot* boot, u32 unit, u32 source_id) {
  struct emulated* e;

  list_for_each_entry(e, &boot->devices, link) {
    if (e->unit == unit && e->source_id == source_id) return e;
  }
  return NULL;
}

static struct emulated* by_domain(struct vtd_boot* boot, u32 handle) {
  struct emulated* e;

  list_for_each_entry(e, &boot->devices, link) {
    if (e->handle == handle) return e;
  }
  return NULL;
}

static int status_of(int error) {
  switch (error) {
    case 0:
      return VTD_OK;
    case -ENOMEM:
      return VTD_NO_MEMORY;
    case -ENOSPC:
      return VTD_NO_DOMAIN_ID;
    default:
      return VTD_BAD_ARGUMENT;
  }
}

// --- attach and detach -----------------------------------------------------------------------------------------------

static struct emulated* new_device(u32 unit, u32 source_id) {
  struct emulated* e = kzalloc(sizeof(*e), GFP_KERNEL);

  BUILD_BUG_ON(sizeof(*e) > PAGE_SIZE);
  if (!e) return NULL;
  e->unit = unit;
  e->source_id = source_id;
  e->sysdata.domain = unit;
  e->bus.number = source_id >> 8;
  e->bus.sysdata = &e->sysdata;
  e->device.bus = &e->bus;
  e->device.devfn = source_id & 255;
  e->device.dev.bus = &pci_bus_type;
  e->device.dev.iommu = &e->iommu;
  return e;
}

static struct iommu_domain* new_domain(void) {
  struct iommu_domain* domain = intel_iommu_ops.domain_alloc(IOMMU_DOMAIN_DMA);

  if (!domain) return NULL;
  domain->type = IOMMU_DOMAIN_DMA;
  domain->ops = intel_iommu_ops.default_domain_ops;
  if (!domain->pgsize_bitmap) domain->pgsize_bitmap = intel_iommu_ops.pgsize_bitmap;
  return domain;
}

// Hardware's own view of the device's domain.
static void describe(struct vtd_boot* boot, const struct emulated* e, struct vtd_domain* out) {
  struct intel_iommu* iommu = boot->unit[e->unit];
  const struct context_entry* context;

  spin_lock(&iommu->lock);
  context = iommu_context_addr(iommu, e->source_id >> 8, e->source_id & 255, 0);
  spin_unlock(&iommu->lock);
  out->handle = e->handle;
  out->kind = VTD_NEW;
  out->unit = e->unit;
  out->domain_id = domain_id_iommu(to_dmar_domain(e->domain), iommu);
  out->width = context ? context->hi & 7 : 0;
  out->devices = 1;
  out->table = context ? context->lo & VTD_PAGE_MASK : 0;
}

static void release(struct emulated* e) {
  struct device* device = &e->device.dev;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
  intel_iommu_ops.release_domain->ops->attach_dev(intel_iommu_ops.release_domain, device);
  intel_iommu_ops.release_device(device);
#else
  /* This version dereferences the domain of a device that has none: the core never releases one. */
  if (dev_iommu_priv_get(device) && ((struct device_domain_info*)dev_iommu_priv_get(device))->domain)
    intel_iommu_ops.release_device(device);
  else
    kfree(dev_iommu_priv_get(device));
#endif
  if (e->domain) e->domain->ops->free(e->domain);
}

struct attach_arguments {
  u32 unit, source_id;
  struct vtd_domain* out;
};

static int attach(struct vtd_boot* boot, void* arguments) {
  const struct attach_arguments* a = arguments;
  struct emulated* e = new_device(a->unit, a->source_id);
  int error = -ENOMEM;

  if (!e) return VTD_NO_MEMORY;
  if (IS_ERR(intel_iommu_ops.probe_device(&e->device.dev))) {
    kfree(e);
    return VTD_NO_MEMORY;
  }
  e->domain = new_domain();
  if (e->domain) error = e->domain->ops->attach_dev(e->domain, &e->device.dev);
  if (error) {
    release(e);
    kfree(e);
    return status_of(error);
  }
  e->handle = ++boot->handles;
  list_add_tail(&e->link, &boot->devices);
  describe(boot, e, a->out);
  return VTD_OK;
}

int vtd_attach(struct vtd_boot* boot, u32 unit, u32 source_id, struct vtd_domain* out) {
  struct attach_arguments arguments = {unit, source_id, out};

  if (!boot->committed) return VTD_WRONG_STATE;
  if (unit >= boot->platform->unit_count || source_id > 0xffff) return VTD_BAD_ARGUMENT;
  return by_source(boot, unit, source_id) ? VTD_EXISTS : vtd_call_kernel(boot, attach, &arguments);
}

static int detach(struct vtd_boot* boot, void* arguments) {
  struct emulated* e = arguments;

  list_del(&e->link);
  release(e);
  kfree(e);
  return VTD_OK;
}

int vtd_detach(struct vtd_boot* boot, u32 unit, u32 source_id) {
  struct emulated* e = by_source(boot, unit, source_id);

  return e ? vtd_call_kernel(boot, detach, e) : VTD_NO_DEVICE;
}

void vtd_remove_devices(struct vtd_boot* boot) {
  struct emulated *e, *next;

  list_for_each_entry_safe(e, next, &boot->devices, link) detach(boot, e);
}

// Attaching was all: nothing of the old kernel's is left in the domain.
int vtd_hand_over(struct vtd_boot* boot, u32 unit, u32 source_id) {
  return by_source(boot, unit, source_id) ? VTD_OK : VTD_NO_DEVICE;
}

// --- IOVAs in use ----------------------------------------------------------------------------------------------------

// The index of the first mapping that ends at or after the address.
static u32 first_at(const struct emulated* e, u64 iova) {
  u32 i = 0;

  while (i < e->mappings && e->mapping[i].last < iova) i++;
  return i;
}

static bool in_interrupt_range(u64 first, u64 last) { return first <= 0xfeefffff && last >= 0xfee00000; }

static bool is_free(const struct emulated* e, u64 first, u64 last) {
  const u32 i = first_at(e, first);

  return !in_interrupt_range(first, last) && (i == e->mappings || e->mapping[i].first > last);
}

// Whole mappings only, as the DMA layer unmaps. Answers how many, 0 when the range is none.
static u32 whole_mappings(const struct emulated* e, u64 first, u64 last) {
  const u32 start = first_at(e, first);
  u32 i = start;

  while (i < e->mappings && e->mapping[i].first == first && e->mapping[i].last <= last) {
    if (e->mapping[i].last == last) return i - start + 1;
    first = e->mapping[i++].last + 1;
  }
  return 0;
}

// --- map and unmap ---------------------------------------------------------------------------------------------------

struct range_arguments {
  struct emulated* e;
  u64 iova, pa, bytes;
  u32 access;
};

static int map(struct vtd_boot* boot, void* arguments) {
  const struct range_arguments* a = arguments;
  const struct iommu_domain_ops* ops = a->e->domain->ops;
  const int prot = (a->access & VTD_READ ? IOMMU_READ : 0) | (a->access & VTD_WRITE ? IOMMU_WRITE : 0);
  size_t mapped = 0;
  int error = ops->map_pages(a->e->domain, a->iova, a->pa, SZ_4K, a->bytes / SZ_4K, prot, GFP_KERNEL, &mapped);

  if (!error) ops->iotlb_sync_map(a->e->domain, a->iova, a->bytes);
  return status_of(error);
}

int vtd_map(struct vtd_boot* boot, u32 domain, u64 iova, u64 pa, u64 bytes, u32 access) {
  struct range_arguments arguments = {by_domain(boot, domain), iova, pa, bytes, access};
  struct emulated* e = arguments.e;
  const u64 last = iova + bytes - 1;
  int status;
  u32 i;

  if (!e || bytes == 0 || (iova | pa | bytes) % SZ_4K || last < iova || !access || access & ~3u)
    return VTD_BAD_ARGUMENT;
  // The driver would allow reads as well (README.md).
  if (!(access & VTD_READ)) return VTD_BAD_ARGUMENT;
  // Memory that no processor reaches, and interrupts, are not what the DMA layer is asked to map.
  if (pa + bytes - 1 < pa || (pa + bytes - 1) >> boot->platform->host_address_width) return VTD_BAD_ARGUMENT;
  if (in_interrupt_range(iova, last) || in_interrupt_range(pa, pa + bytes - 1)) return VTD_BAD_ARGUMENT;
  // Nor what lies beyond the aperture: at the very end of the address space the driver's own check overflows.
  if (last > e->domain->geometry.aperture_end) return VTD_BAD_ARGUMENT;
  if (!is_free(e, iova, last)) return VTD_EXISTS;
  if (e->mappings == RANGES_MOST) return VTD_UNSUPPORTED;  // the shim remembers no more, and the kernel was not asked
  status = vtd_call_kernel(boot, map, &arguments);
  if (status != VTD_OK) return status;
  i = first_at(e, iova);
  memmove(&e->mapping[i + 1], &e->mapping[i], (e->mappings++ - i) * sizeof(struct mapping));
  e->mapping[i] = (struct mapping){iova, last};
  return VTD_OK;
}

static int unmap(struct vtd_boot* boot, void* arguments) {
  const struct range_arguments* a = arguments;
  const struct iommu_domain_ops* ops = a->e->domain->ops;
  struct iommu_iotlb_gather gather;

  iommu_iotlb_gather_init(&gather);
  ops->unmap_pages(a->e->domain, a->iova, SZ_4K, a->bytes / SZ_4K, &gather);
  ops->iotlb_sync(a->e->domain, &gather);
  return VTD_OK;
}

int vtd_unmap(struct vtd_boot* boot, u32 domain, u64 iova, u64 bytes) {
  struct range_arguments arguments = {by_domain(boot, domain), iova, 0, bytes, 0};
  struct emulated* e = arguments.e;
  const u64 last = iova + bytes - 1;
  u32 i, count;
  int status;

  if (!e || bytes == 0 || (iova | bytes) % SZ_4K || last < iova) return VTD_BAD_ARGUMENT;
  count = whole_mappings(e, iova, last);
  if (!count) return VTD_NOT_MAPPED;
  status = vtd_call_kernel(boot, unmap, &arguments);
  if (status != VTD_OK) return status;
  i = first_at(e, iova);
  e->mappings -= count;
  memmove(&e->mapping[i], &e->mapping[i + count], (e->mappings - i) * sizeof(struct mapping));
  return VTD_OK;
}

// --- questions -------------------------------------------------------------------------------------------------------

int vtd_find_iova(struct vtd_boot* boot, u32 domain, u64 bytes, u64 alignment, u64 limit, u64* iova) {
  const struct emulated* e = by_domain(boot, domain);
  u64 end, start;

  if (!e || bytes == 0 || bytes % SZ_4K || alignment < SZ_4K || alignment & (alignment - 1)) return VTD_BAD_ARGUMENT;
  end = min(limit, 1ull << to_dmar_domain(e->domain)->gaw);
  while (end >= bytes) {
    start = (end - bytes) & ~(alignment - 1);
    if (is_free(e, start, start + bytes - 1)) {
      *iova = start;
      return VTD_OK;
    }
    if (in_interrupt_range(start, start + bytes - 1))
      end = 0xfee00000;
    else
      end = e->mapping[first_at(e, start)].first;
  }
  return VTD_EXISTS;
}

int vtd_next_range(struct vtd_boot* boot, u32 domain, u64 iova, struct vtd_iova_range* range) {
  const struct emulated* e = by_domain(boot, domain);
  u32 i;

  if (!e) return VTD_BAD_ARGUMENT;
  i = first_at(e, iova);
  if (i == e->mappings) return VTD_NOT_MAPPED;
  range->first = e->mapping[i].first;
  range->last = e->mapping[i].last;
  range->legacy = 0;
  return VTD_OK;
}
