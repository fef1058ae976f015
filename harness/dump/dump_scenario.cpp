// SPDX-License-Identifier: Apache-2.0 OR MIT
// Roots first: given, known to the kernel, or recognised. Then their tables, then what must be guessed, then the
// scenario.
#include "harness/dump/dump_scenario.h"

#include <algorithm>
#include <set>

#include "harness/dump/collect_tables.h"
#include "harness/dump/guess_unit.h"
#include "harness/dump/kernel_symbols.h"
#include "harness/dump/memory_map.h"
#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;

constexpr uint64_t kModeBits = 3 << 10, kScalable = 1 << 10;  // RTADDR.TTM (S§11.4.5)
constexpr uint32_t kTranslating = 0xc0000000;                 // GSTS: TES and RTPS (S§11.4.4)
constexpr std::size_t kUnreadableMost = 256;
constexpr std::size_t kNamedMost = 4;

std::string hex(uint64_t value) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return "0x" + text;
}

std::string counted(uint64_t n, const std::string& what) {
  return std::to_string(n) + ' ' + what + (n == 1 ? "" : "s");
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : "; ") + item;
  return text;
}

class Importer {
 public:
  Importer(const std::string& name, Dump& dump, const DumpOptions& options)
      : name_(name), dump_(dump), options_(options) {}

  DumpImport run() {
    if (dump_.held().empty()) refuse("has no page of memory in it");
    find_units();
    collect();
    describe();
    if (missing_.size() > kUnreadableMost)
      note("of the tables that the dump lacks the first " + std::to_string(kUnreadableMost) +
           " are unreadable in the scenario, the others are empty");
    for (const std::string& line : out_.notes) heading_ += "# " + line + '\n';
    out_.imported = import_tables(name_, capture_, options_.import);
    out_.imported.heading += heading_;
    find_broken();
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw InputError{name_ + ": " + why}; }
  void note(const std::string& sentence) { out_.notes.push_back(sentence); }

  // --- which roots -----------------------------------------------------------------------------------------------
  void find_units() {
    if (!options_.roots.empty()) return take_given();
    Scanned scanned = scan(dump_);
    out_.ranked = std::move(scanned.roots);
    ask_kernel(scanned.vmcoreinfo);
    if (options_.unit || std::any_of(out_.kernel.begin(), out_.kernel.end(), translates)) return take_known();
    if (!out_.kernel.empty())
      note("the kernel had " + counted(out_.kernel.size(), "unit") +
           " but no root table for any, so one was recognised");
    take_recognised();
  }

  static bool translates(const KernelUnit& unit) { return unit.root != 0; }

  void take_given() {
    if (options_.unit) refuse("--root and --unit exclude each other: the root says which tables");
    if (options_.roots.size() > model::kMaxUnits)
      refuse("a scenario has at most " + std::to_string(model::kMaxUnits) + " units: name fewer roots");
    for (const uint64_t root : options_.roots) {
      PageWords words;
      if (const InDump there = dump_.read(root & model::kAddressBits, words); there != InDump::there)
        refuse("--root " + hex(root) +
               (there == InDump::left_out ? ": the dump has left that page out"
                                          : ": there is no RAM, expected a root table"));
      const RootCandidate candidate = look_at_root(dump_, root & model::kAddressBits);
      add_unit(FoundBy::given, root, candidate.evidence, (root & kModeBits) == 0 && candidate.evidence.scalable);
    }
  }

  void ask_kernel(Address page) {
    try {
      if (page == 0) throw InputError{"there is no vmcoreinfo of a Linux kernel in it"};
      PageWords words;
      if (dump_.read(page, words) != InDump::there) throw InputError{"its vmcoreinfo cannot be read"};
      const Vmcoreinfo info({reinterpret_cast<const char*>(words.data()), model::kPageBytes});
      KernelMemory memory(dump_, info);
      std::optional<uint64_t> list = symbol_in_text(options_.symbols, "dmar_drhd_units", info);
      if (!list) list = symbol_in_dump(memory, "dmar_drhd_units", info);
      if (!list) throw InputError{"there is no symbol dmar_drhd_units: name a System.map or kallsyms with --symbols"};
      KernelUnits units = kernel_units(memory, *list);
      out_.kernel = std::move(units.found);
      if (!units.broken_off.empty()) note(units.broken_off + ": it may have had more");
    } catch (const InputError& error) { out_.kernel_trouble = error.message; }
  }

  void take_known() {
    std::string others;
    for (const KernelUnit& unit : out_.kernel) {
      others += (others.empty() ? "" : ", ") + hex(unit.registers);
      if (options_.unit ? unit.registers != *options_.unit : !translates(unit)) continue;
      if (!translates(unit)) refuse("--unit " + hex(unit.registers) + ": the kernel had no root table for it");
      const RootCandidate candidate = look_at_root(dump_, unit.root);
      add_unit(FoundBy::kernel, unit.root, candidate.evidence, candidate.evidence.scalable);
      out_.units.back().kernel = unit;
    }
    if (out_.kernel.empty())
      refuse("--unit needs the kernel's list of units, but " + out_.kernel_trouble + "; or name a table with --root");
    if (out_.units.empty())
      refuse("--unit " + hex(options_.unit.value_or(0)) + ": the kernel knew no such unit, expected one of " + others);
    if (out_.units.size() > model::kMaxUnits)
      refuse("the kernel used " + std::to_string(out_.units.size()) +
             " units: choose one with --unit BASE, expected one of " + others);
  }

  void take_recognised() {
    if (out_.ranked.empty()) refuse_empty();
    const RootCandidate& best = out_.ranked.front();
    add_unit(FoundBy::recognised, best.root, best.evidence, best.evidence.scalable);
  }

  [[noreturn]] void refuse_empty() const {
    const uint64_t held = bytes_of(dump_.held()), missing = bytes_of(dump_.ram()) - held;
    std::string where = std::to_string(held >> 20) + " MiB of memory";
    if (missing != 0) where += " (" + std::to_string(missing >> 20) + " MiB of RAM are not in the dump)";
    refuse("no root table found in " + where + ": expected a machine that used VT-d, or --root ADDR");
  }

  void add_unit(FoundBy by, uint64_t root, const RootEvidence& evidence, bool scalable) {
    out_.units.push_back({by, root | (scalable ? kScalable : 0), evidence, {}, {}});
  }

  // --- what hangs from them ------------------------------------------------------------------------------------
  void collect() {
    std::set<Address> stray;
    const PageReader read = [&](Address page) -> const uint64_t* {
      const InDump there = dump_.read(page, words_);
      if (there == InDump::there) return words_.data();
      (there == InDump::left_out ? missing_ : stray).insert(page);
      return nullptr;
    };
    std::vector<uint64_t> roots;
    for (const DumpUnit& unit : out_.units) roots.push_back(unit.root);
    try {
      capture_.pages = collect_tables(read, roots);
    } catch (const InputError& error) { refuse(error.message); }
    if (capture_.pages.empty()) refuse("the root table is not in the dump");
    out_.table_pages = capture_.pages.size();
    out_.left_out = missing_.size();
    out_.stray = stray.size();
    if (!stray.empty())
      note(counted(stray.size(), "pointer") + " to tables where the dump knows no RAM: " + named(stray));
    if (!missing_.empty())
      note(counted(missing_.size(), "table page") +
           " left out of the dump, so nobody knows what they say: " + named(missing_));
    for (const Address page : missing_)
      if (capture_.unreadable.size() < kUnreadableMost) capture_.unreadable.push_back(page);
  }

  static std::string named(const std::set<Address>& pages) {
    std::string text;
    std::size_t n = 0;
    for (const Address page : pages) {
      if (n++ == kNamedMost) return text + ", ...";
      text += (text.empty() ? "" : ", ") + hex(page);
    }
    return text;
  }

  // --- what the registers said ---------------------------------------------------------------------------------
  void describe() {
    const bool scalable = std::any_of(out_.units.begin(), out_.units.end(),
                                      [](const DumpUnit& unit) { return (unit.root & kModeBits) == kScalable; });
    const UnitGuess guess = guess_unit(capture_.pages, scalable);
    const DumpMap map = memory_map(dump_.ram());
    capture_.memory = map.ranges;
    for (std::size_t i = 0; i < out_.units.size(); ++i) describe_unit(i, guess);
    if (!out_.units.front().kernel && (!options_.capability || !options_.extended))
      note(std::string("guessed: ") +
           (options_.capability ? ""
                                : "CAP (" +
                                      (guess.widths.empty() ? "no width seen in the tables"
                                                            : "widths of " + guess.widths + " bits, from the tables") +
                                      "; all page sizes, 16-bit domain-ids)") +
           (options_.capability || options_.extended ? "" : ", ") + (options_.extended ? "" : "ECAP") +
           ": --cap and --ecap say what the unit had");
    note(
        "not in any dump: GSTS (taken as translating), FSTS, IQA, IQH, IQT, VER; the host address width follows from "
        "CAP");
    if (map.closed_bytes != 0)
      note("memory map: small gaps were closed, " + std::to_string(map.closed_bytes >> 10) + " KiB in all");
  }

  void describe_unit(std::size_t index, const UnitGuess& guess) {
    const DumpUnit& unit = out_.units[index];
    const char* const by[] = {"given", "known to the kernel", "recognised"};
    const std::vector<std::string> good = unit.evidence.in_favour(), bad = unit.evidence.against();
    std::string line = "root " + hex(unit.root & model::kAddressBits) + ": " + by[static_cast<unsigned>(unit.found_by)];
    if (unit.kernel) line += " as " + unit.kernel->name + " at " + hex(unit.kernel->registers);
    if (!good.empty()) line += "; " + list_of(good);
    if (!bad.empty()) line += "; but " + list_of(bad);
    heading_ += "# " + line + '\n';
    CapturedUnit registers;
    registers.root = unit.root;
    registers.status = kTranslating;
    registers.version = 0x10;
    registers.capability = guess.capability;
    registers.extended = guess.extended;
    if (unit.kernel) {
      registers.registers = unit.kernel->registers;
      registers.capability = unit.kernel->capability;
      registers.extended = unit.kernel->extended;
    }
    registers.capability = options_.capability.value_or(registers.capability);
    registers.extended = options_.extended.value_or(registers.extended);
    if (index == 0)
      static_cast<CapturedUnit&>(capture_) = registers;
    else
      capture_.further_units.push_back(registers);
  }

  // By the rules of the units that the scenario has.
  void find_broken() {
    const auto width =
        static_cast<unsigned>(out_.imported.scenario.steps.front().operand[model::operand::p_host_address_width]);
    for (std::size_t i = 0; i < out_.units.size(); ++i) {
      const CapturedUnit& registers = i == 0 ? capture_ : capture_.further_units[i - 1];
      model::UnitState unit;
      unit.capability = registers.capability;
      unit.extended_capability = registers.extended;
      if ((registers.root & kModeBits) == 0)
        out_.units[i].broken = broken_entries(dump_, model::Rules::of(unit, width), registers.root);
    }
  }

  const std::string& name_;
  Dump& dump_;
  const DumpOptions& options_;
  DumpImport out_;
  Capture capture_;
  std::string heading_;
  PageWords words_{};
  std::set<Address> missing_;
};

}  // namespace

DumpImport import_dump(const std::string& name, Dump& dump, const DumpOptions& options) {
  return Importer(name, dump, options).run();
}

}  // namespace vtd::harness
