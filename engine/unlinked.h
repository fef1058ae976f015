// SPDX-License-Identifier: Apache-2.0 OR MIT
// Tables that nothing of a domain leads to any more: hardware forgets, and only then are they given back (S§6.5.3).
#pragma once

#include "engine/context.h"
#include "engine/domains.h"
#include "engine/tables.h"

namespace vtd::engine {

class Unlinked {
 public:
  // Device-TLBs hold translations, not tables: they are told when translations changed.
  Unlinked(Boot& boot, std::uint32_t handle, DeviceTlb devices)
      : boot_(boot), domain_(boot.domains[handle]), devices_(devices) {}

  // When the list is full hardware forgets early; nothing needs memory.
  void add(Word table, unsigned level) {
    if (count_ == kMost) settle();
    tables_[count_++] = {table, level};
  }
  bool any() const { return count_ != 0; }

  // Hardware forgets the domain's translations; then the tables go, or stay when it does not answer.
  int settle() {
    int status = boot_.units[domain_.unit].forget_translations(boot_.host, domain_.id);
    // Asked in any case, as in retire_context.
    if (devices_ == DeviceTlb::told) status = first_error(status, forget_device_tlbs(boot_, domain_));
    for (; count_ != 0; --count_) let_go(boot_, tables_[count_ - 1].page, tables_[count_ - 1].level, status);
    if (status_ == VTD_OK) status_ = status;
    return status_;
  }

 private:
  static constexpr unsigned kMost = 32;
  struct Table {
    Word page;
    unsigned level;
  };
  Boot& boot_;
  const Domain& domain_;
  DeviceTlb devices_;
  Table tables_[kMost];
  unsigned count_ = 0;
  int status_ = VTD_OK;
};

}  // namespace vtd::engine
