/* SPDX-License-Identifier: GPL-2.0-only */
// The rest of the kernel as far as the driver calls it: time, locks, messages, PCI, interrupts.
//
// One thread, no interrupts. A lock that is taken twice would never be had: that is fatal, as is a panic, unless it
// says that the hardware does not answer.
#include <asm/processor.h>
#include <asm/x86_init.h>
#include <linux/acpi.h>
#include <linux/cpuhotplug.h>
#include <linux/crash_dump.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/memblock.h>
#include <linux/mutex.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/version.h>

#include "harness/engines/linux/adapter.h"

static __noreturn void stop(const char* what, const char* file, int line) {
  vtd_host->fatal(vtd_host->ctx, what, file, line);
  __builtin_unreachable();
}

// --- time ------------------------------------------------------------------------------------------------------------

// Time-outs of the driver are tsc_khz * 10 * 1000 cycles: ten thousand pauses.
unsigned int tsc_khz = 1;
static cycles_t cycles;

cycles_t vtd_cycles(void) { return cycles; }

void vtd_pause(void) {
  cycles++;
  VTD_ON_BEHALF_OF_CALLER();
  vtd_host->pause(vtd_host->ctx);
}

// --- locks -----------------------------------------------------------------------------------------------------------

void __raw_spin_lock_init(raw_spinlock_t* lock, const char* name, struct lock_class_key* key, short inner) {
  *lock = (raw_spinlock_t)__RAW_SPIN_LOCK_UNLOCKED(lock);
}

static __always_inline void take_lock(raw_spinlock_t* lock) {
  VTD_ON_BEHALF_OF_CALLER();
  if (lock->magic != SPINLOCK_MAGIC) stop("a spinlock that was never initialised", __FILE__, __LINE__);
  if (arch_spin_is_locked(&lock->raw_lock)) stop("a spinlock is taken twice", __FILE__, __LINE__);
  lock->raw_lock.slock = 0;
}

static __always_inline void release_lock(raw_spinlock_t* lock) {
  VTD_ON_BEHALF_OF_CALLER();
  if (!arch_spin_is_locked(&lock->raw_lock)) stop("a spinlock is released that is not held", __FILE__, __LINE__);
  lock->raw_lock.slock = 1;
}

void _raw_spin_lock(raw_spinlock_t* lock) { take_lock(lock); }
void _raw_spin_lock_irq(raw_spinlock_t* lock) { take_lock(lock); }
void _raw_spin_lock_bh(raw_spinlock_t* lock) { take_lock(lock); }
unsigned long _raw_spin_lock_irqsave(raw_spinlock_t* lock) {
  take_lock(lock);
  return 0;
}
void _raw_spin_unlock(raw_spinlock_t* lock) { release_lock(lock); }
void _raw_spin_unlock_irq(raw_spinlock_t* lock) { release_lock(lock); }
void _raw_spin_unlock_bh(raw_spinlock_t* lock) { release_lock(lock); }
void _raw_spin_unlock_irqrestore(raw_spinlock_t* lock, unsigned long flags) { release_lock(lock); }

void __mutex_init(struct mutex* lock, const char* name, struct lock_class_key* key) {}
void mutex_lock(struct mutex* lock) {}
void mutex_unlock(struct mutex* lock) {}
void down_read(struct rw_semaphore* lock) {}
void up_read(struct rw_semaphore* lock) {}
void down_write(struct rw_semaphore* lock) {}
void up_write(struct rw_semaphore* lock) {}
void synchronize_rcu(void) {}

// Readers are gone when the call into the driver ends.
static struct callback_head* deferred;

void call_rcu(struct callback_head* head, rcu_callback_t function) {
  head->func = function;
  head->next = deferred;
  deferred = head;
}

void vtd_run_deferred(void) {
  while (deferred) {
    struct callback_head* head = deferred;

    deferred = head->next;
    head->func(head);
  }
}

// --- messages --------------------------------------------------------------------------------------------------------

enum { MESSAGE = 0, WARNING = 1 };

// Errors, for the trace. Of one the driver's report is made.
int _printk(const char* format, ...) {
  va_list arguments;

  if (format[0] != KERN_SOH_ASCII || format[1] > '3') return 0;
  VTD_ON_BEHALF_OF_CALLER();
  vtd_host->event(vtd_host->ctx, MESSAGE, 0, format, 0);
  if (!strstr(format, "%s: Failed to copy context table for bus %d")) return 0;
  va_start(arguments, format);
  const char* unit_name = va_arg(arguments, const char*);
  vtd_bus_is_lost(unit_name, va_arg(arguments, int));
  va_end(arguments);
  return 0;
}

void _dev_printk(const char* level, const struct device* dev, const char* format, ...) {}
void _dev_err(const struct device* dev, const char* format, ...) {}
void _dev_warn(const struct device* dev, const char* format, ...) {}
void _dev_info(const struct device* dev, const char* format, ...) {}
int ___ratelimit(struct ratelimit_state* state, const char* function) { return 0; }

void warn_slowpath_fmt(const char* file, const int line, unsigned taint, const char* format, ...) {
  VTD_ON_BEHALF_OF_CALLER();
  vtd_host->event(vtd_host->ctx, WARNING, line, file, line);
}

void panic(const char* format, ...) {
  VTD_ON_BEHALF_OF_CALLER();
  if (strstr(format, "DMAR hardware is malfunctioning")) vtd_hardware_is_stuck();
  stop(format, NULL, 0);
}

void add_taint(unsigned flag, enum lockdep_ok lockdep_ok) {}
void dump_stack(void) {}

// What the driver wants of a kernel and this file does not have (`build` makes a stub of each).
__noreturn void vtd_missing(const char* name);
void vtd_missing(const char* name) { stop(name, "this function of the kernel is not here", 0); }

// --- devices ---------------------------------------------------------------------------------------------------------

// No bridge changes a source-id here, and no device has a TLB of its own.
int pci_for_each_dma_alias(struct pci_dev* device, int (*visit)(struct pci_dev*, u16, void*), void* data) {
  return visit(device, pci_dev_id(device), data);
}
struct pci_dev* pci_real_dma_dev(struct pci_dev* device) { return device; }
struct pci_dev* pci_get_device(unsigned int vendor, unsigned int device, struct pci_dev* from) { return NULL; }
bool pci_ats_supported(struct pci_dev* device) { return false; }
void pci_disable_ats(struct pci_dev* device) {}
int pci_pasid_features(struct pci_dev* device) { return -EINVAL; }
int pci_max_pasids(struct pci_dev* device) { return -EINVAL; }
struct device* get_device(struct device* device) { return device; }
void put_device(struct device* device) {}
bool is_acpi_device_node(const struct fwnode_handle* node) { return false; }
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
void dev_iommu_priv_set(struct device* device, void* private) { device->iommu->priv = private; }
#endif

// --- the machine -----------------------------------------------------------------------------------------------------

void __iomem* ioremap(resource_size_t physical, unsigned long bytes) {
  return (void __iomem*)(VTD_REGISTERS + physical);
}
void iounmap(volatile void __iomem* address) {}
static struct resource claimed;
struct resource* __request_region(struct resource* parent, resource_size_t start, resource_size_t bytes,
                                  const char* name, int flags) {
  return &claimed;
}
void __release_region(struct resource* parent, resource_size_t start, resource_size_t bytes) {}
int dmar_alloc_hwirq(int id, int node, void* argument) { return 1 + id; }
void dmar_free_hwirq(int irq) {}
int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread, unsigned long flags,
                         const char* name, void* device) {
  return 0;
}
const void* free_irq(unsigned int irq, void* device) { return NULL; }
int __cpuhp_setup_state(enum cpuhp_state state, const char* name, bool invoke, int (*startup)(unsigned int),
                        int (*teardown)(unsigned int), bool multi) {
  return 0;
}
// The crash kernel's RAM, which it would map one to one for devices that bypass translation.
void __next_mem_pfn_range(int* index, int node, unsigned long* start, unsigned long* end, int* out_node) {
  *index = -1;
}

unsigned long long elfcorehdr_addr = PAGE_SIZE; /* this is a crash kernel */
typeof(pci_bus_type) pci_bus_type;
struct cpuinfo_x86 boot_cpu_data;
struct resource iomem_resource;
int no_iommu, iommu_detected;
struct x86_init_ops x86_init;
struct x86_platform_ops x86_platform;
enum system_states system_state = SYSTEM_RUNNING;
typeof(acpi_bus_type) acpi_bus_type;
bool iommu_dma_forcedac;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
int __preempt_count;
#else
typeof(pcpu_hot) pcpu_hot;
struct pglist_data contig_page_data;
atomic_long_t vm_node_stat[NR_VM_NODE_STAT_ITEMS];
#endif
