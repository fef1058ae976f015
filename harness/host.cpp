// SPDX-License-Identifier: Apache-2.0 OR MIT
// The callbacks of vtd_host, on the model's memory and hardware.
#include "harness/host.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vtd::harness {
namespace {

// The farthest register that CAP.FRO and ECAP.IRO can name (S§11.4.2, S§11.4.3): fault records of 16 bytes each.
constexpr uint32_t kRegisterBytes = 1023 * 16 + 256 * 16;

}  // namespace

// Who called, for the trace; then whatever the engine stored last takes effect before the host does anything.
#define VTD_ENTER(context)  \
  Host& host = of(context); \
  host.enter(reinterpret_cast<uintptr_t>(__builtin_return_address(0)))

Host::Host(model::Machine& machine, model::Hardware& hardware, model::Trace& trace, model::Observed& observed)
    : machine_(machine),
      hardware_(hardware),
      trace_(trace),
      observed_(observed),
      pages_(machine.memory),
      windows_(machine.memory),
      device_(machine.memory, windows_),
      watch_(machine.memory, hardware, trace, observed, pages_, windows_) {
  callbacks_ = {VTD_ABI,   sizeof(vtd_host), this,  0,       alloc, free,  map_old, unmap_old,
                mmio_read, mmio_write,       flush, barrier, pause, event, fatal,   on_behalf_of};
}

void Host::boot(unsigned generation) {
  generation_ = generation;
  powered_ = true;
  fatal_what_ = nullptr;
  observed_ = {};
  pages_.boot(generation);
  windows_.boot(generation);
  watch_.boot();
  callbacks_.linear_base = machine_.memory.linear_base(generation);
}

Ending Host::run(void (*body)(void*), void* context) {
  ending_ = Ending::returned;
  pauses_ = 0;
  observed_.pages_in_use_at_call = observed_.pages_in_use;
  observed_.old_bytes_this_call = 0;
  observed_.register_writes_this_call = 0;
  watch_.begin();
  if (_setjmp(out_) == 0) body(context);
  watch_.end();
  observed_.loads_watched = observed_.stores_watched = watch_.seen();
  return ending_;
}

void Host::compare_old_pages() { windows_.compare(observed_, now()); }

void Host::leave(Ending ending) {
  ending_ = ending;
  longjmp(out_, 1);
}

void Host::enter(uintptr_t caller) {
  ++times_asked_;
  caller_ = on_behalf_of_ != 0 ? std::exchange(on_behalf_of_, 0) : caller;
  watch_.settle();
}

Host& Host::of(void* context) { return *static_cast<Host*>(context); }

// --- memory ----------------------------------------------------------------------------------------------------------

void* Host::alloc(void* context, uint32_t flags) {
  VTD_ENTER(context);
  const model::Address page = host.machine_.refuses(++host.observed_.allocations) ? 0 : host.pages_.take();
  host.note(model::EventKind::allocate, page);
  if (page == 0) {
    ++host.observed_.refused;
    return nullptr;
  }
  ++host.observed_.pages_in_use;
  model::Memory& memory = host.machine_.memory;
  std::byte* const start = memory.crash_pointer(page, host.generation_);
  const unsigned char fill = (flags & VTD_ZEROED) != 0 ? 0 : model::Memory::kJunk;
  std::memset(start, fill, model::kPageBytes);
  // Zeroing is the processor's store, too: a unit that does not snoop still sees what was there before.
  memory.fill_device_view(page, host.generation_, model::Memory::kJunk);
  return start;
}

void Host::free(void* context, void* page) {
  VTD_ENTER(context);
  const model::Address pa = host.machine_.memory.place_of(page).pa;
  host.note(model::EventKind::free, pa);
  if (!host.pages_.give_back(pa)) return host.observed_.bad_free.add(pa, host.now());
  --host.observed_.pages_in_use;
  if (host.powered_) host.hardware_.freed(pa);
}

bool Host::may_show(model::Address pa, uint64_t bytes) {
  const uint64_t offset = pa % model::kPageBytes;
  if (bytes == 0 || offset + bytes > model::kPageBytes || !machine_.memory.is_old_ram(pa, generation_)) {
    observed_.not_old_ram.add(pa, now());
    return false;
  }
  const auto& hidden = machine_.unreadable;
  return std::find(hidden.begin(), hidden.end(), model::page_of(pa)) == hidden.end();
}

const void* Host::map_old(void* context, uint64_t pa, uint64_t bytes) {
  VTD_ENTER(context);
  const void* const shown = host.may_show(pa, bytes) ? host.windows_.open(pa, bytes) : nullptr;
  host.note(shown != nullptr ? model::EventKind::map_old : model::EventKind::refuse_old, pa, bytes);
  if (shown != nullptr) {
    ++host.observed_.old_mapped;
    host.observed_.old_bytes_this_call += bytes;
    host.device_.opened(pa, bytes);
  }
  return shown;
}

void Host::unmap_old(void* context, const void* mapped, uint64_t bytes) {
  VTD_ENTER(context);
  model::Address pa = 0;
  if (!host.windows_.close(mapped, bytes, pa))
    return host.observed_.bad_free.add(host.machine_.memory.place_of(mapped).pa, host.now());
  host.note(model::EventKind::unmap_old, pa, bytes);
  --host.observed_.old_mapped;
  host.device_.closed(pa, bytes);
}

void Host::flush(void* context, const void* start, uint64_t bytes) {
  VTD_ENTER(context);
  // Only lines of the reservation can matter to hardware; writing back others is harmless.
  const uint64_t offset = reinterpret_cast<uintptr_t>(start) - host.callbacks_.linear_base - host.pages_.first();
  if (offset >= host.pages_.bytes()) return;
  const model::Address pa = host.pages_.first() + offset;
  if (pa % model::kPageBytes + bytes > model::kPageBytes) host.observed_.wild_flush.add(pa, host.now());
  bytes = std::min(bytes, host.pages_.bytes() - offset);
  host.note(model::EventKind::flush, pa, bytes);
  host.machine_.memory.write_back(pa, bytes, host.generation_);
  host.hardware_.written_back(pa, bytes);
}

// --- registers and time ----------------------------------------------------------------------------------------------

void Host::check_register(uint32_t unit, uint32_t offset, uint32_t width) {
  const bool sized = (width == 4 || width == 8) && offset % width == 0;  // S§11.2
  if (unit < machine_.units.size() && sized && offset < kRegisterBytes) return;
  note(model::EventKind::read, offset, 0, unit, width);
  leave(Ending::bad_register);
}

uint64_t Host::mmio_read(void* context, uint32_t unit, uint32_t offset, uint32_t width) {
  VTD_ENTER(context);
  host.check_register(unit, offset, width);
  const uint64_t value = host.hardware_.read(unit, offset, width);
  host.note(model::EventKind::read, offset, value, unit, width);
  return value;
}

void Host::mmio_write(void* context, uint32_t unit, uint32_t offset, uint64_t value, uint32_t width) {
  VTD_ENTER(context);
  host.check_register(unit, offset, width);
  ++host.observed_.register_writes_this_call;
  host.note(model::EventKind::write, offset, value, unit, width);
  host.hardware_.write(unit, offset, value, width);
}

// The model sees stores in program order, so ordering asks for nothing more.
void Host::barrier(void* context) { VTD_ENTER(context); }

void Host::pause(void* context) {
  VTD_ENTER(context);
  if (++host.pauses_ > kPausesMost) host.leave(Ending::polled_forever);
  host.hardware_.pause();
}

void Host::event(void* context, uint32_t kind, uint64_t detail, const char*, int) {
  VTD_ENTER(context);
  host.note(model::EventKind::event, kind, detail);
}

void Host::fatal(void* context, const char* what, const char* file, int line) {
  VTD_ENTER(context);
  host.fatal_what_ = what;
  host.fatal_file_ = file;
  host.fatal_line_ = line;
  host.leave(Ending::fatal);
}

void Host::on_behalf_of(void* context, const void* code) {
  of(context).on_behalf_of_ = reinterpret_cast<uintptr_t>(code);
}

#undef VTD_ENTER

}  // namespace vtd::harness
