// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is asked of the graph of tables in use: who translates through a table, and what of it is not written back.
#include <algorithm>

#include "model/live.h"
#include "model/table_scan.h"
#include "model/walk.h"

namespace vtd::model {
namespace {

constexpr uint64_t kLineBytes = 64;

uint64_t lines_of(Address first, Address last) {
  const uint64_t low = first % kPageBytes / kLineBytes, high = last % kPageBytes / kLineBytes;
  return (~uint64_t{0} >> (63 - (high - low))) << low;
}

}  // namespace

// --- upwards ---------------------------------------------------------------------------------------------------------

Live::Users Live::users(uint32_t node) {
  if (users_of_ != node || users_at_ != changes_) {
    users_.clear();
    devices_.clear();
    everywhere_ = placed_ = false;
    first_ = 0;
    ++search_;
    ascend(node, 0);
    std::sort(users_.begin(), users_.end());
    users_.erase(std::unique(users_.begin(), users_.end()), users_.end());
    users_of_ = node;
    users_at_ = changes_;
  }
  return {users_, devices_, everywhere_, first_};
}

// Each table above is visited once, however many paths lead through it.
void Live::ascend(uint32_t node, Iova offset) {
  Node& n = nodes_[node];
  if (n.visit == search_) {
    everywhere_ = everywhere_ || n.offset != offset;
    return;
  }
  n.visit = search_;
  n.offset = offset;
  for (uint32_t e = n.parents; e != kNone; e = edges_[e].next_parent) {
    const Edge& edge = edges_[e];
    if (edge.parent == kNone) {
      found({edge.holder.unit, edge.holder.domain}, edge.holder.first + offset, edge.holder.everywhere);
      continue;
    }
    const Node& parent = nodes_[edge.parent];
    if (parent.role == kContextRole) {
      const Entry128 context = entry128(machine_->memory.page(parent.page, View::cpu), edge.index);
      found({parent.unit, domain_id(context)}, offset, false);
      if (read_context(rules_[parent.unit], context).device_tlb)
        found_devices(edge.parent, edge.index, domain_id(context));
    } else {
      ascend(edge.parent, offset + (uint64_t{edge.index} << shift_of(parent.role)));
    }
  }
}

void Live::found(const User& user, Iova first, bool everywhere) {
  everywhere_ = everywhere_ || everywhere || (placed_ && first != first_);
  placed_ = true;
  first_ = first;
  users_.push_back(user);
}

// A context entry with TT=01b admits translation requests of its device, on every bus that has the table (S§9.3).
void Live::found_devices(uint32_t context_node, unsigned index, DomainId domain) {
  for (const uint8_t bus : buses(context_node)) {
    if (devices_.size() == kDevicesMost) return;
    devices_.push_back({nodes_[context_node].unit, domain, source_id(bus, index)});
  }
}

std::span<const uint8_t> Live::buses(uint32_t context_node) {
  buses_.clear();
  for (uint32_t e = nodes_[context_node].parents; e != kNone; e = edges_[e].next_parent)
    buses_.push_back(edges_[e].parent == kNone ? edges_[e].holder.bus : static_cast<uint8_t>(edges_[e].index));
  std::sort(buses_.begin(), buses_.end());
  buses_.erase(std::unique(buses_.begin(), buses_.end()), buses_.end());
  return buses_;
}

// --- downwards -------------------------------------------------------------------------------------------------------

Live::Unwritten Live::first_unwritten(uint32_t node) {
  ++search_;
  return search_unwritten(node);
}

Live::Unwritten Live::search_unwritten(uint32_t node) {
  Node& n = nodes_[node];
  if (n.visit == search_) return {};
  n.visit = search_;
  const Memory& memory = machine_->memory;
  const uint64_t differing = differing_blocks(memory.page(n.page, View::cpu), memory.page(n.page, View::device));
  if (differing != 0) return {n.page + kLineBytes * static_cast<unsigned>(std::countr_zero(differing)), n.role};
  for (uint32_t e = n.children; e != kNone; e = edges_[e].next_child)
    if (const Unwritten below = search_unwritten(edges_[e].child); below.at != 0) return below;
  return {};
}

// --- write-back ------------------------------------------------------------------------------------------------------

void Live::dirtied(Address qword) {
  const uint32_t r = find(page_of(qword));
  if (r == kNone || pages_[r].alive == 0) return;
  if (pages_[r].lines == 0) dirty_.push_back(r);
  pages_[r].lines |= lines_of(qword, qword);
}

void Live::written_back(Address pa, uint64_t bytes) {
  if (alive_ == 0 || bytes == 0) return;
  for (Address page = page_of(pa); page < pa + bytes; page += kPageBytes) {
    const uint32_t r = find(page);
    if (r != kNone) pages_[r].lines &= ~lines_of(std::max(page, pa), std::min(page + kPageBytes, pa + bytes) - 1);
  }
}

bool Live::is_written_back(Address entry, uint64_t bytes) const {
  const uint32_t r = find(page_of(entry));
  return r == kNone || (pages_[r].lines & lines_of(entry, entry + bytes - 1)) == 0;
}

}  // namespace vtd::model
