// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which invalidation covers which remembered item, and when.
#include "model/remembered.h"

namespace vtd::model {
namespace {

using Item = Remembered::Item;
using Scope = Invalidation::Scope;

bool positive(const Item& item) { return !item.negative && !item.identical; }
bool contradiction(const Item& item) { return positive(item) && !item.whole; }

bool covers_context(const Item& item, const Invalidation& i) {
  if (i.scope == Scope::global) return true;
  if (item.whole) return false;
  if (item.whole_bus) return i.scope == Scope::selective && bus_of(i.source) == bus_of(item.source);
  if (i.domain != item.domain) return false;
  return i.scope == Scope::domain || ((i.source ^ item.source) & i.source_mask) == 0;
}

uint8_t caches_covered(const Item& item, const Invalidation& i) {
  if (i.scope == Scope::global) return Remembered::kIotlb;
  if (item.whole || i.domain != item.domain) return 0;
  const bool all = i.scope == Scope::domain || (i.first <= item.first && item.last <= i.last);
  const bool some = all || (i.first <= item.last && item.first <= i.last);
  uint8_t covered = all ? Remembered::kIotlb : 0;
  if (item.one_entry && some) covered |= Remembered::kPaging;
  return i.leaves_only ? covered & Remembered::kTranslation : covered;
}

// A write in flight carries a translation as a cache does, until DW drains it (S§6.5.4); not one that was none, nor one
// of the old tables, which are not given to anybody. Reads are not asked to be drained: they change no memory, and
// Linux leaves that out of its register commands on purpose.
uint8_t covers_iotlb(const Item& item, const Invalidation& i) {
  const uint8_t covered = caches_covered(item, i);
  const bool in_flight = !i.drained && !item.negative && !item.whole;
  return in_flight ? covered & static_cast<uint8_t>(~Remembered::kTranslation) : covered;
}

bool covers_device(const Item& item, const Invalidation& i) {
  return (item.needs & Remembered::kDevice) != 0 && i.source == item.source && i.first <= item.first &&
         item.last <= i.last;
}

}  // namespace

void Remembered::start(Live& live, std::span<const Rules> rules) {
  live_ = &live;
  rules_ = rules;
  items_.clear();
  positive_ = 0;
}

void Remembered::add(const Item& item) {
  items_.push_back(item);
  positive_ += positive(item) ? 1 : 0;
}

// A unit that does not snoop may fetch the old entry again as long as the new one is not written back.
bool Remembered::visible(const Item& item) const {
  return rules_[item.unit].coherent || item.entry == 0 || live_->is_written_back(item.entry, sizeof(uint64_t));
}

void Remembered::arm(unsigned unit, const Invalidation& invalidation, bool in_order) {
  const bool context = invalidation.cache == Invalidation::Cache::context;
  const bool device = invalidation.cache == Invalidation::Cache::device_tlb;
  if (!context && !device && invalidation.cache != Invalidation::Cache::iotlb) return;
  for (Item& item : items_) {
    if (item.unit != unit || !visible(item)) continue;
    if (context) {
      if (covers_context(item, invalidation)) item.armed |= kContext;
      continue;
    }
    if (device) {
      // What the unit still holds would answer the device's next translation request (S§6.5.2).
      const uint8_t before = item.needs & static_cast<uint8_t>(~(in_order ? item.armed : 0) & ~kDevice);
      if (before == 0 && covers_device(item, invalidation)) item.armed |= kDevice;
      continue;
    }
    const uint8_t covered = covers_iotlb(item, invalidation) & item.needs;
    if (covered == 0) continue;
    // A context that is still cached would refill what is invalidated now (S§6.2.2.1).
    const bool context_gone = (item.needs & kContext) == 0 || (in_order && (item.armed & kContext) != 0);
    if (context_gone) item.armed |= covered;
    if (!context_gone) item.early = true;
  }
}

Remembered::Done Remembered::complete(unsigned unit, uint8_t caches) {
  Done result;
  remove_if([&](Item& item) {
    if (item.unit != unit) return false;
    const uint8_t done = item.armed & caches;
    item.armed &= static_cast<uint8_t>(~done);
    item.needs &= static_cast<uint8_t>(~done);
    if (item.needs != 0) return false;
    result.in_order += item.whole ? 1 : 0;
    result.devices += (done & kDevice) != 0 ? 1 : 0;
    return true;
  });
  return result;
}

template <class Gone>
void Remembered::remove_if(Gone gone) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (gone(items_[i])) {
      if (items_[i].hold != Live::kNone) live_->release(items_[i].hold);
      positive_ -= positive(items_[i]) ? 1 : 0;
    } else {
      if (kept != i) items_[kept] = items_[i];
      ++kept;
    }
  }
  items_.resize(kept);
}

void Remembered::restored(Address entry, const Entry128& value) {
  if (positive_ == 0) return;
  remove_if([&](const Item& item) { return positive(item) && item.entry == entry && item.before == value; });
}

const Remembered::Item* Remembered::in_the_way(unsigned unit, DomainId domain, Iova first, Iova last,
                                               Address entry) const {
  for (const Item& item : items_) {
    if (item.unit != unit || item.needs == 0 || !contradiction(item)) continue;
    if (item.entry == entry || (item.domain == domain && item.first <= last && first <= item.last)) return &item;
  }
  return nullptr;
}

// Paging-structure caches do not know source-ids: an id that is given to other tables meets what its last user left.
const Remembered::Item* Remembered::in_the_way_of_context(unsigned unit, uint32_t domain, Address entry,
                                                          const Entry128& value) const {
  for (const Item& item : items_) {
    if (item.unit != unit) continue;
    if (item.entry == entry && !item.negative) return &item;
    const bool other_table = page_of(item.before.low) != page_of(value.low);
    const bool of_context = (item.needs & kPaging) != 0 && item.first == 0 && item.last == ~Iova{0};
    if (contradiction(item) && of_context && item.domain == domain && other_table) return &item;
  }
  return nullptr;
}

void Remembered::forget_unit(unsigned unit) {
  remove_if([&](const Item& item) { return item.unit == unit; });
}

void Remembered::forget_device_tlb(unsigned unit, SourceId source) {
  remove_if(
      [&](const Item& item) { return item.unit == unit && item.source == source && (item.needs & kDevice) != 0; });
}

void Remembered::settle(uint8_t stuck_units) {
  remove_if([&](Item& item) {
    item.excused = item.excused || (stuck_units >> item.unit & 1) != 0;
    return !item.excused;
  });
}

void Remembered::forget_holds() {
  for (Item& item : items_) item.hold = Live::kNone;
}

}  // namespace vtd::model
