// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the caches of the units may still hold although the tables no longer say it (S§6.2).
//
// Each change of a live entry leaves items: who may have cached the old entry, in which cache, under which tags (S§6.1,
// table of tags: context cache by source-id and domain-id; paging-structure caches and IOTLB by domain-id and address).
// The device-TLB of a device with TT=01b is one cache more, tagged by source-id: its items go last, because until the
// unit itself has forgotten the device may ask for the old translation again (S§6.5.2).
// An invalidation takes from an item what its tags cover. It counts from when it is asked for to when it is carried
// out: an item must have been there, and its entry visible to the unit, at the beginning, and is gone at the end.
#pragma once

#include <span>
#include <vector>

#include "model/invalidation.h"
#include "model/live.h"

namespace vtd::model {

class Remembered {
 public:
  // Caches to be invalidated; an item is gone when none is left.
  static constexpr uint8_t kContext = 1, kPaging = 2, kTranslation = 4, kIotlb = kPaging | kTranslation, kDevice = 8;

  struct Item {
    uint8_t unit = 0;
    uint8_t needs = 0, armed = 0;  // armed: an invalidation under way covers these
    bool whole = false;            // tags of every kind: only global invalidations cover it
    bool identical = false;        // translates as the tables do, but by another way
    bool negative = false;         // a not-present entry, which caching mode keeps too (S§6.1)
    bool one_entry = false;  // in paging-structure caches there is only this entry, so any address below it serves
    bool whole_bus = false;  // any source-id of the bus
    bool excused = false;    // the unit was stuck when it should have been invalidated
    bool early = false;      // an IOTLB invalidation came before that of the context cache
    DomainId domain = 0;
    SourceId source = 0;
    Iova first = 0, last = ~Iova{0};
    Address entry = 0;            // 0: no entry, the root register
    Entry128 before;              // of paging entries the low half
    uint32_t hold = Live::kNone;  // the edge that keeps the remembered table reachable
  };

  void start(Live& live, std::span<const Rules> rules);
  void add(const Item& item);
  std::span<const Item> items() const { return items_; }
  bool empty() const { return items_.empty(); }
  // Any item of a present entry, so that what becomes present may meet it? Asked before the costly questions: a large
  // mapping under caching mode leaves thousands of absent ones.
  bool holds_positive() const { return positive_ != 0; }

  // --- invalidations ---------------------------------------------------------------------------------------------
  // Asked for. `in_order`: earlier ones of the same queue are carried out first (S§6.5.2.12).
  void arm(unsigned unit, const Invalidation& invalidation, bool in_order);
  // Carried out. Answers how many items are gone that were waiting for caches in an order, and how many of device-TLBs.
  struct Done {
    unsigned in_order = 0, devices = 0;
  };
  Done complete(unsigned unit, uint8_t caches);

  // --- questions about an entry that becomes present ---------------------------------------------------------------
  // The entry is again what the caches may hold.
  void restored(Address entry, const Entry128& value);
  // A remembered translation that may be met instead of the new one; nullptr when there is none.
  const Item* in_the_way(unsigned unit, DomainId domain, Iova first, Iova last, Address entry) const;
  const Item* in_the_way_of_context(unsigned unit, uint32_t domain, Address entry, const Entry128& value) const;

  void forget_unit(unsigned unit);
  void forget_device_tlb(unsigned unit, SourceId source);  // the device is gone
  // A call is over: what is left was judged and goes, but for units that are stuck, whose tables stay in use.
  void settle(uint8_t stuck_units);
  // The graph of live tables was made anew.
  void forget_holds();

 private:
  bool visible(const Item& item) const;
  template <class Gone>
  void remove_if(Gone gone);

  Live* live_ = nullptr;
  std::span<const Rules> rules_;
  std::vector<Item> items_;
  std::size_t positive_ = 0;
};

}  // namespace vtd::model
