// SPDX-License-Identifier: Apache-2.0 OR MIT
// The graph of tables in use: how it grows when entries become present, and shrinks when the last way to a table goes.
#include "model/live.h"

#include <algorithm>

#include "model/table_scan.h"
#include "model/walk.h"

namespace vtd::model {

void Live::start(const Machine& machine, std::span<const Rules> rules, unsigned generation) {
  machine_ = &machine;
  rules_ = rules;
  generation_ = generation;
  if (index_.empty()) index_.resize(256, kNone);
  for (const Page& p : pages_) index_[p.slot] = kNone;
  alive_ = 0;
  pages_.clear();
  nodes_.clear();
  edges_.clear();
  dirty_.clear();
  free_nodes_ = free_edges_ = users_of_ = kNone;
  search_ = 0;
}

// --- pages -----------------------------------------------------------------------------------------------------------

std::size_t Live::slot_of(unsigned role, unsigned unit) {
  return role <= 5 ? role - 1 : 5 + 2 * unit + (role - kContextRole);
}

// The slot of a page, or the empty one where it would be.
std::size_t Live::probe(Address page) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = (page / kPageBytes * 0x9e3779b97f4a7c15) >> 40 & mask;
  while (index_[slot] != kNone && pages_[index_[slot]].page != page) slot = (slot + 1) & mask;
  return slot;
}

uint32_t Live::find(Address page) const { return alive_ == 0 ? kNone : index_[probe(page)]; }

Live::Page& Live::record(Address page) {
  std::size_t slot = probe(page);
  if (index_[slot] != kNone) return pages_[index_[slot]];
  if (2 * pages_.size() >= index_.size()) {
    grow();
    slot = probe(page);
  }
  index_[slot] = static_cast<uint32_t>(pages_.size());
  pages_.push_back({page, slot, 0, 0, {}});
  pages_.back().nodes.fill(kNone);
  return pages_.back();
}

void Live::grow() {
  index_.assign(2 * index_.size(), kNone);
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    pages_[i].slot = probe(pages_[i].page);
    index_[pages_[i].slot] = static_cast<uint32_t>(i);
  }
}

const std::array<uint32_t, Live::kSlots>* Live::nodes_of(Address page) const {
  const uint32_t r = find(page);
  return r == kNone || pages_[r].alive == 0 ? nullptr : &pages_[r].nodes;
}

bool Live::reads(Address page) const { return nodes_of(page) != nullptr; }

// --- edges -----------------------------------------------------------------------------------------------------------

uint32_t Live::node_for(Address page, unsigned role, unsigned unit, bool& made) {
  Page& p = record(page);
  uint32_t& node = p.nodes[slot_of(role, unit)];
  made = node == kNone;
  if (!made) return node;
  if (free_nodes_ == kNone) {
    free_nodes_ = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back({0, 0, 0, kNone, kNone, 0, 0});
  }
  node = free_nodes_;
  free_nodes_ = nodes_[node].children;  // the list of free nodes runs through this field
  nodes_[node] = {page, static_cast<uint8_t>(role), static_cast<uint8_t>(unit), kNone, kNone, 0, 0};
  ++p.alive;
  ++alive_;
  return node;
}

uint32_t Live::connect(uint32_t parent, unsigned index, Address page, unsigned role, unsigned unit,
                       const Holder& holder) {
  if (!machine_->memory.in_crash(page, generation_)) return kNone;
  bool made = false;
  const uint32_t child = node_for(page, role, role <= 5 ? 0 : unit, made);
  ++changes_;
  if (free_edges_ == kNone) {
    free_edges_ = static_cast<uint32_t>(edges_.size());
    edges_.push_back({kNone, kNone, kNone, kNone, 0, {}});
  }
  const uint32_t edge = free_edges_;
  free_edges_ = edges_[edge].next_parent;
  uint32_t* const siblings = parent == kNone ? nullptr : &nodes_[parent].children;
  edges_[edge] = {
      parent, child, nodes_[child].parents, siblings == nullptr ? kNone : *siblings, static_cast<uint16_t>(index),
      holder};
  nodes_[child].parents = edge;
  if (siblings != nullptr) *siblings = edge;
  if (made) scan(child);
  return edge;
}

uint32_t Live::link(uint32_t parent, unsigned index, Address page, unsigned role) {
  return connect(parent, index, page, role, nodes_[parent].unit, {});
}

uint32_t Live::hold(Address page, unsigned role, const Holder& holder) {
  return connect(kNone, 0, page, role, holder.unit, holder);
}

// Follows the present entries of a table that has just become reachable.
void Live::scan(uint32_t node) {
  const Node at = nodes_[node];
  if (at.role == 1) return;
  const uint64_t* const table = machine_->memory.page(at.page, View::cpu);
  if (at.role <= 5) {
    // Links are links for every unit: only leaves depend on what a unit supports (S§9.8).
    qwords_with(table, 3).each([&](unsigned i) {
      if (read_paging(rules_[0], table[i], at.role) == PagingVerdict::link)
        link(node, i, table[i] & rules_[0].address_mask, at.role - 1u);
    });
    return;
  }
  const Rules& rules = rules_[at.unit];
  qwords_with(table, 1, QwordBits::kLowQwords).each([&](unsigned qword) {
    const Entry128 entry = entry128(table, qword / 2);
    if (at.role == kRootRole) {
      const RootStep step = read_root(rules, entry);
      if (step.verdict == Verdict128::follow) link(node, qword / 2, step.next, kContextRole);
    } else {
      const ContextStep step = read_context(rules, entry);
      if (step.verdict == Verdict128::follow) link(node, qword / 2, step.next, step.levels);
    }
  });
}

void Live::unlink(uint32_t parent, unsigned index, Address page, unsigned role) {
  const uint32_t r = find(page);
  const uint32_t child = r == kNone ? kNone : pages_[r].nodes[slot_of(role, nodes_[parent].unit)];
  if (child == kNone) return;
  for (uint32_t e = nodes_[child].parents; e != kNone; e = edges_[e].next_parent)
    if (edges_[e].parent == parent && edges_[e].index == index) return release(e);
}

void Live::release(uint32_t edge) {
  const uint32_t child = edges_[edge].child, parent = edges_[edge].parent;
  if (parent != kNone) {
    uint32_t* at = &nodes_[parent].children;
    while (*at != edge) at = &edges_[*at].next_child;
    *at = edges_[edge].next_child;
  }
  disconnect(edge);
  if (nodes_[child].parents == kNone) retire(child);
}

// Takes the edge out of its child's list.
void Live::disconnect(uint32_t edge) {
  uint32_t* at = &nodes_[edges_[edge].child].parents;
  while (*at != edge) at = &edges_[*at].next_parent;
  *at = edges_[edge].next_parent;
  edges_[edge].next_parent = free_edges_;
  free_edges_ = edge;
  ++changes_;
}

// Nothing leads to the node any more: its own edges go, and then it.
void Live::retire(uint32_t node) {
  while (nodes_[node].children != kNone) {
    const uint32_t edge = nodes_[node].children, child = edges_[edge].child;
    nodes_[node].children = edges_[edge].next_child;
    disconnect(edge);
    if (nodes_[child].parents == kNone) retire(child);
  }
  Page& p = pages_[find(nodes_[node].page)];
  p.nodes[slot_of(nodes_[node].role, nodes_[node].unit)] = kNone;
  if (--p.alive == 0) p.lines = 0;
  --alive_;
  nodes_[node].children = free_nodes_;
  free_nodes_ = node;
}

}  // namespace vtd::model
