// SPDX-License-Identifier: Apache-2.0 OR MIT
// Do two hierarchies of one unit answer every request alike? Decided exactly, by walking both together.
//
// Checked: every source-id, IOVA, access and request type; the output address, permissions and SNP, or the fault reason
// and whether it is recorded (S§3.6, S§7.1.3; what must be equal at a root switch: S§6.6). Entries that hardware cannot
// reach for want of input bits do not count. Reasons 5, 6, 7 and C agree when an upper entry denies the access and a
// lower one is bad, for the specification gives them no order. An untranslated request to FEEx_xxxx never meets a table
// (S§3.14), so what tables say there counts for device-TLBs only. Not checked: page sizes (a split superpage translates
// the same), domain-ids, what caches remember (model/hardware.h).
#pragma once

#include "model/walk.h"
#include "properties/memo.h"
#include "properties/places.h"
#include "properties/quarantine.h"

namespace vtd::properties {

enum class What : std::uint8_t {
  lost,     // translated, and does not any more
  changed,  // translated to another address, or with another SNP
  gained,   // blocked, and now reaches memory
  reason,   // blocked for another reason, or recorded differently
  bits,     // translates the same, but is not a verbatim copy
};

struct Difference {
  What what;
  std::uint8_t role;  // of the entry concerned: 7 root, 6 context, 5..1
  model::SourceId source;
  model::Iova first, last;       // inclusive; everything for root and context entries
  model::Address entry;          // physical address of the old entry, 0 when a larger page or no entry decides there
  std::uint64_t before, after;   // the qwords of the two entries, or the addresses they lead to when `what` is changed
  model::Address to = 0;         // where the new side leads when `what` is gained or changed ...
  std::uint8_t permissions = 0;  // ... and with which permissions
  bool snoop = false;
};

class Differences {
 public:
  virtual bool found(const Difference&) = 0;  // false: enough
  // Does it matter at which address something is gained? If not, a table that is met again is not told again.
  virtual bool minds_where() const { return false; }

 protected:
  ~Differences() = default;
};

struct Comparison {
  const model::Hierarchy* before = nullptr;
  const model::Hierarchy* after = nullptr;
  unsigned unit = 0;
  bool verbatim = false;  // entries must be equal bit for bit, but for the addresses of followed links
};

class Equivalence {
 public:
  // Forgets what was decided before. `places` and `quarantines` must outlive the comparison.
  void begin(const Comparison&, const Places&, const Quarantines&);

  // True when nothing differs. Every difference is told, until the visitor has enough.
  bool hierarchies(Differences&);
  // The same for one bus, whose root entries are given, and for one source-id, whose context entries are given.
  bool roots(unsigned number, const model::Entry128& before, const model::Entry128& after, Differences&);
  bool contexts(model::SourceId, model::Address entry, const model::Entry128& before, const model::Entry128& after,
                Differences&);

 private:
  // What a walk has arrived at: a table to go on in, or an end. `permissions` are those of the path so far.
  struct Node {
    enum Kind : std::uint8_t { absent, reserved, unreadable, top_unreadable, undefined, leaf, table } kind = absent;
    std::uint8_t permissions = 0;
    bool snoop = false;
    std::uint8_t shift = 12;  // of a leaf: how much it maps
    model::Address at = 0;
  };
  // What a context entry lets a source-id do: nothing, or walk on from `top`.
  struct Door {
    enum Kind : std::uint8_t { closed, undefined, open } kind = closed;
    std::uint16_t codes = 0;  // reasons the specification allows, a bit each; of an undefined door: its certain ones
    bool recorded = true, device_tlb = false;
    unsigned levels = 0, input_bits = 0;
    Node top = {};
  };
  struct Side {
    const model::Hierarchy* tables = nullptr;
    bool is_new = false;
  };
  // Where in the input space a comparison is, and the two entries that decide there.
  struct Spot {
    model::Iova iova;
    unsigned level;  // or role
    model::Address entry;
    std::uint64_t before, after;
    Node reached = {};  // by the new side
  };

  model::Fetch fetch(const Side&, model::Address page) const;
  const std::uint64_t* page(const Side&, model::Address) const;
  Node enter(const Side&, model::Address next, bool top, std::uint8_t permissions) const;
  Node step(const Side&, std::uint64_t entry, unsigned level, std::uint8_t permissions) const;
  Door door(const Side&, const model::Entry128&) const;
  Door root_door(const Side&, const model::Entry128&, model::Address& next) const;
  unsigned reachable(unsigned level) const;
  static std::uint32_t outcomes(const Node&, unsigned access, bool zero_length_allowed);
  enum class Change : std::uint8_t { none, reason, gained, lost, changed };  // from harmless to worst
  static unsigned given_by(const Node& end) { return end.kind == Node::leaf ? end.permissions : 0u; }
  static Change change_between(const Node& a, const Node& b, unsigned access);
  Change change_of(const Node& a, const Node& b, unsigned access) const;
  std::uint64_t key_of(const Node& table, unsigned level) const;
  static Door closed_context(const model::Rules&, const model::Entry128&, model::Verdict128);

  bool bus(unsigned number, model::Address root_entry, const model::Entry128& a, const model::Entry128& b);
  bool context_tables(unsigned number, model::Address a, model::Address b);
  bool one_closed(unsigned number, const Door& closed, model::Address table, bool table_is_new);
  bool context(model::SourceId, model::Address entry, const model::Entry128& a, const model::Entry128& b);
  bool doors(const Door& a, const Door& b, const Spot&);
  bool open_and_closed(const Door& a, const Door& b, const Spot&);
  bool nodes(const Node& a, const Node& b, const Spot&);
  bool tables(const Node& a, const Node& b, unsigned level, model::Iova);
  bool quarantined(std::uint64_t entry, model::Address at, unsigned level) const;
  bool leads_astray(std::uint64_t entry, unsigned level) const;
  bool entries(const Node& a, const Node& b, const std::uint64_t* page_a, const std::uint64_t* page_b, unsigned index,
               unsigned level, model::Iova);
  bool one_table(const Node& table, const Node& end, unsigned level, model::Iova, bool table_is_new);
  bool ends(const Node& a, const Node& b, const Spot&);
  bool verbatim_128(const model::Entry128& a, const model::Entry128& b, bool followed, const Spot&);
  bool nothing_but(const model::Entry128& kept, const model::Entry128& now, const Spot&);
  bool tell(What, const Spot&);

  Comparison now_;
  Side old_, new_;
  const Places* places_ = nullptr;
  const Quarantines* quarantines_ = nullptr;
  bool one_view_ = true;  // an address that is the same on both sides is the same memory
  Memo same_;             // pairs of pages found to answer alike; tables all of which was told
  Differences* visitor_ = nullptr;
  model::SourceId source_ = 0;
  bool device_tlb_ = false;  // translation requests are asked too
  bool stopped_ = false;
  std::uint64_t excused_ = 0;  // differences where no request meets them
};

}  // namespace vtd::properties
