// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which pages of crash memory hardware may read as tables, and in which roles.
//
// A node is one (page, role), for root and context tables also per unit, because units read those differently. An edge
// is a present entry that leads to it, or a holder: a root register, or a cache that may remember the way to it. A node
// lives as long as it has an edge, and so do the edges of its own entries; roles only go down, so there are no cycles.
// Old memory is not followed: nobody may write it, so it never changes.
#pragma once

#include <array>
#include <compare>
#include <span>
#include <vector>

#include "model/layout.h"
#include "model/machine.h"

namespace vtd::model {

class Live {
 public:
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kSlots = 5 + 2 * kMaxUnits;  // levels 1 to 5, then context and root table of each unit
  static constexpr std::size_t kDevicesMost = 16;           // a domain may have thousands, and each store asks

  // What keeps a table reachable without a present entry. Caches say for whom they remember it.
  struct Holder {
    uint8_t unit = 0;
    uint8_t bus = 0;          // of context tables
    DomainId domain = 0;      // of paging tables, and the IOVA at which they begin
    bool everywhere = false;  // at more than one IOVA
    Iova first = 0;
  };
  struct User {
    uint8_t unit;
    DomainId domain;
    friend auto operator<=>(const User&, const User&) = default;
  };
  struct Device {
    uint8_t unit;
    DomainId domain;
    SourceId source;
  };
  // Who translates through a paging table, and where it begins in their input address space.
  struct Users {
    std::span<const User> list;
    std::span<const Device> with_tlb;  // those whose device-TLBs may hold what it says; the first kDevicesMost
    bool everywhere = false;           // it is met at more than one IOVA
    Iova first = 0;
  };

  void start(const Machine& machine, std::span<const Rules> rules, unsigned generation);

  // --- nodes -----------------------------------------------------------------------------------------------------
  bool empty() const { return alive_ == 0; }
  // The nodes of a page by slot, nullptr when hardware cannot read it: one probe, asked for every store.
  const std::array<uint32_t, kSlots>* nodes_of(Address page) const;
  bool reads(Address page) const;
  Address page(uint32_t node) const { return nodes_[node].page; }
  unsigned role(uint32_t node) const { return nodes_[node].role; }
  unsigned unit(uint32_t node) const { return nodes_[node].unit; }

  // --- edges: kNone where the page is not in the crash reservation ------------------------------------------------
  uint32_t link(uint32_t parent, unsigned index, Address page, unsigned role);
  void unlink(uint32_t parent, unsigned index, Address page, unsigned role);
  uint32_t hold(Address page, unsigned role, const Holder& holder);  // answers an edge
  void release(uint32_t edge);
  uint32_t held(uint32_t edge) const { return edges_[edge].child; }

  // --- questions -------------------------------------------------------------------------------------------------
  Users users(uint32_t paging_node);                      // valid until the next call
  std::span<const uint8_t> buses(uint32_t context_node);  // likewise
  // The first line of a subtree that is not written back as the processor sees it, and what its page is; 0 when all is.
  struct Unwritten {
    Address at = 0;
    unsigned role = 0;
  };
  Unwritten first_unwritten(uint32_t node);

  // --- lines stored to and not written back, of pages with nodes ---------------------------------------------------
  void dirtied(Address qword);
  void written_back(Address pa, uint64_t bytes);
  bool is_written_back(Address entry, uint64_t bytes) const;
  // Visits (page, node of it) for pages that still have such lines, and forgets the lines.
  template <class Visit>
  void each_unwritten(Visit visit) {
    for (const uint32_t r : dirty_) {
      Page& p = pages_[r];
      if (p.lines != 0 && p.alive != 0) visit(p.page, p.nodes);
      p.lines = 0;
    }
    dirty_.clear();
  }

 private:
  struct Page {
    Address page;
    std::size_t slot;  // of index_
    uint32_t alive;    // nodes
    uint64_t lines;    // one bit per 64 bytes
    std::array<uint32_t, kSlots> nodes;
  };
  struct Node {
    Address page;
    uint8_t role, unit;
    uint32_t parents, children;  // lists of edges
    uint32_t visit;              // of the search that came by last
    Iova offset;                 // in that search: from this table down to the table asked about
  };
  struct Edge {
    uint32_t parent, child;  // parent is kNone for holders
    uint32_t next_parent, next_child;
    uint16_t index;
    Holder holder;
  };

  static std::size_t slot_of(unsigned role, unsigned unit);
  uint32_t find(Address page) const;
  Page& record(Address page);
  void grow();
  std::size_t probe(Address page) const;
  uint32_t node_for(Address page, unsigned role, unsigned unit, bool& made);
  uint32_t connect(uint32_t parent, unsigned index, Address page, unsigned role, unsigned unit, const Holder& holder);
  void scan(uint32_t node);
  void disconnect(uint32_t edge);
  void retire(uint32_t node);
  void found(const User& user, Iova first, bool everywhere);
  void ascend(uint32_t node, Iova offset);
  void found_devices(uint32_t context_node, unsigned index, DomainId domain);
  Unwritten search_unwritten(uint32_t node);

  const Machine* machine_ = nullptr;
  std::span<const Rules> rules_;
  unsigned generation_ = 0;
  std::size_t alive_ = 0;
  std::vector<uint32_t> index_;  // open addressing: page -> pages_
  std::vector<Page> pages_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  uint32_t free_nodes_ = kNone, free_edges_ = kNone;
  std::vector<uint32_t> dirty_;
  std::vector<User> users_;
  std::vector<Device> devices_;
  std::vector<uint8_t> buses_;
  uint32_t search_ = 0;
  // The last answer of users(), and what it was about: stores come in runs to the same table.
  uint32_t users_of_ = kNone, users_at_ = 0, changes_ = 0;
  bool everywhere_ = false, placed_ = false;
  Iova first_ = 0;
};

}  // namespace vtd::model
