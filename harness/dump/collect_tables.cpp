// SPDX-License-Identifier: Apache-2.0 OR MIT
// The walk. Levels only go down and no page is taken twice in a role, so it ends whatever the tables say.
#include "harness/dump/collect_tables.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;

// Roles of scalable mode, where a page is read in another way; the scenario language has no names for their entries.
constexpr unsigned kScalable = 16, kRoot = kScalable, kContexts = kScalable + 1, kDirectory = kScalable + 2,
                   kPasids = kScalable + 3;
constexpr unsigned kLevelsMost = 5;
constexpr std::size_t kPagesMost = model::Memory::kArenaBytes / model::kPageBytes;

class Collector {
 public:
  explicit Collector(const PageReader& read) : read_(read) {}

  void root(uint64_t register_value) {
    const bool scalable = (register_value >> 10 & 3) == 1;  // TTM (S§11.4.5)
    each(register_value, scalable ? kRoot : model::kRootRole, 2, [&](const uint64_t* entry) {
      for (unsigned half = 0; half < 2; ++half) {
        if ((entry[half] & 1) == 0) continue;
        if (scalable)
          scalable_contexts(entry[half]);
        else if (half == 0)
          contexts(entry[half]);
      }
    });
  }

  std::vector<CapturedPage> taken() { return std::move(out_); }

 private:
  // Each entry of `words` qwords of a table not taken before. The entries are ours: `read` may be called meanwhile.
  template <class Visit>
  void each(Address pointer, unsigned role, unsigned words, Visit visit) {
    const Address page = pointer & model::kAddressBits;
    if (!seen_.insert({page, role}).second) return;
    const uint64_t* const read = read_(page);
    if (read == nullptr) return;
    if (out_.size() == kPagesMost)
      throw InputError{"the tables have more than " + std::to_string(kPagesMost) + " pages, which no scenario holds"};
    CapturedPage taken{page, role < kScalable ? role : role == kRoot ? model::kRootRole : 0, {}};
    std::copy_n(read, model::kEntriesPerPage, taken.words.begin());
    out_.push_back(taken);
    for (unsigned i = 0; i < model::kEntriesPerPage; i += words) visit(taken.words.data() + i);
  }

  void contexts(Address table) {
    each(table, model::kContextRole, 2, [&](const uint64_t* words) {
      const model::Entry128 entry{words[0], words[1]};
      if (model::present(entry) && model::translation_type(entry) != model::TranslationType::pass_through)
        paging(entry.low, 2 + model::width_code(entry));
    });
  }

  // 128 entries of 32 bytes: PASID directory, of which the kernel uses the first page.
  void scalable_contexts(Address table) {
    each(table, kContexts, 4, [&](const uint64_t* entry) {
      if ((entry[0] & 1) != 0) pasid_directory(entry[0]);
    });
  }
  void pasid_directory(Address table) {
    each(table, kDirectory, 1, [&](const uint64_t* entry) {
      if ((entry[0] & 1) != 0) pasid_table(entry[0]);
    });
  }
  void pasid_table(Address table) {
    constexpr uint64_t kSecondStage = 2;  // PGTT
    each(table, kPasids, 8, [&](const uint64_t* entry) {
      if ((entry[0] & 1) != 0 && (entry[0] >> 6 & 7) == kSecondStage)
        paging(entry[0], 2 + static_cast<unsigned>(entry[0] >> 2 & 7));
    });
  }

  void paging(Address table, unsigned level) {
    if (level > kLevelsMost) return;  // a width that no unit has
    each(table, level, 1, [&](const uint64_t* entry) {
      if ((*entry & 3) != 0 && !model::is_leaf(*entry, level)) paging(*entry, level - 1);
    });
  }

  const PageReader& read_;
  std::vector<CapturedPage> out_;
  std::set<std::pair<Address, unsigned>> seen_;
};

}  // namespace

std::vector<CapturedPage> collect_tables(const PageReader& read, const std::vector<uint64_t>& roots) {
  Collector collector(read);
  for (const uint64_t root : roots) collector.root(root);
  return collector.taken();
}

}  // namespace vtd::harness
