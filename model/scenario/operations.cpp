// SPDX-License-Identifier: Apache-2.0 OR MIT
// The table of operations: names, operands, fallbacks and limits. Parser, printer, binary codec and mutators read it.
#include <algorithm>

#include "model/machine.h"
#include "model/scenario/scenario.h"

namespace vtd::model {
namespace {

constexpr uint64_t kAny = ~uint64_t{0};
constexpr auto number = OperandKind::number;
constexpr auto address = OperandKind::address;
constexpr auto iova = OperandKind::iova;
constexpr auto capability = OperandKind::capability;
constexpr auto source = OperandKind::source;
constexpr auto devfn = OperandKind::devfn;
constexpr auto choice = OperandKind::choice;
constexpr auto bits = OperandKind::bits;

// --- names of choices and bits ---------------------------------------------------------------------------------------
constexpr const char* kKinds[] = {"ram", "reserved", "mmio", "acpi", "hole"};
constexpr const char* kWidths[] = {"30", "39", "48", "57", "64", "code5", "code6", "code7"};  // S§9.3, AW
constexpr const char* kTypes[] = {"translate", "ats", "pass", "reserved"};                    // S§9.3, TT
constexpr const char* kStrategies[] = {"deep", "shallow", "auto"};
constexpr const char* kAccesses[] = {"read", "write", "zero_length_read"};
constexpr const char* kRequests[] = {"untranslated", "translation_request", "translated"};
constexpr const char* kOutcomes[] = {"any", "address", "fault", "silent_fault", "undefined", "blocked"};
constexpr const char* kSubjects[] = {"refused", "copied", "quarantined", "hazards", "conflicts", "unmapped_regions"};
constexpr const char* kPresent[] = {"p"};
constexpr const char* kContextBits[] = {"p", "fpd"};
constexpr const char* kPermissions[] = {"r", "w"};
constexpr const char* kPagingBits[] = {"r", "w", "", "", "", "", "", "ps", "a", "d", "", "snp"};  // S§9.8
constexpr const char* kFaultBits[] = {"pfo", "ppf", "", "", "iqe", "ice", "ite"};                 // S§11.4.9
constexpr const char* kStatusBits[] = {"", "",     "",      "",     "",     "",     "", "", "",     "",   "",
                                       "", "",     "",      "",     "",     "",     "", "", "",     "",   "",
                                       "", "cfis", "irtps", "ires", "qies", "wbfs", "", "", "rtps", "tes"};
constexpr const char* kStuckBits[] = {"ccmd", "iotlb", "queue", "rtaddr", "",    "",    "", "", "",     "",  "",
                                      "",     "",      "",      "",       "",    "",    "", "", "",     "",  "",
                                      "",     "cfi",   "sirtp", "ire",    "qie", "wbf", "", "", "srtp", "te"};

constexpr Operand choose(const char* name, uint64_t fallback, std::span<const char* const> names,
                         bool required = false) {
  return {name, choice, fallback, names.size() - 1, names, required};
}
constexpr Operand must(const char* name, OperandKind kind, uint64_t limit = kAny) {
  return {name, kind, 0, limit, {}, true};
}

constexpr Operand kSource = must("source", source, 0xffff);
constexpr Operand kUnitOf = {"unit", number, 0, kMaxUnits - 1};
// One GiB of 4 KiB pages: enough for every page size, small enough that no single step takes a noticeable time.
constexpr uint64_t kPagesMost = 0x40000;

// --- operands, in the order of the enums in scenario.h ---------------------------------------------------------------
constexpr Operand kPlatform[] = {{"host_address_width", number, 46, 52}};
constexpr Operand kUnit[] = {
    {"index", number, 0, kMaxUnits - 1},
    {"capability", capability, 0x08ed008c40780466, kAny},
    {"extended", capability, 0x60000f050df, kAny},
    {"root", address, kPoolBase, kAny},
    {"status", bits, 0xc0000000, 0xffffffff, kStatusBits},
    {"version", bits, 0x10, 0xffffffff},
    {"registers", address, 0, kAny},
    {"latency", number, 0, 255},
    {"faults", bits, 0, 0xffffffff, kFaultBits},
    {"queue", address, 0, kAny},
    {"head", bits, 0, 0x7ffff},
    {"tail", bits, 0, 0x7ffff},
};
constexpr Operand kMemory[] = {choose("kind", 0, kKinds), {"first", address, 0, kAny}, {"last", address, kAny, kAny}};
constexpr Operand kCrash[] = {{"generation", number, 0, 1}, must("first", address), must("last", address)};
constexpr Operand kReserved[] = {kSource, must("first", address), must("last", address), kUnitOf};
constexpr Operand kRoot[] = {
    must("at", address),         {"bus", bits, 0, 255},   {"count", number, 1, 256},
    {"table", address, 0, kAny}, {"step", bits, 0, kAny}, {"bits", bits, 1, kAny, kPresent},
    {"high", bits, 0, kAny},
};
constexpr Operand kContext[] = {
    must("at", address),         {"devfn", devfn, 0, 255},      {"count", number, 1, 256},
    {"table", address, 0, kAny}, {"step", bits, 0, kAny},       choose("width", 2, kWidths),
    choose("type", 0, kTypes),   {"domain", number, 0, 0xffff}, {"bits", bits, 1, kAny, kContextBits},
    {"high", bits, 0, kAny},
};
constexpr Operand kPaging[] = {
    must("at", address), {"index", number, 0, 511},    {"count", number, 1, 512},
    must("to", address), {"step", bits, 0x1000, kAny}, {"bits", bits, 3, kAny, kPagingBits},
};
constexpr Operand kWord[] = {must("at", address), {"value", bits, 0, kAny}};
constexpr Operand kRefuse[] = {{"number", number, 1, 0xffff}};
constexpr Operand kUnreadable[] = {must("page", address)};
constexpr Operand kStuck[] = {kUnitOf, {"commands", bits, 0x40000000, 0xffffffff, kStuckBits}};
constexpr Operand kListen[] = {kUnitOf};
constexpr Operand kSilence[] = {kUnitOf, {"after", number, 0, 255}};
constexpr Operand kTakeover[] = {choose("strategy", 0, kStrategies)};
constexpr Operand kDevice[] = {kSource, kUnitOf};
constexpr Operand kMap[] = {kSource,
                            kUnitOf,
                            must("iova", iova),
                            must("pa", address),
                            {"pages", number, 1, kPagesMost},
                            {"access", bits, 3, 3, kPermissions}};
constexpr Operand kUnmap[] = {kSource, kUnitOf, must("iova", iova), {"pages", number, 1, kPagesMost}};
constexpr Operand kDma[] = {kSource,
                            kUnitOf,
                            must("iova", iova),
                            choose("access", 0, kAccesses),
                            choose("type", 0, kRequests),
                            choose("outcome", 0, kOutcomes),
                            {"value", bits, 0, kAny}};
constexpr Operand kExpect[] = {choose("what", 0, kSubjects, /*required=*/true), must("count", number, 0xffffffff)};

constexpr Operation kOperations[] = {
    {Op::platform, "platform", 1, kPlatform,
     "Host address width in bits; at least 32, and what the crash reservations need."},
    {Op::unit, "unit", 1, kUnit,
     "A remapping unit as the crash kernel finds it: CAP and ECAP (a preset's name or a number), RTADDR, GSTS, VER, "
     "FSTS, IQA, IQH and "
     "IQT; registers=0 lets it lie at 0xfed90000 plus one page per index; latency is how often status is polled before "
     "a command is done."},
    {Op::memory, "memory", 1, kMemory,
     "Says what a range of the old memory map is; a later step wins, and without any there is RAM below 1 GiB and in "
     "the GiB at 4 GiB."},
    {Op::crash, "crash", 1, kCrash,
     "The reservation of the crash kernel (generation 0), or of the one after its crash (1)."},
    {Op::reserved, "reserved", 1, kReserved, "A range that firmware wants identity-mapped for a device (RMRR)."},
    {Op::root, "root", 1, kRoot,
     "Root entries of count buses: low qword table|bits, high qword high; the table address grows by step from entry "
     "to entry."},
    {Op::context, "context", 1, kContext,
     "Context entries of count functions: low qword table|type|bits, high qword width|domain|high; the table address "
     "grows by step."},
    {Op::paging, "paging", 1, kPaging,
     "Second-stage entries, to|bits, at count consecutive indexes; `to` grows by step."},
    {Op::word, "word", 1, kWord, "One qword of old memory, whatever it means."},
    {Op::refuse_allocation, "refuse_allocation", 1, kRefuse,
     "This allocation of crash memory, counted from 1, and all later ones are refused; 0: none."},
    {Op::unreadable, "unreadable", 1, kUnreadable, "A page of old memory that cannot be mapped for reading."},
    {Op::stuck, "stuck", 1, kStuck, "Commands that a unit never carries out, and registers that it does not take."},
    {Op::takeover, "takeover", 2, kTakeover, "The crash kernel takes all units over."},
    {Op::attach, "attach", 3, kDevice, "The crash kernel's driver for a device comes up."},
    {Op::detach, "detach", 3, kDevice, "Its driver goes away."},
    {Op::unplug, "unplug", 3, kDevice, "The device is gone."},
    {Op::hand_over, "hand_over", 3, kDevice,
     "The driver has reset its device: the old kernel's mappings are no longer needed."},
    {Op::map, "map", 3, kMap, "Maps pages of 4 KiB in the domain the device is attached to."},
    {Op::unmap, "unmap", 3, kUnmap, "Takes pages of 4 KiB out of the domain the device is attached to."},
    {Op::crash_again, "crash_again", 3, kTakeover,
     "The crash kernel crashes too, and the next one takes its tables over."},
    {Op::dma, "dma", 0, kDma,
     "A request of a device and what must come of it, in the tables of that moment: value is the physical address or "
     "the fault reason; a silent fault is one that FPD keeps from being recorded."},
    {Op::expect, "expect", 0, kExpect,
     "What the takeover must report: findings by kind, tables copied, or refused with the number of the status (0: not "
     "refused)."},
    {Op::device_write, "device_write", 1, kWord,
     "A device whose legacy mappings cover this qword of the old tables writes it as soon as the crash kernel has read "
     "the page that holds it."},
    {Op::refuse_one, "refuse_one", 1, kRefuse,
     "This allocation of crash memory alone, counted from 1, is refused; 0: none."},
    {Op::listen, "listen", 3, kListen, "A unit whose queue stood still works it off, now and from now on."},
    {Op::silence, "silence", 3, kSilence,
     "A unit takes so many more moves of its queue's tail, and then carries out nothing."},
};
static_assert(std::size(kOperations) == kOps);

consteval bool every_operation_stands_at_its_number() {
  for (std::size_t i = 0; i < kOps; ++i) {
    if (static_cast<std::size_t>(kOperations[i].op) != i || kOperations[i].operands.size() > kOperandsMost)
      return false;
  }
  return true;
}
static_assert(every_operation_stands_at_its_number());

}  // namespace

std::span<const Operation> operations() { return kOperations; }
const Operation& operation(Op op) { return kOperations[static_cast<std::size_t>(op)]; }

const char* strategy_name(Strategy strategy) { return kStrategies[static_cast<std::size_t>(strategy)]; }
Strategy strategy_named(std::string_view name) {
  return static_cast<Strategy>(std::ranges::find(kStrategies, name) - std::begin(kStrategies));
}

Step normalise(Step step) {
  step.op = static_cast<Op>(static_cast<std::size_t>(step.op) % kOps);
  const std::span<const Operand> operands = operation(step.op).operands;
  for (std::size_t i = 0; i < kOperandsMost; ++i) {
    step.operand[i] = i < operands.size() ? std::min(step.operand[i], operands[i].limit) : 0;
  }
  return step;
}

Step make_step(Op op, std::initializer_list<OperandValue> values) {
  Step step{op, {}};
  std::size_t i = 0;
  for (const Operand& operand : operation(op).operands) step.operand[i++] = operand.fallback;
  for (const OperandValue& given : values) step.operand[given.position] = given.value;
  return normalise(step);
}

}  // namespace vtd::model
