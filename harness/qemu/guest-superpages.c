// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs in the guest: gives a PCI device to VFIO and maps huge pages for it, since that is the one way to make Linux
// build superpages. Holds the mappings until it is killed.
//
//   guest-superpages DEVICE    DEVICE as in /sys/bus/pci/devices
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

static int or_die(int result, const char* what) {
  if (result >= 0) return result;
  perror(what);
  exit(1);
}

// The number of the device's group, of which it is the only member.
static int group_of(const char* device) {
  char path[256], target[256];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", device);
  const ssize_t length = readlink(path, target, sizeof target - 1);
  or_die((int)length, path);
  target[length] = 0;
  return atoi(strrchr(target, '/') + 1);
}

static void map(int container, unsigned shift, unsigned long pages, __u64 iova, __u32 rights) {
  const size_t bytes = pages << shift;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE | (int)(shift << MAP_HUGE_SHIFT);
  void* const memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) or_die(-1, shift == 21 ? "2 MiB pages" : "1 GiB pages");
  struct vfio_iommu_type1_dma_map request = {sizeof request, rights, (__u64)(unsigned long)memory, iova, bytes};
  or_die(ioctl(container, VFIO_IOMMU_MAP_DMA, &request), "VFIO_IOMMU_MAP_DMA");
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  char path[64];
  snprintf(path, sizeof path, "/dev/vfio/%d", group_of(argv[1]));
  const int container = or_die(open("/dev/vfio/vfio", O_RDWR), "/dev/vfio/vfio");
  const int group = or_die(open(path, O_RDWR), path);
  or_die(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "VFIO_GROUP_SET_CONTAINER");
  or_die(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), "VFIO_SET_IOMMU");

  const __u32 both = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
  map(container, 30, 1, 1ull << 30, both);
  map(container, 21, 6, (2ull << 30) + (1ull << 21), both);
  map(container, 21, 2, 3ull << 30, VFIO_DMA_MAP_FLAG_READ);
  // Huge memory at an address that no large page can begin at: small leaves.
  map(container, 21, 1, (3ull << 30) + (4ull << 20) + 4096, both);
  puts("superpages: mapped");
  fflush(stdout);
  for (;;) pause();
}
