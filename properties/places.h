// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where old tables may live: the question every link of the dead kernel raises, and why the answer is no
// (engine/README.md).
#pragma once

#include "model/claims.h"
#include "model/machine.h"

namespace vtd::properties {

class Places {
 public:
  // The machine's map must not change between this call and the next.
  void look_at(const model::Machine& machine, unsigned generation);

  // Also leaves out what was no old RAM for an earlier crash kernel.
  void leave_out(model::MemoryRange range) { other_first_ = range.first, other_last_ = range.last; }

  // Readable old RAM: a table there can be copied.
  bool can_be_copied(model::Address page) const;
  // Why a table at this page cannot be copied, tested in the order the contract gives.
  model::Reason why_not(model::Address page) const;
  bool is_left_out(model::Address page) const { return page >= other_first_ && page <= other_last_; }
  bool in_crash(model::Address page) const { return page >= crash_first_ && page <= crash_last_; }
  const model::Machine& machine() const { return *machine_; }
  unsigned generation() const { return generation_; }

 private:
  bool is_unreadable(model::Address page) const;

  const model::Machine* machine_ = nullptr;
  unsigned generation_ = 0;
  model::Address crash_first_ = 1, crash_last_ = 0;
  model::Address other_first_ = 1, other_last_ = 0;
  // The stretch of old RAM that was asked for last: neighbours of a table mostly lie beside it.
  mutable model::Address ram_first_ = 1, ram_last_ = 0;
};

}  // namespace vtd::properties
