// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a crash kernel's own takeover left in memory, beside what engines make of the same tables. Each copy is compared
// with the old tables, translation by translation, and with the kernel's, entry by entry.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/takeover.h"
#include "harness/engines.h"
#include "model/claims.h"
#include "model/machine.h"
#include "model/scenario/scenario.h"
#include "model/walk.h"

namespace vtd::harness::qemu {

struct CopyResult {
  std::string who;                // whose copy it is
  uint64_t entries = 0;           // context entries compared, one for each source-id
  uint64_t present = 0;           // of them, with a device that may translate
  uint64_t differences = 0;       // from the kernel's own copy, and from the old tables
  std::vector<std::string> told;  // the first of them
};

class Copies {
 public:
  // Two captures of one machine: before the crash kernel's takeover and after it. `before` has the crash kernel's
  // reservation. Throws InputError when they are not of one crash.
  Copies(const model::Scenario& before, const model::Scenario& after);

  // The kernel's own copy, as found in memory.
  CopyResult kernels() const;
  // An engine takes `before` over. A deep copy has page tables of its own: pointers to them are not compared.
  CopyResult engines(const EngineEntry& entry, model::Strategy strategy) const;
  uint64_t page_tables() const { return page_tables_; }  // that both captures have

 private:
  using Contexts = std::vector<model::Entry128>;  // by source-id
  void check_page_tables(const model::Machine& after);
  void bring_copies(const model::Machine& after);
  void take_table(const model::Machine& after, model::Address page);
  static Contexts contexts_of(const model::Hierarchy& hierarchy);
  static void compare_translations(const model::Hierarchy& before, const model::Hierarchy& after, CopyResult& out);
  static void compare_entries(const Contexts& expected, const Contexts& got, uint64_t counted, CopyResult& out);

  const model::Scenario& scenario_;
  std::unique_ptr<model::Machine> machine_;  // before, with the kernel's copy in its reservation
  model::Rules rules_{};
  model::Hierarchy old_, copied_;
  uint64_t page_tables_ = 0;
  std::vector<std::string> changed_tables_;
};

}  // namespace vtd::harness::qemu
