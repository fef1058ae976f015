// SPDX-License-Identifier: Apache-2.0 OR MIT
// The course of a crash: boot, receive, panic, receive, take over, receive, adopt, receive, cut off, receive nothing.
#include "harness/qemu/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "harness/qemu/changes.h"
#include "harness/qemu/vm.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;

constexpr model::SourceId kCard = 0x50;  // 00:0a.0
constexpr model::SourceId kDisk = 0x28;  // 00:05.0
constexpr model::MemoryRange kReservation = {0x30000000, 0x30ffffff, model::MemoryKind::ram};
constexpr Address kNewPage = 0x30fff000;  // of the crash kernel, the last one: engines take theirs from the front
constexpr unsigned kFrames = 4;
constexpr unsigned kRecordHigh = 0x228;  // of QEMU's fault record (S§11.4.14)
constexpr auto kIdle = std::chrono::seconds(3);

GuestOptions options_of(const LiveOptions& o, const Wire& wire) {
  GuestOptions all;
  all.kernel = o.kernel;
  all.initramfs = o.initramfs;
  all.unit = "aw-bits=48";
  all.command_line = fmt::format("intel_iommu=on iommu.strict=1 panic=0 memmap=16M${:#x}", kReservation.first);
  all.inherited = {wire.far_end()};
  all.devices = {"-netdev", fmt::format("socket,id=wire,fd={}", wire.far_end()),
                 "-device", "virtio-net-pci,netdev=wire,addr=0a.0,disable-legacy=on,iommu_platform=on",
                 "-drive",  "driver=null-co,size=64M,read-zeroes=on,if=none,id=disk",
                 "-device", "nvme,drive=disk,serial=1,addr=5",
                 "-device", "vmcoreinfo"};
  return all;
}

}  // namespace

Live::Live(const vtd_engine& engine, LiveOptions options) : engine_(engine), options_(std::move(options)) {}

Live::~Live() {
  engine_.reset();
  guest_.reset();
}

std::vector<LiveCheck> Live::run(const std::function<void(const LiveCheck&)>& told) {
  told_ = told;
  boot();
  receive_alive();
  crash();
  {
    const Snapshot before(guest_->memory());
    check("frames after the panic land in the dead kernel's buffers", landings_->land(kFrames) == kFrames);
    if (!take_over()) return checks_;  // there are no copies, which everything from here on is about
    check("frames after the takeover land there, too", landings_->land(kFrames) == kFrames);
    check("no fault is recorded", !fault_recorded());
    compare_memory(before);
  }
  if (!options_.dump.empty()) guest_->dump_core(options_.dump);
  bury();
  {
    const Snapshot before(guest_->memory());
    check("frames land without the old tables", landings_->land(kFrames) == kFrames);
    adopt();
    check("no fault is recorded since", !fault_recorded());
    compare_memory(before);
  }
  cut_off();
  return checks_;
}

bool Live::check(const std::string& what, bool held) {
  checks_.push_back({what, held});
  told_(checks_.back());
  return held;
}

void Live::boot() {
  guest_ = std::make_unique<Guest>(options_of(options_, wire_));
  wire_.close_far_end();
  landings_ = std::make_unique<Landings>(guest_->memory(), wire_);
  guest_->wait_until_ready(options_.seconds);
}

// The tables as they are, and the ring that the card receives into.
void Live::know_ring() {
  tables_.capture(guest_->memory(), guest_->qtest(), kReservation);
  const Translate translate = DeadTables::writes_of(kCard, tables_.hierarchy());
  landings_->predict_by({guest_->memory(), guest_->qtest(), Guest::configuration_of(kCard), translate}, translate);
}

// Before the panic the driver takes each frame and gives a new buffer: the place is predicted while the guest stands.
void Live::receive_alive() {
  unsigned landed = 0;
  for (unsigned i = 0; i < kFrames; ++i) {
    guest_->stop();
    know_ring();
    const Landings::Place place = landings_->predicted();
    guest_->go_on();
    landed += landings_->land(place) ? 1 : 0;
  }
  check("frames before the panic land in the driver's buffers", landed == kFrames);
  landings_->forget();
}

void Live::crash() {
  guest_->say("crash");
  guest_->wait_for("end Kernel panic", options_.seconds);
  know_ring();
  mapped_ = tables_.writable(kCard, tables_.hierarchy());
  check(fmt::format("the dead kernel has mapped memory for the card ({} pages)", mapped_.size()), !mapped_.empty());
  know_processor();
}

// What it writes while nothing else happens.
void Live::know_processor() {
  const Snapshot before(guest_->memory());
  std::this_thread::sleep_for(kIdle);
  for (const Address page : before.changed()) processors_.insert(page);
}

// After each register write of the engine a frame is sent, and lands.
bool Live::take_over() {
  host_ = std::make_unique<TakeoverHost>(guest_->memory(), guest_->qtest(), Vm::kUnit);
  host_->boot(tables_.machine());
  const vtd_platform& platform = platform_.describe(tables_.machine(), 0, model::Strategy::deep);
  unsigned writes = 0, landed = 0;
  int status = VTD_OK;
  const char* stopped = host_->call([&] {
    status = engine_.boot(&host_->callbacks(), &platform, &boot_);
    if (status == VTD_OK) status = engine_.copy(boot_);
  });
  if (!check(fmt::format("the tables are copied (status {})", status), stopped == nullptr && status == VTD_OK))
    return false;
  host_->after_writes([&] {
    ++writes;
    landed += landings_->land(1);
  });
  stopped = host_->call([&] { status = engine_.commit(boot_); });
  host_->after_writes({});
  check(fmt::format("a frame lands after each of its {} register writes", writes), writes > 0 && landed == writes);
  return check(fmt::format("the unit is switched to the copies (status {})", status),
               stopped == nullptr && status == VTD_OK);
}

// Nothing may depend on the old tables any more.
void Live::bury() {
  const model::Memory& memory = tables_.machine().memory;
  for (std::size_t i = 0; i < memory.frames(); ++i)
    std::memset(guest_->memory().at(memory.frame_address(i)), 0xff, model::kPageBytes);
}

// The card's domain gets a new mapping next to the old ones; the card receives through it.
void Live::adopt() {
  vtd_domain domain{VTD_ABI, sizeof(vtd_domain), 0, 0, 0, 0, 0, 0, 0};
  int status = VTD_OK;
  host_->call([&] {
    status = engine_.attach(boot_, 0, kCard, &domain);
    if (status == VTD_OK) status = engine_.find_iova(boot_, domain.handle, 4096, 4096, uint64_t{1} << 32, &new_iova_);
    if (status == VTD_OK) status = engine_.map(boot_, domain.handle, new_iova_, kNewPage, 4096, VTD_READ | VTD_WRITE);
  });
  check(fmt::format("the card's domain is adopted, and has a new mapping (status {})", status),
        status == VTD_OK && domain.kind == VTD_ADOPTED);
  const std::set<Address> now = tables_.writable(kCard, copied());
  check("every old mapping is still there", std::includes(now.begin(), now.end(), mapped_.begin(), mapped_.end()));
  check("frames still land through the old ones", landings_->land(kFrames) == kFrames);

  const ReceiveRing ring = landings_->ring();
  landings_->predict_by(ring, DeadTables::writes_of(kCard, copied()));
  const model::Iova old_iova = ring.next_buffer().value_or(0);
  uint64_t& buffer = landings_->ring().replace_next_buffer(new_iova_);
  const Landings::Place place = landings_->predicted();
  check(fmt::format("the new one leads from {:#x} to a page of the crash kernel", new_iova_),
        place.size() == 1 && place.front().first == kNewPage);
  check("a frame lands through it", landings_->land(place));
  buffer = old_iova;
}

// The counter-test: what is detached receives nothing, and the unit says so.
void Live::cut_off() {
  int status = VTD_OK;
  const Landings::Place place = landings_->predicted();
  host_->call([&] { status = engine_.detach(boot_, 0, kCard); });
  check(fmt::format("the card is detached (status {})", status), status == VTD_OK);
  check("then no frame lands", !place.empty() && !landings_->land(place));
  check("and the unit records a fault", fault_recorded());
}

bool Live::fault_recorded() { return (guest_->qtest().read_now(Vm::kUnit + kRecordHigh, 8) >> 63) != 0; }

model::Hierarchy Live::copied() {
  model::Memory& memory = tables_.machine().memory;
  for (const Address page : host_->pages()) {
    memory.touch_crash(page, 0);
    std::memcpy(memory.crash_pointer(page, 0), guest_->memory().at(page), model::kPageBytes);
  }
  return tables_.through(engine_.root(boot_, 0));
}

void Live::compare_memory(const Snapshot& before) {
  Suspects suspects;
  suspects.engines.insert(host_->pages().begin(), host_->pages().end());
  suspects.card_wrote = [this](Address at) { return landings_->card_wrote(at); };
  suspects.cards = mapped_;
  suspects.disks = tables_.writable(kDisk, tables_.hierarchy());
  suspects.processors = processors_;
  suspects.reservation = kReservation;
  const model::Memory& old = tables_.machine().memory;
  for (std::size_t i = 0; i < old.frames(); ++i) suspects.tables.insert(old.frame_address(i));
  std::vector<ChangedPage> changes;
  for (const Address page : before.changed()) changes.push_back({page, before.changed_bytes(page)});
  const Culprits found = explain(changes, suspects);
  check("every frame is still where it landed, byte for byte", landings_->intact());
  check(fmt::format("the rest of memory is unchanged: of {} pages the engine wrote {} of its own, the card {} (frames "
                    "and its ring, to the byte), the disk {}, the processor in its panic loop {}, nobody known {} {}",
                    before.pages(), found.engine, found.card, found.disk, found.processor, found.unexplained.size(),
                    fmt::join(found.unexplained, ", ")),
        found.unexplained.empty());
}

}  // namespace vtd::harness::qemu
