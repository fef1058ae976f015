// SPDX-License-Identifier: Apache-2.0 OR MIT
// All or nothing for the engine's own memory: what a call took is given back unless it says that it succeeded.
//
// A call first makes room and sets pages aside, which may fail, and then changes tables, which cannot.
#pragma once

#include "engine/boot.h"

namespace vtd::engine {

class Transaction {
 public:
  explicit Transaction(Boot& boot) : boot_(boot) { boot.facts.begin(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    boot_.host.give_back_reserve();
    if (kept_) {
      boot_.facts.end(boot_.host);
      return;
    }
    boot_.facts.rollback(boot_.host);
    boot_.domains.trim(boot_.host);
    boot_.made.trim(boot_.host);
    boot_.findings.trim(boot_.host);
  }
  void keep() { kept_ = true; }

 private:
  Boot& boot_;
  bool kept_ = false;
};

}  // namespace vtd::engine
