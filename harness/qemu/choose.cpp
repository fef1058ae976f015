// SPDX-License-Identifier: Apache-2.0 OR MIT
// Walks the tables once from each context entry. Tables met before, at the same level, are not walked again.
#include "harness/qemu/choose.h"

#include <algorithm>
#include <set>
#include <utility>

#include "model/layout.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;
using model::Iova;

// Keeps `most` of all that are added, each with the same chance.
template <class T>
class Sample {
 public:
  Sample(std::size_t most, RandomSource& random) : most_(most), random_(random) {}
  void add(const T& value) {
    ++seen_;
    if (kept_.size() < most_) return kept_.push_back(value);
    if (const uint64_t place = random_.below(seen_); place < most_) kept_[place] = value;
  }
  const std::vector<T>& kept() const { return kept_; }

 private:
  std::size_t most_;
  RandomSource& random_;
  uint64_t seen_ = 0;
  std::vector<T> kept_;
};

class Chooser {
 public:
  Chooser(const model::Hierarchy& hierarchy, const Choice& choice, const std::function<bool(uint8_t)>& has_device,
          RandomSource& random, std::vector<model::Request>& out)
      : h_(hierarchy), choice_(choice), has_device_(has_device), random_(random), out_(out) {}

  void run() {
    std::set<Address> tables;
    const uint64_t* const root = page(model::page_of(h_.root));
    Sample<unsigned> absent(1, random_);
    for (unsigned bus = 0; bus < 256; ++bus) {
      if ((root[2 * bus] & 1) == 0)
        absent.add(bus);
      else if (tables.insert(root[2 * bus] & model::kAddressBits).second || random_.one_in(64))
        on_bus(bus);
    }
    for (const unsigned bus : absent.kept()) ask(model::source_id(bus, 0), random_.next() >> 16);
  }

 private:
  const uint64_t* page(Address at) const { return h_.machine->memory.page(model::page_of(at), h_.view); }
  bool readable(Address at) const { return model::fetch_of(h_, model::page_of(at)) == model::Fetch::readable; }

  void on_bus(unsigned bus) {
    const Address table = page(h_.root)[2 * bus] & h_.rules->address_mask;
    Sample<unsigned> used(choice_.devices, random_), unused(1, random_);
    if (!readable(table)) return ask(model::source_id(bus, 0), 0);
    const uint64_t* const contexts = page(table);
    for (unsigned devfn = 0; devfn < 256; ++devfn) {
      if (!has_device_(static_cast<uint8_t>(devfn))) continue;
      const bool empty = (contexts[2 * devfn] | contexts[2 * devfn + 1]) == 0;
      (empty ? unused : used).add(devfn);
    }
    for (const unsigned devfn : used.kept()) on_device(model::source_id(bus, devfn), model::entry128(contexts, devfn));
    for (const unsigned devfn : unused.kept()) ask(model::source_id(bus, devfn), random_.next() >> 16);
  }

  void on_device(model::SourceId source, const model::Entry128& context) {
    Sample<Iova> addresses(choice_.addresses, random_);
    const model::ContextStep step = model::read_context(*h_.rules, context);
    const unsigned bits = step.levels != 0 ? h_.rules->input_bits(step.levels) : 48;
    const Iova beyond = Iova{1} << bits;
    // The edges of the address space, and two addresses anywhere.
    for (const Iova iova : {Iova{0}, beyond - model::kPageBytes, beyond, ~Iova{0} >> (random_.below(16) + 1),
                            random_.next() & (beyond - 1), random_.next() & 0xffffffff})
      if (random_.one_in(2)) ask(source, iova);
    if (step.verdict == model::Verdict128::follow) {
      seen_.clear();
      descend(step.next, step.levels, 0, addresses);
    } else if (step.verdict == model::Verdict128::pass_through) {
      for (int i = 0; i < 3; ++i) addresses.add(random_.below(uint64_t{1} << 30));
      addresses.add(0x100000000 + random_.below(uint64_t{1} << 30));
    } else {
      ask(source, random_.next() >> 24);
    }
    for (const Iova iova : addresses.kept()) ask(source, iova);
  }

  // First and last address of every entry whose neighbour is of another sort, and of every eighth other.
  void descend(Address table, unsigned level, Iova base, Sample<Iova>& addresses) {
    if (!readable(table) || !seen_.insert({table, level}).second) return;
    const uint64_t* const entries = page(table);
    const unsigned shift = model::shift_of(level);
    int previous = -1;
    for (unsigned i = 0; i < model::kEntriesPerPage; ++i) {
      const model::PagingVerdict verdict = model::read_paging(*h_.rules, entries[i], level);
      const Iova first = base | Iova{i} << shift, last = first + (Iova{1} << shift) - 1;
      const int sort = static_cast<int>(verdict) * 4 + static_cast<int>(entries[i] & 3);
      if (sort != previous || (verdict != model::PagingVerdict::absent && i % 8 == 7)) {
        if (i > 0) addresses.add(first - 1);
        addresses.add(first);
        addresses.add(last);
        addresses.add(first + random_.below(last - first + 1));
      }
      previous = sort;
      if (verdict == model::PagingVerdict::link)
        descend(entries[i] & h_.rules->address_mask, level - 1, first, addresses);
    }
  }

  // A read is 32 bytes, a write 8: neither crosses its page. Reads begin at 64, because a descriptor ring cannot lie at
  // address 0.
  void ask(model::SourceId source, Iova iova) {
    out_.push_back(
        {source, std::max(iova & ~Iova{31}, Iova{64}), model::Access::read, model::RequestType::untranslated});
    out_.push_back({source, iova & ~Iova{7}, model::Access::write, model::RequestType::untranslated});
  }

  const model::Hierarchy& h_;
  const Choice& choice_;
  const std::function<bool(uint8_t)>& has_device_;
  RandomSource& random_;
  std::vector<model::Request>& out_;
  std::set<std::pair<Address, unsigned>> seen_;
};

}  // namespace

void choose(const model::Hierarchy& hierarchy, const Choice& choice, const std::function<bool(uint8_t)>& has_device,
            RandomSource& random, std::vector<model::Request>& out) {
  const Address root = model::page_of(hierarchy.root);
  if (model::fetch_of(hierarchy, root) != model::Fetch::readable) {
    for (const model::Access access : {model::Access::read, model::Access::write})
      out.push_back({0, model::kPageBytes, access, model::RequestType::untranslated});
    return;
  }
  Chooser(hierarchy, choice, has_device, random, out).run();
}

}  // namespace vtd::harness::qemu
