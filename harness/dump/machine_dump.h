// SPDX-License-Identifier: Apache-2.0 OR MIT
// The memory of a machine of the model as the dump of a dead kernel: for the fuzz target and for tests.
#pragma once

#include "harness/dump/dump.h"
#include "model/machine.h"

namespace vtd::harness {

// The machine's RAM with the pages that its scenario wrote; pages that it calls unreadable are those left out. The
// machine must outlive it.
class MachineDump : public Dump {
 public:
  explicit MachineDump(const model::Machine& machine);

  const std::vector<model::MemoryRange>& ram() const override { return ram_; }
  const std::vector<model::MemoryRange>& held() const override { return held_; }
  InDump read(model::Address page, PageWords& words) override;

 private:
  const model::Machine& machine_;
  std::vector<model::MemoryRange> ram_, held_;
};

}  // namespace vtd::harness
