/* SPDX-License-Identifier: GPL-2.0-only */
// Remapping units as the driver's dmar.c makes them, from what the platform says instead of an ACPI table. Each has a
// PCI segment of its own, so that a device belongs to the unit it names.
#include "drivers/iommu/intel/dmar.c"

#include <linux/version.h>

#include "harness/engines/linux/adapter.h"
#include "harness/engines/linux/registers.h"

int vtd_add_unit(u32 number, struct intel_iommu** unit) {
  struct dmar_drhd_unit* drhd = kzalloc(sizeof(*drhd), GFP_KERNEL);
  int error;

  if (!drhd) return VTD_NO_MEMORY;
  drhd->reg_base_addr = VTD_UNIT_PHYSICAL(number);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
  drhd->reg_size = VTD_PAGE_SIZE;
#endif
  drhd->segment = number;
  drhd->include_all = 1;
  error = alloc_iommu(drhd);
  if (error) {
    kfree(drhd);
    return error == -ENOMEM ? VTD_NO_MEMORY : VTD_BAD_CAPABILITY;
  }
  dmar_register_drhd_unit(drhd);
  *unit = drhd->iommu;
  return drhd->ignored ? VTD_BAD_CAPABILITY : VTD_OK;
}

void vtd_remove_unit(struct intel_iommu* unit) {
  struct dmar_drhd_unit* drhd = unit->drhd;

  list_del_rcu(&drhd->list);
  free_iommu(unit);
  kfree(drhd);
}
