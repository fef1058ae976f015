// SPDX-License-Identifier: Apache-2.0 OR MIT
// Act one, executed: first the platform, then what the dead kernel wrote. Runs once per execution, so it touches only
// the frames that a step writes, and remembers the last one.
#include "model/scenario/build.h"

#include <algorithm>
#include <bit>

#include "model/layout.h"

namespace vtd::model {
namespace {

constexpr unsigned kLeastHostAddressWidth = 32;  // below it not even the units' registers have an address

constexpr MemoryRange kDefaultRam[] = {{0, 0x3fffffff, MemoryKind::ram}, {0x100000000, 0x13fffffff, MemoryKind::ram}};
constexpr MemoryRange kDefaultCrash[Memory::kGenerations] = {{0x30000000, 0x303fffff, MemoryKind::ram},
                                                             {0x34000000, 0x343fffff, MemoryKind::ram}};

class Builder {
 public:
  explicit Builder(Machine& machine) : machine_(machine), memory_(machine.memory) {}

  BuildError build(const Scenario& scenario) {
    machine_.clear();
    for (const MemoryRange& range : kDefaultRam) memory_.add_range(range.first, range.last, range.kind);
    machine_.host_address_width =
        static_cast<unsigned>(operation(Op::platform).operands[operand::p_host_address_width].fallback);
    if (const BuildError error = each(scenario, &Builder::platform)) return error;
    if (const char* why = finish_platform()) return {last_unit(scenario), why};
    return each(scenario, &Builder::tables);
  }

 private:
  using Pass = const char* (Builder::*)(const Step&);
  BuildError each(const Scenario& scenario, Pass pass) {
    for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
      if (const char* why = (this->*pass)(scenario.steps[i])) return {i, why};
    }
    return {};
  }
  // What is amiss with the platform as a whole shows when its last unit is there.
  // None: the units that make themselves are of no step.
  static std::size_t last_unit(const Scenario& scenario) {
    const auto is_unit = [](const Step& step) { return step.op == Op::unit; };
    const auto found = std::find_if(scenario.steps.rbegin(), scenario.steps.rend(), is_unit);
    if (found == scenario.steps.rend()) return scenario.steps.size();
    return static_cast<std::size_t>(scenario.steps.rend() - found - 1);
  }

  const char* platform(const Step&);
  const char* tables(const Step&);
  const char* finish_platform();

  void unit(const Step&);
  UnitState& unit_at(std::size_t index);
  const char* crash(const Step&);
  const char* run128(const Step&, unsigned first, unsigned count, Entry128 entry, uint64_t advance, uint64_t table);
  const char* paging(const Step&);
  uint64_t* frame(Address page);
  bool in_any_crash(Address a) const { return memory_.in_crash(a, 0) || memory_.in_crash(a, 1); }

  Machine& machine_;
  Memory& memory_;
  Address last_page_ = 1;  // misaligned: no page yet
  uint64_t* last_frame_ = nullptr;
  // What a step writes into memory that is not the dead kernel's goes here.
  uint64_t nowhere_[kEntriesPerPage];
};

constexpr const char* kTooManyRanges = "memory: there are too many ranges";
constexpr const char* kNoFrames = "the scenario writes more old memory than fits into the arena";

const char* Builder::platform(const Step& step) {
  const auto& value = step.operand;
  switch (step.op) {
    case Op::platform:
      machine_.host_address_width =
          std::max(kLeastHostAddressWidth, static_cast<unsigned>(value[operand::p_host_address_width]));
      return nullptr;
    case Op::unit:
      return unit(step), nullptr;
    case Op::memory: {
      const auto kind = static_cast<MemoryKind>(value[operand::m_kind]);
      if (value[operand::m_first] > value[operand::m_last]) return "memory: a range ends before it begins";
      return memory_.add_range(value[operand::m_first], value[operand::m_last], kind) ? nullptr : kTooManyRanges;
    }
    case Op::crash:
      return crash(step);
    default:
      return nullptr;
  }
}

UnitState& Builder::unit_at(std::size_t index) {
  while (machine_.units.size() <= index) {
    const std::span<const Operand> operands = operation(Op::unit).operands;
    UnitState& fresh = machine_.units.emplace_back();
    fresh.capability = operands[operand::u_capability].fallback;
    fresh.extended_capability = operands[operand::u_extended].fallback;
    fresh.root = operands[operand::u_root].fallback;
    fresh.registers = kRegistersBase + (machine_.units.size() - 1) * kPageBytes;
  }
  return machine_.units[index];
}

void Builder::unit(const Step& step) {
  const auto& value = step.operand;
  UnitState& unit = unit_at(value[operand::u_index]);
  unit.capability = value[operand::u_capability];
  unit.extended_capability = value[operand::u_extended];
  unit.root = value[operand::u_root];
  unit.status = static_cast<uint32_t>(value[operand::u_status]);
  unit.version = static_cast<uint32_t>(value[operand::u_version]);
  if (value[operand::u_registers] != 0) unit.registers = page_of(value[operand::u_registers]);
  unit.latency = static_cast<uint8_t>(value[operand::u_latency]);
  unit.fault_status = static_cast<uint32_t>(value[operand::u_faults]);
  unit.queue_address = value[operand::u_queue];
  unit.queue_head = static_cast<uint32_t>(value[operand::u_head] & 0x7fff0);  // 18:4 (S§11.4.16)
  unit.queue_tail = static_cast<uint32_t>(value[operand::u_tail] & 0x7fff0);
}

const char* Builder::crash(const Step& step) {
  const auto generation = static_cast<unsigned>(step.operand[operand::c_generation]);
  const Address first = step.operand[operand::c_first], last = step.operand[operand::c_last];
  const unsigned other = 1 - generation;
  if (memory_.has_crash(other) && first <= memory_.crash(other).last && last >= memory_.crash(other).first) {
    return "crash: the two reservations overlap";
  }
  if (last >= kAddressBits + kPageBytes) return "crash: a reservation lies above 52 bits of address";
  // Addresses of interrupts are no memory, so no kernel was ever loaded there.
  if (first <= kInterruptLast && last >= kInterruptFirst) return "crash: a reservation lies in the interrupt range";
  return memory_.set_crash(generation, first, last)
             ? nullptr
             : "crash: a reservation is whole pages of at most 2 GiB, given once";
}

const char* Builder::finish_platform() {
  unit_at(0);
  // A default that a given reservation covers is left out: then there is no second crash kernel.
  for (unsigned generation = 0; generation < Memory::kGenerations; ++generation) {
    const MemoryRange& fallback = kDefaultCrash[generation];
    const unsigned other = 1 - generation;
    const bool covered = memory_.has_crash(other) && fallback.first <= memory_.crash(other).last &&
                         fallback.last >= memory_.crash(other).first;
    if (!memory_.has_crash(generation) && !covered) memory_.set_crash(generation, fallback.first, fallback.last);
    // A kernel that units cannot reach could not take them over.
    const auto bits = static_cast<unsigned>(std::bit_width(memory_.crash(generation).last));
    machine_.host_address_width = std::max(machine_.host_address_width, bits);
  }
  // A kernel was loaded there, so it is memory, and the next kernel finds this one's tables in it.
  const MemoryRange& loaded = memory_.crash(0);
  bool fits = !memory_.has_crash(0) || memory_.add_range(loaded.first, loaded.last, MemoryKind::ram);
  for (const UnitState& unit : machine_.units) {
    if (in_any_crash(unit.registers)) return "unit: its registers lie in a crash reservation";
    fits = memory_.add_range(unit.registers, unit.registers + kPageBytes - 1, MemoryKind::mmio) && fits;
    if ((unit.extended_capability & 1) == 0) memory_.set_two_views(true);  // ECAP.C (S§11.4.3)
  }
  return fits ? nullptr : kTooManyRanges;
}

const char* Builder::tables(const Step& step) {
  const auto& value = step.operand;
  switch (step.op) {
    case Op::root:
      return run128(step, static_cast<unsigned>(value[operand::ro_bus]),
                    static_cast<unsigned>(value[operand::ro_count]), {value[operand::ro_bits], value[operand::ro_high]},
                    value[operand::ro_step], value[operand::ro_table]);
    case Op::context: {
      const Entry128 entry = {value[operand::co_type] << 2 | value[operand::co_bits],
                              value[operand::co_width] | value[operand::co_domain] << 8 | value[operand::co_high]};
      return run128(step, static_cast<unsigned>(value[operand::co_devfn]),
                    static_cast<unsigned>(value[operand::co_count]), entry, value[operand::co_step],
                    value[operand::co_table]);
    }
    case Op::paging:
      return paging(step);
    case Op::word: {
      uint64_t* const page = frame(page_of(value[operand::w_at]));
      if (page == nullptr) return kNoFrames;
      page[value[operand::w_at] / 8 % kEntriesPerPage] = value[operand::w_value];
      return nullptr;
    }
    case Op::reserved:
      if (value[operand::r_unit] >= machine_.units.size() || value[operand::r_first] > value[operand::r_last])
        return nullptr;
      machine_.reserved.push_back({value[operand::r_first], value[operand::r_last],
                                   static_cast<uint8_t>(value[operand::r_unit]),
                                   static_cast<SourceId>(value[operand::r_source])});
      return nullptr;
    case Op::device_write:
      machine_.device_writes.push_back({value[operand::dw_at] & ~uint64_t{7}, value[operand::dw_value]});
      return nullptr;
    case Op::refuse_allocation:
      machine_.refuse_allocation = static_cast<uint32_t>(value[operand::ra_number]);
      return nullptr;
    case Op::refuse_one:
      machine_.refuse_one = static_cast<uint32_t>(value[operand::ra_number]);
      return nullptr;
    case Op::unreadable:
      machine_.unreadable.push_back(page_of(value[operand::un_page]));
      return nullptr;
    case Op::stuck:
      if (value[operand::st_unit] >= machine_.units.size()) return nullptr;
      machine_.units[value[operand::st_unit]].stuck = static_cast<uint32_t>(value[operand::st_commands]);
      return nullptr;
    default:
      return nullptr;
  }
}

// Root and context entries: `count` from index `first` on, never past the page.
const char* Builder::run128(const Step& step, unsigned first, unsigned count, Entry128 entry, uint64_t advance,
                            uint64_t table) {
  uint64_t* const page = frame(page_of(step.operand[0]));
  if (page == nullptr) return kNoFrames;
  const unsigned end = std::min(first + count, 256u);
  for (unsigned i = first; i < end; ++i, table += advance) {
    page[2 * i] = (table & kAddressBits) | entry.low;
    page[2 * i + 1] = entry.high;
  }
  return nullptr;
}

const char* Builder::paging(const Step& step) {
  const auto& value = step.operand;
  uint64_t* const page = frame(page_of(value[operand::pa_at]));
  if (page == nullptr) return kNoFrames;
  const uint64_t end = std::min<uint64_t>(value[operand::pa_index] + value[operand::pa_count], kEntriesPerPage);
  uint64_t to = value[operand::pa_to];
  for (uint64_t i = value[operand::pa_index]; i < end; ++i, to += value[operand::pa_step]) {
    page[i] = (to & kAddressBits) | value[operand::pa_bits];
  }
  return nullptr;
}

// What the dead kernel left in a reservation is gone: the crash kernel was loaded over it.
uint64_t* Builder::frame(Address page) {
  if (page != last_page_) {
    last_page_ = page;
    last_frame_ = in_any_crash(page) ? nowhere_ : memory_.make_frame(page);
  }
  return last_frame_;
}

}  // namespace

BuildError build(const Scenario& scenario, Machine& machine) { return Builder(machine).build(scenario); }

}  // namespace vtd::model
