// SPDX-License-Identifier: Apache-2.0 OR MIT
// Finding out as what hardware reads the page that was stored to, and the rules common to all kinds of tables.
#include "model/store_rules.h"

#include "model/table_scan.h"

namespace vtd::model {
namespace {

constexpr std::size_t kItemsMost = 4096;

}  // namespace

void StoreRules::stored(Address qword, uint64_t before, uint64_t after, unsigned bytes) {
  const auto* const found = core_.live.nodes_of(page_of(qword));
  if (found == nullptr || before == after) return;
  const auto nodes = *found;  // a page may be a table in several roles, and judging one may end another
  for (std::size_t slot = 0; slot < nodes.size(); ++slot) {
    const auto* const still = core_.live.nodes_of(page_of(qword));
    if (still == nullptr) return;
    const uint32_t node = (*still)[slot];
    if (node == Live::kNone || node != nodes[slot]) continue;
    const unsigned offset = static_cast<unsigned>(qword % kPageBytes);
    if (core_.live.role(node) <= 5) {
      paging_stored({node, offset / 8, qword, bytes}, before, after);
      continue;
    }
    const unsigned index = offset / sizeof(Entry128);
    const Entry128 now = entry128(core_.machine->memory.page(page_of(qword), View::cpu), index);
    const bool high = qword % sizeof(Entry128) != 0;
    const Entry128 was = high ? Entry128{now.low, before} : Entry128{before, now.high};
    entry128_stored({node, index, qword - (high ? 8 : 0), bytes}, was, now);
  }
}

void StoreRules::mark_changed(Address qword) {
  core_.changed = true;
  if (core_.machine->memory.two_views()) core_.live.dirtied(qword);
}

// What a unit that does not snoop finds behind a new link must be what was stored (S§6.2.2.1).
void StoreRules::judge_publication(unsigned unit, uint32_t table, Address entry) {
  if (table == Live::kNone || core_.rules[unit].coherent) return;
  const Address hidden = core_.live.first_unwritten(table).at;
  core_.rulings.require(hidden == 0, Rule::contents_before_publication, unit, hidden == 0 ? entry : hidden, 0, entry);
}

void StoreRules::remember_device(Remembered::Item item, SourceId source) {
  if (!core_.rules[item.unit].queued || core_.is_absent(item.unit, source)) return;
  if (core_.remembered.items().size() >= kItemsMost) return;  // one call changed much already: that tells enough
  item.source = source;
  item.needs |= Remembered::kDevice;
  item.hold = Live::kNone;  // a device-TLB never walks tables
  core_.remembered.add(item);
}

void StoreRules::judge_reuse(const Remembered::Item* old, unsigned unit, Address entry) {
  const bool by_device = old != nullptr && old->needs == Remembered::kDevice;
  if (by_device) core_.rulings.require(false, Rule::device_tlbs_forget_too, unit, entry, old->before.low, old->source);
  core_.rulings.require(old == nullptr || by_device, Rule::old_entry_is_forgotten_first, unit, entry, 0,
                        old == nullptr ? 0 : old->before.low);
}

bool StoreRules::same_bits(Address a, Address b) const {
  const Memory& memory = core_.machine->memory;
  return differing_blocks(memory.page(a, View::cpu), memory.page(b, View::cpu)) == 0;
}

}  // namespace vtd::model
