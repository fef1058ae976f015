// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the hierarchies of all units consist of: followed root entries, present context entries, distinct tables by
// role, and the links that lead where no table may be. One visit per (page, role), and per unit for root and context
// tables.
//
// Entries that hardware cannot reach for want of input bits count here: an engine copies them like the others.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "model/walk.h"
#include "properties/memo.h"
#include "properties/places.h"

namespace vtd::properties {

struct BusSeen {
  std::uint8_t number;
  model::Address entry, table;  // the root entry, and the context table it leads to
};

struct ContextSeen {
  model::SourceId source;  // through the first root entry that leads here
  model::Address entry;
  model::Entry128 value;
  model::ContextStep step;
  bool followed;  // it leads to a table where one may be
};

// A link to a page where no table of this hierarchy may be.
struct Stray {
  unsigned unit, role;  // of the entry that holds the link
  model::SourceId source;
  model::Address entry, target;
  std::uint64_t value;
};

struct UnitSurvey {
  std::vector<BusSeen> buses;
  std::vector<ContextSeen> contexts;
  std::uint32_t context_tables = 0;
  bool root_found = false;
};

class Survey {
 public:
  enum class Where : std::uint8_t { old_ram, crash_memory };  // where the tables of this hierarchy may be
  static constexpr std::size_t kStraysKept = 64;

  // `page_tables` says whether links of context entries are followed. Then strays below them are noted, too.
  void take(std::span<const model::Hierarchy> units, const Places&, Where, bool page_tables);

  const UnitSurvey& unit(unsigned number) const { return units_[number]; }
  unsigned units() const { return count_; }
  std::uint64_t root_tables() const;
  std::uint64_t context_tables() const;
  std::uint64_t paging_tables(unsigned level) const { return paging_[level]; }
  std::uint64_t tables() const;
  // The first kStraysKept strays, and how many there are.
  const std::vector<Stray>& strays() const { return strays_; }
  std::uint64_t stray_count() const { return stray_count_; }
  std::uint64_t links() const { return links_; }
  bool is_table(model::Address page, unsigned role, unsigned unit) const;

 private:
  bool may_be_at(model::Address page) const;
  bool follow(const Stray& link);
  void context_table(unsigned unit, const BusSeen& bus);
  void table(model::Address page, unsigned level);
  static std::uint64_t scope(unsigned role, unsigned unit) { return role >= model::kContextRole ? unit + 1 : 0; }

  std::array<UnitSurvey, model::kMaxUnits> units_;
  std::array<std::uint64_t, 6> paging_{};
  std::vector<Stray> strays_;
  Memo seen_;
  std::uint64_t stray_count_ = 0, links_ = 0;
  unsigned count_ = 0, unit_ = 0;
  model::SourceId source_ = 0;
  const model::Hierarchy* tables_ = nullptr;
  const Places* places_ = nullptr;
  Where where_ = Where::old_ram;
  bool page_tables_ = true;
};

}  // namespace vtd::properties
