// SPDX-License-Identifier: Apache-2.0 OR MIT
// Named machines, and the devices they have: drivers that keep live mappings without any help from outside.
#include "harness/qemu/machines.h"

#include <array>

namespace vtd::harness::qemu {
namespace {

using Extra = MachineKind::Extra;

constexpr const char* kHugePages =
    "intel_iommu=on iommu.strict=1 hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=16 "
    "vtdfuzz.superpages=0000:00:06.0";

constexpr std::array kMachines = {
    MachineKind{"strict48", "aw-bits=48", "intel_iommu=on iommu.strict=1", Extra::none, "strict invalidation"},
    MachineKind{"lazy48", "aw-bits=48", "intel_iommu=on iommu.strict=0 iommu.forcedac=1", Extra::none,
                "lazy invalidation, IOVAs above 4 GiB"},
    MachineKind{"strict39", "aw-bits=39", "intel_iommu=on iommu.strict=1", Extra::none, "three levels, 39 bits"},
    MachineKind{"cm48", "aw-bits=48,caching-mode=on", "intel_iommu=on iommu.strict=1", Extra::none, "caching mode"},
    MachineKind{"pt48", "aw-bits=48", "intel_iommu=on iommu=pt", Extra::none, "pass-through contexts"},
    MachineKind{"pt48-nohwpt", "aw-bits=48,pt=off", "intel_iommu=on iommu=pt", Extra::none,
                "a software identity domain over all of RAM"},
    MachineKind{"ats48", "aw-bits=48,device-iotlb=on", "intel_iommu=on iommu.strict=1", Extra::none,
                "device-TLBs: contexts that admit translated requests"},
    MachineKind{"bridges48", "aw-bits=48", "intel_iommu=on iommu.strict=1", Extra::bridges,
                "devices behind bridges, and on a second root bus"},
    MachineKind{"sm48", "aw-bits=48,x-scalable-mode=on", "intel_iommu=on,sm_on iommu.strict=1", Extra::none,
                "scalable mode: PASID directories and tables"},
    MachineKind{"super48", "aw-bits=48", kHugePages, Extra::huge_pages,
                "superpages of 2 MiB and 1 GiB, mapped through VFIO"},
    MachineKind{"off48", "aw-bits=48", "intel_iommu=off", Extra::none,
                "a kernel that leaves the unit alone: only for dumps"},
};

using Words = std::vector<std::string>;

void add(Words& words, const char* name, const std::string& value) {
  words.emplace_back(name);
  words.push_back(value);
}

// Network cards that hear one another, and disks that read as zero.
void add_devices(Words& words, const MachineKind& kind) {
  const std::string translated = std::string("disable-legacy=on,iommu_platform=on") +
                                 (std::string(kind.unit).find("device-iotlb") == std::string::npos ? "" : ",ats=on");
  for (const char* disk : {"virtio", "nvme", "ahci"})
    add(words, "-drive", std::string("driver=null-co,size=64M,read-zeroes=on,if=none,id=") + disk);
  for (const char* card : {"virtio", "e1000e"}) add(words, "-netdev", std::string("hubport,hubid=0,id=net-") + card);
  add(words, "-device", "pcie-root-port,id=first,bus=pcie.0,addr=8,chassis=1");
  add(words, "-device", "virtio-net-pci,netdev=net-virtio,addr=3," + translated);
  add(words, "-device", "virtio-blk-pci,drive=virtio,addr=4," + translated);
  add(words, "-device", "nvme,drive=nvme,serial=1,addr=5");
  add(words, "-device", "ide-hd,drive=ahci,bus=ide.0");
  add(words, "-device", "e1000e,netdev=net-e1000e,bus=first");
}

void add_bridges(Words& words) {
  for (const char* card : {"a", "b", "c"}) add(words, "-netdev", std::string("hubport,hubid=0,id=net-") + card);
  add(words, "-device", "pxb-pcie,id=second,bus_nr=64,bus=pcie.0,addr=9");
  add(words, "-device", "pcie-root-port,id=far,bus=second,chassis=2");
  add(words, "-device", "e1000e,netdev=net-a,bus=far");
  add(words, "-device", "pcie-root-port,id=near,bus=pcie.0,addr=10,chassis=3");
  add(words, "-device", "pcie-pci-bridge,id=old,bus=near");
  add(words, "-device", "e1000,netdev=net-b,bus=old,addr=1");
  add(words, "-device", "e1000,netdev=net-c,bus=old,addr=2");
}

}  // namespace

std::span<const MachineKind> machine_kinds() { return kMachines; }

const MachineKind* machine_named(const std::string& name) {
  for (const MachineKind& kind : kMachines)
    if (name == kind.name) return &kind;
  return nullptr;
}

GuestOptions guest_options(const MachineKind& kind, const std::string& kernel, const std::string& initramfs) {
  GuestOptions options;
  options.kernel = kernel;
  options.initramfs = initramfs;
  options.command_line = kind.kernel;
  options.unit = kind.unit;
  add_devices(options.devices, kind);
  if (kind.extra == Extra::bridges) add_bridges(options.devices);
  if (kind.extra == Extra::huge_pages) {
    add(options.devices, "-device", "edu,addr=6,dma_mask=0xffffffffffffffff");
    options.ram = {uint64_t{2} << 30, uint64_t{2} << 30};  // a huge page of 1 GiB must be free at boot
  }
  return options;
}

}  // namespace vtd::harness::qemu
