// SPDX-License-Identifier: Apache-2.0 OR MIT
// The tables of a guest's kernel at one moment, as the model sees them: what they say about any request.
#pragma once

#include <set>

#include "harness/qemu/card.h"
#include "harness/qemu/guest_memory.h"
#include "model/scenario/scenario.h"
#include "model/walk.h"

namespace vtd::harness::qemu {

class DeadTables {
 public:
  // Captures them. `reservation`: memory of the crash kernel that is to come.
  void capture(GuestMemory& memory, Qtest& qtest, model::MemoryRange reservation);

  model::Machine& machine() { return machine_; }
  model::Hierarchy hierarchy() const;
  // Through the same unit, from another root: pages of the crash kernel.
  model::Hierarchy through(uint64_t root) const;
  // Where a write by this device leads.
  static Translate writes_of(model::SourceId source, const model::Hierarchy& hierarchy);
  // Pages that a device may write to.
  std::set<model::Address> writable(model::SourceId source, const model::Hierarchy& hierarchy) const;

 private:
  void descend(model::Address table, unsigned level, std::set<model::Address>& pages) const;
  const uint64_t* words(model::Address page) const;

  model::Machine machine_;
  model::Rules rules_{};
};

}  // namespace vtd::harness::qemu
