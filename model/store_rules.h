// SPDX-License-Identifier: Apache-2.0 OR MIT
// The automaton of a live entry: which stores may change it, and what caches remember afterwards (S§6.2, S§6.5.3, S§9).
//
//   not present --(complete table behind it, old entry forgotten, one store)--> present
//   present --(one store)--> not present, remembered until invalidated
//   present --(one store)--> present with another pointer to the same translations, the old way remembered
//
// What is broken is reported, and then taken as done, so that the graph stays true to memory.
#pragma once

#include "model/hardware_core.h"

namespace vtd::model {

class StoreRules {
 public:
  explicit StoreRules(HardwareCore& core) : core_(core) {}

  // A settled store to crash memory: the aligned qword before and after, and how wide the store was.
  void stored(Address qword, uint64_t before, uint64_t after, unsigned bytes);

 private:
  struct Store {
    uint32_t node;
    unsigned index;
    Address entry;
    unsigned bytes;
  };
  // How a root or context entry decides, in one form.
  struct Step {
    bool translates = false, follows = false;
    Address next = 0;
    unsigned role = 0;  // of the table it leads to
    bool device_tlb = false;
  };

  // store_rules_context.cpp: root and context entries, 128 bits
  void entry128_stored(const Store& store, const Entry128& was, const Entry128& now);
  Step read(uint32_t node, const Entry128& entry) const;
  bool judge_edit(const Store& store, const Entry128& was, const Entry128& now, const Step& from, const Step& to);
  bool is_swap(const Store& store, const Entry128& was, const Entry128& now, const Step& from, const Step& to);
  void remember(const Store& store, const Entry128& was, const Step& from, bool swap, Address new_table);
  void remember_context(const Store& store, const Entry128& was, const Step& from, bool swap, Address new_table);
  void became_present(const Store& store, const Entry128& now, const Step& to);
  void remember_absence(unsigned unit, SourceId source, Address entry);

  // store_rules_paging.cpp: entries of second-stage tables
  void paging_stored(const Store& store, uint64_t before, uint64_t after);
  void find_users(const Store& store);
  bool judge_edit(const Store& store, uint64_t before, uint64_t after);
  void became_present(const Store& store, uint64_t after);
  void remember(const Store& store, const Live::User& user, uint64_t before, bool swap, Address new_table);
  void remember_absence(const Store& store, const Live::User& user, uint64_t after);
  bool remember_absent_leaves(Remembered::Item& item, Address table, unsigned level, Iova first, unsigned& budget);

  // store_rules.cpp
  void mark_changed(Address qword);
  void judge_publication(unsigned unit, uint32_t table, Address entry);
  // `old`: what may still be remembered of the entry that becomes present, nullptr for nothing.
  void judge_reuse(const Remembered::Item* old, unsigned unit, Address entry);
  bool same_bits(Address a, Address b) const;
  // What the device may have been told, besides what its unit remembers.
  void remember_device(Remembered::Item item, SourceId source);

  HardwareCore& core_;
  // For whom, and for which input addresses, the paging entry under judgement translates.
  std::vector<Live::User> users_;
  std::vector<Live::Device> devices_;
  Iova first_ = 0, last_ = 0;
  bool everywhere_ = false;
};

}  // namespace vtd::model
