// SPDX-License-Identifier: Apache-2.0 OR MIT
// The entries an engine says it made not-present because their tables could not be kept, found by address and role.
#pragma once

#include <vector>

#include "model/claims.h"

namespace vtd::properties {

class Quarantines {
 public:
  void read(const model::Claims&);
  // A later look at a whole life: every entry that could not be kept may be gone, whoever reported it.
  void allow_all();

  bool names(model::Address entry, unsigned role, unsigned unit) const;

 private:
  struct Key {
    model::Address entry;
    unsigned role, unit;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  // Page tables are copied once for all units, root and context tables once for each.
  static Key key(model::Address entry, unsigned role, unsigned unit) {
    return {entry, role, role >= model::kContextRole ? unit : 0};
  }

  std::vector<Key> keys_;
  bool all_ = false;
};

}  // namespace vtd::properties
