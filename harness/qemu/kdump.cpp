// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two kernels in one guest. The first words of the second come before it looks at the unit.
#include "harness/qemu/kdump.h"

#include <fmt/core.h>

#include "harness/import/capture_files.h"
#include "harness/qemu/tables.h"
#include "harness/qemu/vm.h"

namespace vtd::harness::qemu {
namespace {

constexpr model::SourceId kCard = 0x18;  // 00:03.0
constexpr unsigned kFrames = 4;
constexpr unsigned kRootRegister = 0x20;  // RTADDR (S§11.4.5)
constexpr const char* kUnit = "aw-bits=48";
constexpr const char* kCommandLine = "intel_iommu=on iommu.strict=1 crashkernel=192M";

// Blanks are commas here. earlyprintk: it speaks before it has a console.
constexpr const char* kCrashKernel =
    "vtdfuzz.kdump=console=ttyS0,earlyprintk=ttyS0,no_timer_check,intel_iommu=on,vtdfuzz.crashed=1";

GuestOptions options_of(const KdumpOptions& o, const Wire& wire) {
  GuestOptions all;
  all.kernel = o.kernel;
  all.initramfs = o.initramfs;
  all.unit = kUnit;
  all.command_line = fmt::format("{} {}", kCommandLine, kCrashKernel);
  all.inherited = {wire.far_end()};
  all.devices = {"-netdev", fmt::format("socket,id=wire,fd={}", wire.far_end()),
                 "-device", "virtio-net-pci,netdev=wire,addr=3,disable-legacy=on,iommu_platform=on",
                 "-device", "pcie-root-port,id=first,bus=pcie.0,addr=8,chassis=1",
                 "-drive",  "driver=null-co,size=64M,read-zeroes=on,if=none,id=disk",
                 "-device", "nvme,drive=disk,serial=1,bus=first",
                 "-drive",  "driver=null-co,size=64M,read-zeroes=on,if=none,id=other",
                 "-device", "ide-hd,drive=other,bus=ide.0"};
  return all;
}

// "  30000000-3bffffff : Crash kernel" of /proc/iomem.
model::MemoryRange reservation_in(const std::string& iomem) {
  const std::size_t name = iomem.find(" : Crash kernel");
  if (name == std::string::npos) throw InputError{"the guest has no memory for a crash kernel: expected crashkernel="};
  const std::size_t line = iomem.rfind('\n', name) + 1;
  model::MemoryRange range{0, 0, model::MemoryKind::ram};
  range.first = std::stoull(iomem.substr(line), nullptr, 16);
  range.last = std::stoull(iomem.substr(iomem.find('-', line) + 1), nullptr, 16);
  return range;
}

}  // namespace

void must_be_before_takeover(uint64_t root, const model::MemoryRange& reservation) {
  const model::Address page = model::page_of(root);
  if (page >= reservation.first && page <= reservation.last)
    throw InputError{
        fmt::format("the unit walks the crash kernel's root table at {:#x} already, expected the dead kernel's: "
                    "it was stopped too late after its first words, try on a quieter machine",
                    page)};
}

Kdump::Result Kdump::run(const std::function<void(const std::string&)>& told) {
  Result result;
  boot();
  told("the first kernel is up, a crash kernel is loaded");
  crash();
  result.before = capture("kd-before: after the panic, when the crash kernel says its first words", {reservation_});
  tables_.capture(guest_->memory(), guest_->qtest(), reservation_);
  const Translate translate = DeadTables::writes_of(kCard, tables_.hierarchy());
  Landings landings(guest_->memory(), wire_);
  landings.predict_by({guest_->memory(), guest_->qtest(), Guest::configuration_of(kCard), translate}, translate);
  told("it has panicked, and the crash kernel has said its first words");
  guest_->go_on();
  guest_->wait_until_ready(options_.seconds);
  result.frames = kFrames;
  result.landed = landings.land(kFrames);
  guest_->stop();
  result.after = capture("kd-after: the crash kernel is up, and has loaded no driver", {});
  told("the crash kernel is up, and has taken the unit over");
  return result;
}

void Kdump::boot() {
  guest_ = std::make_unique<Guest>(options_of(options_, wire_));
  wire_.close_far_end();
  iomem_ = guest_->wait_until_ready(options_.seconds);
  reservation_ = reservation_in(iomem_);
}

void Kdump::crash() {
  guest_->say("crash");
  guest_->wait_for("Linux version", options_.seconds);
  guest_->stop();
  must_be_before_takeover(guest_->qtest().read_now(Vm::kUnit + kRootRegister, 8), reservation_);
}

Imported Kdump::capture(const char* name, const ImportOptions& options) {
  return import_tables(name, capture_guest(*guest_, {name, kCommandLine, kUnit, iomem_}), options);
}

}  // namespace vtd::harness::qemu
