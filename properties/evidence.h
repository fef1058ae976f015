// SPDX-License-Identifier: Apache-2.0 OR MIT
// Everything a property may look at, and the moments at which properties are judged. Nothing here touches an engine.
#pragma once

#include <span>

#include "model/claims.h"
#include "model/hardware.h"
#include "model/observed.h"
#include "properties/judge.h"

namespace vtd::properties {

struct Evidence {
  const model::Machine* machine = nullptr;
  const model::Hardware* hardware = nullptr;
  const model::Trace* trace = nullptr;
  const model::Claims* claims = nullptr;
  const model::Observed* observed = nullptr;
  unsigned generation = 0;                       // which crash kernel is taking over or has
  std::span<const model::Hierarchy> before;      // per unit: the old kernel's tables, hanging from the root of then
  std::span<const std::uint32_t> status_before;  // per unit: GSTS before the takeover
};

// Property objects own scratch memory (memo tables), so one set is made per runner and reused; warm runs do not
// allocate.
class Properties {
 public:
  Properties();
  ~Properties();
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;

  // Each moment judges all properties that can be decided then.
  void after_refusal(const Evidence&, int status, Judge&);  // boot, copy or commit answered an error
  void after_copy(const Evidence&, Judge&);                 // before any register was written
  void after_commit(const Evidence&, Judge&);               // audit was called, claims.findings are complete
  void after_call(const Evidence&, Judge&);                 // attach, detach, unplug, hand_over, map, unmap
  void after_shutdown(const Evidence&, Judge&);             // every page must be back
  // Second takeover: `first` are the hierarchies before the first one, `before` in the evidence those of the copies.
  void after_second_commit(const Evidence&, std::span<const model::Hierarchy> first, Judge&);
  // Rules of the hardware model, turned into properties: called after every engine call.
  void hardware_rules(const Evidence&, Judge&);

 private:
  struct Impl;
  Impl* impl_;
};

}  // namespace vtd::properties
