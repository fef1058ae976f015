// SPDX-License-Identifier: Apache-2.0 OR MIT
// The course of a crash: boot, receive, panic, receive, take over, receive, adopt, receive, cut off, receive nothing.
#include "harness/qemu/live.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "harness/import/captured.h"
#include "harness/qemu/tables.h"
#include "harness/qemu/vm.h"
#include "model/scenario/build.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;

constexpr model::SourceId kCard = 0x50;  // 00:0a.0
constexpr model::MemoryRange kReservation = {0x30000000, 0x30ffffff, model::MemoryKind::ram};
constexpr Address kNewPage = 0x2f000000;
constexpr unsigned kFrames = 4;
constexpr std::size_t kFrameBytes = 600;  // too long for a driver to copy it out of its buffer
constexpr unsigned kRecordHigh = 0x228;   // of QEMU's fault record (S§11.4.14)

GuestOptions options(const std::string& kernel, const std::string& initramfs, int wire) {
  GuestOptions all;
  all.kernel = kernel;
  all.initramfs = initramfs;
  all.unit = "aw-bits=48";
  all.command_line = fmt::format("intel_iommu=on iommu.strict=1 panic=0 memmap=16M${:#x}", kReservation.first);
  all.inherited = {wire};
  all.devices = {"-netdev", fmt::format("socket,id=wire,fd={}", wire),
                 "-device", "virtio-net-pci,netdev=wire,addr=0a.0,disable-legacy=on,iommu_platform=on",
                 "-drive",  "driver=null-co,size=64M,read-zeroes=on,if=none,id=disk",
                 "-device", "nvme,drive=disk,serial=1,addr=5"};
  return all;
}

// To everybody, of an experimental type, with a number that no other frame has.
std::array<std::byte, kFrameBytes> frame_of(uint32_t number) {
  std::array<std::byte, kFrameBytes> frame{};
  std::fill_n(frame.begin(), 6, std::byte{0xff});
  frame[12] = std::byte{0x88};
  frame[13] = std::byte{0xb5};
  for (std::size_t i = 14; i < frame.size(); ++i)
    frame[i] = static_cast<std::byte>((number * 2654435761u + static_cast<uint32_t>(i) * 40503u) >> 11);
  return frame;
}

}  // namespace

Live::Live(const vtd_engine& engine, std::string kernel, std::string initramfs)
    : engine_(engine), kernel_(std::move(kernel)), initramfs_(std::move(initramfs)) {}

Live::~Live() {
  engine_.reset();
  guest_.reset();
  if (wire_ >= 0) close(wire_);
}

std::vector<LiveCheck> Live::run(unsigned seconds, const std::function<void(const LiveCheck&)>& told) {
  told_ = told;
  boot(seconds);
  crash(seconds);
  describe();
  check("frames after the panic land in the dead kernel's buffers", frames_landed(kFrames) == kFrames);
  take_over();
  bury();
  check("frames after the takeover land there, too", frames_landed(kFrames) == kFrames);
  check("no fault is recorded", !fault_recorded());
  adopt();
  check("frames still land after a new mapping", frames_landed(kFrames) == kFrames);
  check("and no fault is recorded", !fault_recorded());
  cut_off();
  return checks_;
}

void Live::check(const std::string& what, bool held) {
  checks_.push_back({what, held});
  told_(checks_.back());
}

void Live::boot(unsigned seconds) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  wire_ = ends[0];
  guest_ = std::make_unique<Guest>(options(kernel_, initramfs_, ends[1]));
  close(ends[1]);
  guest_->wait_for("VTDFUZZ-READY", seconds);
}

void Live::crash(unsigned seconds) {
  guest_->say("crash");
  guest_->wait_for("end Kernel panic", seconds);
}

// What the crash kernel would know: the tables as they are now, and the memory map.
void Live::describe() {
  Capture capture = capture_tables(guest_->memory(), guest_->qtest(), Vm::kUnit);
  capture.memory = {{0x1000, 0x9fbff, model::MemoryKind::ram},
                    {0x100000, guest_->memory().ram().low - 1, model::MemoryKind::ram}};
  const Imported imported = import_tables("the dead kernel", capture, {kReservation});
  if (const model::BuildError error = model::build(imported.scenario, machine_))
    throw std::runtime_error(fmt::format("the dead kernel's machine cannot be built: {}", error.why));
  rules_ = model::Rules::of(machine_.units[0], machine_.host_address_width);
  mapped_ = mapped_pages({&machine_, &rules_, machine_.units[0].root, model::View::cpu, 0});
  check(fmt::format("the dead kernel has mapped memory for the card ({} pages)", mapped_.size()), !mapped_.empty());
}

// After each register write of the engine a frame is sent, and lands.
void Live::take_over() {
  host_ = std::make_unique<TakeoverHost>(guest_->memory(), guest_->qtest(), Vm::kUnit);
  host_->boot(machine_);
  const vtd_platform& platform = platform_.describe(machine_, 0, model::Strategy::deep);
  unsigned writes = 0, landed = 0;
  int status = VTD_OK;
  const char* stopped = host_->call([&] {
    status = engine_.boot(&host_->callbacks(), &platform, &boot_);
    if (status == VTD_OK) status = engine_.copy(boot_);
  });
  check(fmt::format("the tables are copied (status {})", status), stopped == nullptr && status == VTD_OK);
  host_->after_writes([&] {
    ++writes;
    landed += frames_landed(1);
  });
  stopped = host_->call([&] { status = engine_.commit(boot_); });
  host_->after_writes({});
  check(fmt::format("the unit is switched to the copies (status {})", status), stopped == nullptr && status == VTD_OK);
  check(fmt::format("a frame lands after each of its {} register writes", writes), writes > 0 && landed == writes);
}

// Nothing may depend on the old tables any more.
void Live::bury() {
  for (std::size_t i = 0; i < machine_.memory.frames(); ++i)
    std::memset(guest_->memory().at(machine_.memory.frame_address(i)), 0xff, model::kPageBytes);
}

void Live::adopt() {
  vtd_domain domain{VTD_ABI, sizeof(vtd_domain), 0, 0, 0, 0, 0, 0, 0};
  uint64_t iova = 0;
  int status = VTD_OK;
  host_->call([&] {
    status = engine_.attach(boot_, 0, kCard, &domain);
    if (status == VTD_OK) status = engine_.find_iova(boot_, domain.handle, 4096, 4096, uint64_t{1} << 32, &iova);
    if (status == VTD_OK) status = engine_.map(boot_, domain.handle, iova, kNewPage, 4096, VTD_READ | VTD_WRITE);
  });
  check(fmt::format("the card's domain is adopted, and has a new mapping (status {})", status),
        status == VTD_OK && domain.kind == VTD_ADOPTED);
  const model::Outcome outcome =
      model::walk(copied(), {kCard, iova, model::Access::write, model::RequestType::untranslated});
  check(fmt::format("the new mapping leads from {:#x} to the new page", iova),
        outcome.kind == model::OutcomeKind::translated && outcome.address == kNewPage);
  check("every old mapping is still there", [&] {
    const std::vector<Address> now = mapped_pages(copied());
    return std::includes(now.begin(), now.end(), mapped_.begin(), mapped_.end());
  }());
}

// The counter-test: what is detached receives nothing, and the unit says so.
void Live::cut_off() {
  int status = VTD_OK;
  host_->call([&] { status = engine_.detach(boot_, 0, kCard); });
  check(fmt::format("the card is detached (status {})", status), status == VTD_OK);
  check("then no frame lands", frames_landed(1) == 0);
  check("and the unit records a fault", fault_recorded());
}

unsigned Live::frames_landed(unsigned count) {
  unsigned landed = 0;
  for (; count > 0; --count) {
    const auto frame = frame_of(++frames_);
    std::array<std::byte, 4 + kFrameBytes> packet{};
    packet[2] = static_cast<std::byte>(kFrameBytes >> 8);  // the length, most significant byte first
    packet[3] = static_cast<std::byte>(kFrameBytes & 0xff);
    std::copy(frame.begin(), frame.end(), packet.begin() + 4);
    if (send(wire_, packet.data(), packet.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("the wire is cut");
    for (int tries = 0; tries < 60; ++tries) {
      const auto found = guest_->memory().find(frame);
      if (found) {
        landed += std::binary_search(mapped_.begin(), mapped_.end(), model::page_of(*found)) ? 1 : 0;
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  return landed;
}

bool Live::fault_recorded() { return (guest_->qtest().read_now(Vm::kUnit + kRecordHigh, 8) >> 63) != 0; }

model::Hierarchy Live::copied() {
  for (const Address page : host_->pages()) {
    machine_.memory.touch_crash(page, 0);
    std::memcpy(machine_.memory.crash_pointer(page, 0), guest_->memory().at(page), model::kPageBytes);
  }
  return {&machine_, &rules_, engine_.root(boot_, 0), model::View::cpu, 255};
}

// Pages that the card may write to, sorted.
std::vector<Address> Live::mapped_pages(const model::Hierarchy& hierarchy) const {
  std::vector<Address> pages;
  const auto words = [&](Address page) { return machine_.memory.page(model::page_of(page), model::View::cpu); };
  const std::function<void(Address, unsigned)> descend = [&](Address table, unsigned level) {
    for (unsigned i = 0; i < model::kEntriesPerPage; ++i) {
      const uint64_t entry = words(table)[i];
      const model::PagingVerdict verdict = model::read_paging(rules_, entry, level);
      if (verdict == model::PagingVerdict::link) descend(entry & rules_.address_mask, level - 1);
      if (verdict != model::PagingVerdict::leaf || (entry & 2) == 0) continue;
      for (uint64_t at = 0; at < uint64_t{1} << model::shift_of(level); at += model::kPageBytes)
        pages.push_back((entry & rules_.address_mask) + at);
    }
  };
  const auto root = model::read_root(rules_, model::entry128(words(hierarchy.root), model::bus_of(kCard)));
  if (root.verdict != model::Verdict128::follow) return pages;
  const auto context = model::read_context(rules_, model::entry128(words(root.next), model::devfn_of(kCard)));
  if (context.verdict == model::Verdict128::follow) descend(context.next, context.levels);
  std::sort(pages.begin(), pages.end());
  return pages;
}

}  // namespace vtd::harness::qemu
