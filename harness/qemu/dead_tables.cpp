// SPDX-License-Identifier: Apache-2.0 OR MIT
// From a running guest by way of a scenario to a machine of the model.
#include "harness/qemu/dead_tables.h"

#include <fmt/core.h>

#include <stdexcept>

#include "harness/import/captured.h"
#include "harness/qemu/tables.h"
#include "harness/qemu/vm.h"
#include "model/scenario/build.h"

namespace vtd::harness::qemu {

using model::Address;

void DeadTables::capture(GuestMemory& memory, Qtest& qtest, model::MemoryRange reservation) {
  Capture capture = capture_tables(memory, qtest, Vm::kUnit);
  capture.memory = {{0x1000, 0x9fbff, model::MemoryKind::ram},
                    {0x100000, memory.ram().low - 1, model::MemoryKind::ram}};
  const Imported imported = import_tables("the dead kernel", capture, {reservation});
  if (const model::BuildError error = model::build(imported.scenario, machine_))
    throw std::runtime_error(fmt::format("the dead kernel's machine cannot be built: {}", error.why));
  rules_ = model::Rules::of(machine_.units[0], machine_.host_address_width);
}

model::Hierarchy DeadTables::hierarchy() const {
  return {&machine_, &rules_, machine_.units[0].root, model::View::cpu, 0};
}

model::Hierarchy DeadTables::through(uint64_t root) const { return {&machine_, &rules_, root, model::View::cpu, 255}; }

Translate DeadTables::writes_of(model::SourceId source, const model::Hierarchy& hierarchy) {
  return [source, hierarchy](model::Iova iova) -> std::optional<Address> {
    const model::Outcome outcome =
        model::walk(hierarchy, {source, iova, model::Access::write, model::RequestType::untranslated});
    if (outcome.kind != model::OutcomeKind::translated) return std::nullopt;
    return outcome.address;
  };
}

const uint64_t* DeadTables::words(Address page) const {
  return machine_.memory.page(model::page_of(page), model::View::cpu);
}

void DeadTables::descend(Address table, unsigned level, std::set<Address>& pages) const {
  for (unsigned i = 0; i < model::kEntriesPerPage; ++i) {
    const uint64_t entry = words(table)[i];
    const model::PagingVerdict verdict = model::read_paging(rules_, entry, level);
    if (verdict == model::PagingVerdict::link) descend(entry & rules_.address_mask, level - 1, pages);
    if (verdict != model::PagingVerdict::leaf || (entry & 2) == 0) continue;
    for (uint64_t at = 0; at < uint64_t{1} << model::shift_of(level); at += model::kPageBytes)
      pages.insert((entry & rules_.address_mask) + at);
  }
}

std::set<Address> DeadTables::writable(model::SourceId source, const model::Hierarchy& hierarchy) const {
  std::set<Address> pages;
  const auto root = model::read_root(rules_, model::entry128(words(hierarchy.root), model::bus_of(source)));
  if (root.verdict != model::Verdict128::follow) return pages;
  const auto context = model::read_context(rules_, model::entry128(words(root.next), model::devfn_of(source)));
  if (context.verdict == model::Verdict128::follow) descend(context.next, context.levels, pages);
  return pages;
}

}  // namespace vtd::harness::qemu
