// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which features a machine has: read off its memory and registers, never taken from what a generator meant to draw.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "harness/facts.h"
#include "harness/reach/features.h"
#include "model/scenario/scenario.h"
#include "model/trace.h"
#include "model/walk.h"

namespace vtd::harness {

// The hierarchies of all units before the takeover.
class TableFeatures {
 public:
  explicit TableFeatures(FeatureSet& found) : found_(found) {}
  void look(std::span<const model::Hierarchy> units);

 private:
  using Address = model::Address;
  struct Use {  // of a domain-id
    unsigned unit, id, width;
    Address table;
  };
  // A page as a table: which roles, from which units, how often a context leads to it.
  struct Page {
    unsigned roles = 0, units = 0, contexts = 0, entries = 0, widths = 0;
  };

  void see(Feature feature, bool yes = true) {
    if (yes) found_[static_cast<std::size_t>(feature)] = true;
  }
  const std::uint64_t* words(Address page) const { return now_->machine->memory.page(page, now_->view); }
  bool readable(Address page) const { return fetch_of(*now_, page) == model::Fetch::readable; }
  void place(Address table);
  // tables_root.cpp
  void unit(const model::Hierarchy& tables);
  void root_table(Address page);
  bool root_entry(Address root, const model::Entry128& entry, Address& table);
  void context_table(Address page, unsigned bus);
  void context_entry(const model::Entry128& entry);
  void followed(const model::Entry128& entry, const model::ContextStep& step);
  void domain_ids();
  // tables_paging.cpp
  void paging_table(Address page, unsigned level, bool top);
  void absent(std::uint64_t entry, unsigned level);
  void reserved(std::uint64_t entry, unsigned level);
  void link(Address page, std::uint64_t entry, unsigned level);
  void leaf(std::uint64_t entry, unsigned level, bool top);
  void leaf_target(Address to, std::uint64_t bytes);
  void below_read_only(Address table);
  void pages();

  FeatureSet& found_;
  const model::Hierarchy* now_ = nullptr;
  unsigned unit_ = 0, sizes_ = 0, all_alike_ = 0;
  bool read_only_link_ = false, writable_leaf_ = false;
  std::unordered_map<Address, Page> pages_;
  std::vector<std::pair<Address, std::uint64_t>> leaves_;  // where they lead, and how much they map
  std::vector<Use> uses_;
};

// The memory map, the reservations and the units' registers.
void look_at_machine(const model::Machine& machine, FeatureSet& found);
// What the scenario and the run did.
void look_at_run(const model::Scenario& scenario, std::span<const model::Hierarchy> units, const Facts& facts,
                 const model::Trace& trace, FeatureSet& found);

}  // namespace vtd::harness
