// SPDX-License-Identifier: Apache-2.0 OR MIT
// The kernel's root and context tables are laid into the machine as it was before, where the kernel has them.
#include "harness/qemu/copies.h"

#include <fmt/core.h>

#include <cstring>
#include <stdexcept>

#include "harness/input_error.h"
#include "harness/runner.h"
#include "harness/steps_text.h"
#include "model/layout.h"
#include "model/scenario/build.h"
#include "properties/equivalence.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;
using model::Entry128;

constexpr std::size_t kToldMost = 10;
constexpr uint64_t kAllBits = ~uint64_t{0};

void tell(CopyResult& out, std::string text) {
  ++out.differences;
  if (out.told.size() < kToldMost) out.told.push_back(std::move(text));
}

std::unique_ptr<model::Machine> built(const model::Scenario& scenario, const char* which) {
  auto machine = std::make_unique<model::Machine>();
  if (const model::BuildError error = model::build(scenario, *machine))
    throw InputError{fmt::format("the tables {} are no machine: {}", which, error.why)};
  if (machine->units.size() != 1)
    throw InputError{fmt::format("the tables {} are of {} units: expected one", which, machine->units.size())};
  return machine;
}

const uint64_t* page_of(const model::Machine& machine, Address at) {
  return machine.memory.page(model::page_of(at), model::View::cpu);
}

// A run that says nothing about the engine is no difference.
void must_say_something(const RunResult& result) {
  switch (result.verdict) {
    case Verdict::held:
    case Verdict::broken:
    case Verdict::engine_crash:
      return;
    case Verdict::rejected:
      throw InputError{fmt::format("the tables before cannot be taken over: {}", result.why)};
    case Verdict::spent:
    case Verdict::model_error:
    case Verdict::harness_error:
      throw std::runtime_error(
          fmt::format("nothing can be compared: {}", result.why != nullptr ? result.why : "the model is in error"));
  }
}

class Teller final : public properties::Differences {
 public:
  explicit Teller(CopyResult& out) : out_(out) {}
  bool found(const properties::Difference& d) override {
    tell(out_, fmt::format("{} does not translate as before at {:#x}: {:#x} became {:#x}", source_name(d.source),
                           d.first, d.before, d.after));
    return out_.told.size() < kToldMost;
  }

 private:
  CopyResult& out_;
};

}  // namespace

Copies::Copies(const model::Scenario& before, const model::Scenario& after)
    : scenario_(before), machine_(built(before, "before")) {
  const auto later = built(after, "after");
  if (!machine_->memory.has_crash(0)) throw InputError{"the tables before have no crash kernel: expected a crash step"};
  rules_ = model::Rules::of(machine_->units[0], machine_->host_address_width);
  check_page_tables(*later);
  bring_copies(*later);
  old_ = {machine_.get(), &rules_, machine_->units[0].root, model::View::cpu, 0};
  copied_ = {machine_.get(), &rules_, later->units[0].root, model::View::cpu, 255};
}

// Linux leaves page tables where they are; the dead kernel cannot change them any more.
void Copies::check_page_tables(const model::Machine& after) {
  for (std::size_t i = 0; i < machine_->memory.frames(); ++i) {
    const Address page = machine_->memory.frame_address(i);
    if (!after.memory.has_frame(page)) continue;
    ++page_tables_;
    if (std::memcmp(page_of(*machine_, page), page_of(after, page), model::kPageBytes) != 0)
      changed_tables_.push_back(fmt::format("the page table at {:#x} has changed", page));
  }
}

void Copies::bring_copies(const model::Machine& after) {
  const Address root = model::page_of(after.units[0].root);
  take_table(after, root);
  for (unsigned bus = 0; bus < 256; ++bus) {
    const uint64_t entry = page_of(after, root)[2 * bus];
    if ((entry & 1) != 0) take_table(after, entry & model::kAddressBits);
  }
}

void Copies::take_table(const model::Machine& after, Address page) {
  model::Memory& memory = machine_->memory;
  if (!memory.in_crash(page, 0))
    throw InputError{
        fmt::format("the table at {:#x} lies outside of the crash kernel's memory {:#x}-{:#x}: expected two "
                    "captures of one crash, before and after the crash kernel's takeover",
                    page, memory.crash(0).first, memory.crash(0).last)};
  memory.touch_crash(page, 0);
  std::memcpy(memory.crash_pointer(page, 0), page_of(after, page), model::kPageBytes);
}

Copies::Contexts Copies::contexts_of(const model::Hierarchy& hierarchy) {
  Contexts contexts(0x10000);
  const auto words = [&](Address at) { return hierarchy.machine->memory.page(model::page_of(at), hierarchy.view); };
  for (unsigned bus = 0; bus < 256; ++bus) {
    const uint64_t entry = words(hierarchy.root)[2 * bus];
    for (unsigned devfn = 0; (entry & 1) != 0 && devfn < 256; ++devfn)
      contexts[model::source_id(bus, devfn)] = model::entry128(words(entry & model::kAddressBits), devfn);
  }
  return contexts;
}

void Copies::compare_translations(const model::Hierarchy& before, const model::Hierarchy& after, CopyResult& out) {
  properties::Places places;
  places.look_at(*before.machine, 0);
  properties::Quarantines quarantines;
  properties::Equivalence equivalence;
  equivalence.begin({&before, &after, 0, /*verbatim:*/ false}, places, quarantines);
  Teller teller(out);
  equivalence.hierarchies(teller);
}

// `counted`: the bits of the low qword that are compared. An entry that is not present says nothing.
void Copies::compare_entries(const Contexts& expected, const Contexts& got, uint64_t counted, CopyResult& out) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Entry128 &a = expected[i], &b = got[i];
    ++out.entries;
    out.present += model::present(a) ? 1 : 0;
    if (!model::present(a) && !model::present(b)) continue;
    if (((a.low ^ b.low) & counted) == 0 && a.high == b.high) continue;
    tell(out, fmt::format("{} has the entry {:#x} {:#x}, expected {:#x} {:#x}", source_name(static_cast<uint32_t>(i)),
                          b.low, b.high, a.low, a.high));
  }
}

CopyResult Copies::kernels() const {
  CopyResult out;
  out.who = "the kernel's own, in memory";
  for (const std::string& text : changed_tables_) tell(out, text);
  compare_entries(contexts_of(old_), contexts_of(copied_), kAllBits, out);
  compare_translations(old_, copied_, out);
  return out;
}

CopyResult Copies::engines(const EngineEntry& entry, model::Strategy strategy) const {
  CopyResult out;
  const bool deep = strategy == model::Strategy::deep;
  out.who = fmt::format("{}, {}", entry.name, deep ? "deep" : "shallow");
  Runner runner;
  excuse(entry, runner.judge());
  RunOptions options;
  options.extent = Extent::takeover_only;
  options.override_strategy = true;
  options.strategy = strategy;
  const RunResult result = runner.run(scenario_, *entry.get(), options);
  must_say_something(result);
  if (result.verdict == Verdict::broken) tell(out, "a property is broken: vtdfuzz check tells which");
  if (result.verdict == Verdict::engine_crash) tell(out, "the engine stopped: vtdfuzz check tells where");
  if (result.status != VTD_OK || runner.before().empty()) {
    tell(out, fmt::format("the engine refuses these tables (status {})", result.status));
    return out;
  }
  const model::Hierarchy copied = runner.hardware().hierarchy(0, model::View::cpu);
  compare_entries(contexts_of(copied_), contexts_of(copied), deep ? ~model::kAddressBits : kAllBits, out);
  compare_translations(runner.before()[0], copied, out);
  return out;
}

}  // namespace vtd::harness::qemu
