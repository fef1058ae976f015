// SPDX-License-Identifier: Apache-2.0 OR MIT
// The deep copy against a scattered memcpy of the same 4 KiB pages.
#include <cstring>
#include <string>

#include "harness/bench/flat_machine.h"
#include "harness/bench/ratio.h"

namespace vtd::bench {
namespace {

void deep_copy(benchmark::State& state) {
  FlatMachine machine(static_cast<std::size_t>(state.range(0)));
  const vtd_engine& engine = *vtd_engine_get();
  vtd_boot* boot = nullptr;
  int status = VTD_OK;

  const auto copy_pages = [&] {
    std::byte* to = machine.free_memory();
    for (const std::byte* table : machine.tables()) {
      std::memcpy(to, table, VTD_PAGE_BYTES);
      to += VTD_PAGE_BYTES;
    }
    benchmark::ClobberMemory();
  };
  const auto open_machine = [&] {
    if (status == VTD_OK) status = engine.boot(&machine.host(), &machine.platform(), &boot);
  };
  const auto copy_tables = [&] {
    if (status == VTD_OK) status = engine.copy(boot);
  };
  const auto start_again = [&] {
    if (status == VTD_OK) engine.shutdown(boot);
    machine.reset();
    open_machine();
  };
  open_machine();
  measure(state, copy_pages, copy_tables, start_again);

  // A copy that leaves something out is fast: once more, and look at what was made.
  copy_tables();
  vtd_report report{};
  report.abi = VTD_ABI;
  report.size = sizeof report;
  if (status == VTD_OK) status = engine.report(boot, &report);
  uint64_t copied = report.root_tables + report.context_tables;
  for (const uint64_t tables : report.paging_tables) copied += tables;
  if (status != VTD_OK) return state.SkipWithError(("the engine answered " + std::to_string(status)).c_str());
  if (copied != machine.tables().size())
    return state.SkipWithError(("copied " + std::to_string(copied) + " tables").c_str());
  engine.shutdown(boot);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(copied));
}
BENCHMARK(deep_copy)->ArgName("tables")->Arg(131)->Arg(1000)->Arg(16384)->Arg(262658)->UseManualTime()->Unit(
    benchmark::kMicrosecond);

}  // namespace
}  // namespace vtd::bench
